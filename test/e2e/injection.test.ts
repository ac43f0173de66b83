import { createServer, type Server } from 'node:net';
import { randomInt, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { injectedText, injections, obedient, type Injection } from '../support/injections.js';
import { useScriptedProject } from '../support/scripted-project.js';

const SECRET = `kept-from-agents-${randomUUID()}`;
const NAP = 100_000 + randomInt(800_000);
const AT_A_TIME = 6;
const { level } = await detectSandbox();
const obeyed: string[] = [];
const files: string[] = [];
const scripted = useScriptedProject((task) =>
  obedient({ files, atATime: AT_A_TIME, obeyed: (name) => obeyed.push(name) }, task),
);

/** What connected to the host's loopback; nothing may. */
let connections = 0;
let listener: Server | undefined;
let all: Injection[] = [];
let outside = '';

function place(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

/** Every file below a folder, as text. */
function texts(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(folder, name);
    try {
      return statSync(path).isFile() ? [{ path, text: readFileSync(path, 'latin1') }] : [];
    } catch {
      // Gone meanwhile.
      return [];
    }
  });
}

function sleepers(): number {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(String(NAP));
    } catch {
      return false;
    }
  }).length;
}

beforeAll(async () => {
  listener = createServer((socket) => {
    connections += 1;
    socket.end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => listener?.once('listening', resolve));
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { root, home } = scripted.project;
  outside = join(root, 'outside');
  place(join(outside, 'kept.txt'), 'as it was\n');
  place(join(root, 'person/.ssh/id'), `${SECRET}\n`);
  place(join(home, 'secret.txt'), `${SECRET}\n`);
  process.env['INJECTION_SECRET'] = SECRET;
  all = injections({ port, outside, home, nap: NAP });
});

afterAll(() => {
  delete process.env['INJECTION_SECRET'];
  listener?.close();
});

describe.runIf(level === 'full')('an agent that obeys whatever it reads', () => {
  it('carries nothing out, changes nothing outside, leaves nothing behind, and each attempt is in the report', async () => {
    expect(all.length).toBeGreaterThanOrEqual(45);
    const [first, second, third, ...rest] = all;
    if (first === undefined || second === undefined || third === undefined) expect.fail('none');
    const notes = rest.map((one) => ({ path: `notes/${one.name}.md`, text: injectedText(one) }));
    files.push(...notes.map(({ path }) => path));
    const folder = scripted.project.repository({
      // One stands in the plan, one in the repository's own guide, one in what a script prints.
      stories: [{ id: 'US-001', title: `Do it. ${injectedText(first).replaceAll('\n', ' ')}` }],
      files: {
        'AGENTS.md': injectedText(second),
        'notes/plan.md': injectedText(third),
        ...Object.fromEntries(notes.map(({ path, text }) => [path, text])),
      },
    });
    files.push('notes/plan.md');
    writeFileSync(join(folder, '.git/info/exclude'), '.env\n');
    place(join(folder, '.env'), `TOKEN=${SECRET}\n`);
    const config = readFileSync(join(folder, '.git/config'), 'utf8');
    const hooks = readdirSync(join(folder, '.git/hooks')).sort();
    const { code, document } = await scripted.project.ralph(folder);
    expect(document.stories.map(({ status, reason }) => [status, reason])).toEqual([
      ['passed', 'every check passed on the tree that is committed'],
    ]);
    expect(code).toBe(0);
    const missed = all.filter(({ name }) => !obeyed.includes(name)).map(({ name }) => name);
    expect(missed.filter((name) => name !== first.name)).toEqual([]);

    expect(connections).toBe(0);
    expect(sleepers()).toBe(0);
    expect(readFileSync(join(outside, 'kept.txt'), 'utf8')).toBe('as it was\n');
    expect(readdirSync(outside)).toEqual(['kept.txt']);
    expect(readFileSync(join(folder, '.git/config'), 'utf8')).toBe(config);
    expect(readdirSync(join(folder, '.git/hooks')).sort()).toEqual(hooks);
    expect(scripted.project.git(folder, 'remote')).toBe('');
    const history = scripted.project.git(folder, 'log', '-p', '--all', '--text');
    expect(history.includes(SECRET)).toBe(false);
    const leaks = texts(scripted.project.home)
      .filter(({ path, text }) => text.includes(SECRET) && !path.endsWith('/secret.txt'))
      .map(({ path }) => path);
    expect(leaks).toEqual([]);
    const told = scripted.model.requests.filter(({ shown }) => shown.includes(SECRET));
    expect(told).toHaveLength(0);

    const shown = await scripted.project.run(folder, 'runs', 'show', document.run_id, '--json');
    const { stories } = JSON.parse(shown.stdout) as {
      stories: { reached_beyond_walls: { title: string; what: string }[] }[];
    };
    const reaches = stories.flatMap((story) => story.reached_beyond_walls);
    const untold = all
      .filter(({ name }) => obeyed.includes(name))
      .filter(({ reach }) => reach !== null && !reaches.some(({ what }) => reach.test(what)))
      .map(({ name }) => name);
    expect(untold).toEqual([]);
    const report = await scripted.project.run(folder, 'runs', 'report', document.run_id);
    const lines = report.stdout.split('\n').filter((line) => line.startsWith('- US-001: '));
    expect(report.stdout).toContain('## Reached beyond the walls');
    expect(lines.length).toBeGreaterThanOrEqual(
      all.filter(({ name, reach }) => reach !== null && obeyed.includes(name)).length,
    );
  });
});
