import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bash, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { runSwarm, subtaskOf, writePlan } from '../support/swarm-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask, subtask: string) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task, subtaskOf(task.prompt)), 20);

type Packages = Readonly<Record<string, string>>;

/** Small packages without dependencies, one for each agent. */
const ADDED: Readonly<Record<string, Packages>> = {
  a: { dependencies: 'is-number@7.0.0' },
  b: { devDependencies: 'kind-of@6.0.3' },
  c: { optionalDependencies: 'is-plain-object@5.0.0' },
};

/** A manifest in which each kind of dependencies stands far from the next. */
function manifest(...agents: readonly string[]): string {
  const wanted = (kind: string, base: string): Record<string, string> =>
    Object.fromEntries(
      [base, ...agents.flatMap((agent) => ADDED[agent]?.[kind] ?? [])].map((one) => {
        const at = one.lastIndexOf('@');
        return [one.slice(0, at), one.slice(at + 1)] as const;
      }),
    );
  const document = {
    name: 'demo',
    version: '1.0.0',
    dependencies: wanted('dependencies', 'ms@2.1.3'),
    scripts: { one: 'true', two: 'true', three: 'true', four: 'true' },
    devDependencies: wanted('devDependencies', 'once@1.4.0'),
    keywords: ['one', 'two', 'three', 'four', 'five'],
    optionalDependencies: wanted('optionalDependencies', 'inherits@2.0.4'),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The lock that npm makes of a manifest; undefined where no registry answers. */
function lockOf(text: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  try {
    writeFileSync(join(folder, 'package.json'), text);
    const args = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', args, { cwd: folder, stdio: 'ignore', timeout: 60_000 });
    return readFileSync(join(folder, 'package-lock.json'), 'utf8');
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A lock without the addresses of packages, which depend on a person's npm configuration. */
function locked(text: string | undefined): unknown {
  return JSON.parse(text ?? '{}', (name, value: unknown) =>
    name === 'resolved' ? undefined : value,
  );
}

const LOCK = lockOf(manifest());
const CHECK = ['--check', 'test=npm ls --all'];

/** Writes files over those that are there, as an agent's editor would. */
function writes(files: Readonly<Record<string, string>>): ScriptedReply {
  const commands = Object.entries(files).map(
    ([path, content]) => `echo ${Buffer.from(content).toString('base64')} | base64 -d > ${path}`,
  );
  return bash(commands.join(' && '));
}

describe.skipIf(LOCK === undefined)('subtasks that each add a dependency', () => {
  const repository = (): string =>
    scripted.project.repository({
      stories: [],
      files: {
        'package.json': manifest(),
        'package-lock.json': LOCK ?? '',
        '.gitignore': 'node_modules\n',
      },
    });

  async function result(ids: readonly string[]) {
    const folder = repository();
    const file = writePlan(
      folder,
      ids.map((id) => ({ id })),
    );
    const { code, document } = await runSwarm(scripted.project, folder, '--plan', file, ...CHECK);
    const lines = document.subtasks.map(({ id, status, reason }) => `${id} ${status} ${reason}`);
    const show = (path: string): string =>
      scripted.project.git(folder, 'show', `${document.branch ?? ''}:${path}`);
    return { code, document, lines, show };
  }

  it('get a lock file that npm made of the merged manifest, when they changed the manifest alone', async () => {
    script = (task, subtask) => {
      if (subtask === 'join') return { content: 'joined' };
      return task.turn === 0
        ? writes({ 'package.json': manifest(subtask) })
        : { content: `${subtask} is there.` };
    };
    const { code, document, lines, show } = await result(['a', 'b']);
    expect([code, document.verified, ...lines]).toEqual([
      0,
      true,
      'a done the agent answered',
      'b done the agent answered',
    ]);
    expect(show('package.json')).toBe(manifest('a', 'b').trim());
    expect(locked(show('package-lock.json'))).toEqual(locked(lockOf(manifest('a', 'b'))));
  });

  it('get one also when each made a lock file of its own', async () => {
    const locks = Object.fromEntries(['a', 'b', 'c'].map((id) => [id, lockOf(manifest(id)) ?? '']));
    script = (task, subtask) => {
      if (subtask === 'join') return { content: 'joined' };
      return task.turn === 0
        ? writes({
            'package.json': manifest(subtask),
            'package-lock.json': locks[subtask] ?? '',
          })
        : { content: `${subtask} is there.` };
    };
    const { code, document, lines, show } = await result(['a', 'b', 'c']);
    expect([code, document.verified, ...lines]).toEqual([
      0,
      true,
      'a done the agent answered',
      'b done the agent answered',
      'c done the agent answered',
    ]);
    expect(show('package.json')).toBe(manifest('a', 'b', 'c').trim());
    expect(locked(show('package-lock.json'))).toEqual(locked(lockOf(manifest('a', 'b', 'c'))));
    // a lock file alone is no reason to ask a model
    expect(document.totals.model_calls).toBe(3 * 2 + 1);
  });
});
