import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunDocument } from '../support/ralph-project.js';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { runCommand } from '../support/service-home.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task));

const steps = (document: RunDocument) =>
  document.stories.map((story) => `${story.id} ${story.status} ${story.attempts}`);
const tracked = (folder: string, revision: string): string[] =>
  scripted.project.git(folder, 'ls-tree', '-r', '--name-only', revision).split('\n');

/** Writes one file, then ends. */
function writes(path: string): (task: ModelTask) => ScriptedReply {
  return (task) => (task.turn === 0 ? write(path, 'ok\n') : done());
}

describe('stories with unusual names', () => {
  const ids = [
    'a/b',
    'a',
    'a/b/1',
    'two words',
    '../up',
    'ü‑1 ✓',
    '#1 "q" $(id)',
    '詳'.repeat(100),
  ];

  it('pass under ids with slashes, spaces, signs and 100 characters', async () => {
    script = (task) => {
      const id = /Attempt \d+ at (.+)\. Project: /.exec(task.prompt)?.[1] ?? '';
      return writes(`feature-${ids.indexOf(id)}.txt`)(task);
    };
    const folder = scripted.project.repository({ stories: ids.map((id) => ({ id })) });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, ...steps(document)]).toEqual([0, ...ids.map((id) => `${id} passed 1`)]);
    expect(scripted.project.prd(folder).user_stories.map((story) => story.passes)).toEqual(
      ids.map(() => true),
    );
    const trailers = '--format=%(trailers:key=Codetether-Story,valueonly,separator=%x2C)';
    expect(
      scripted.project.git(folder, 'log', '--reverse', trailers, 'main..feature/work').split('\n'),
    ).toEqual(ids);
  });

  it('pass with titles and commands that are long in a script of three bytes a sign', async () => {
    const long = '詳'.repeat(400);
    script = (task) => {
      if (task.turn === 0) return bash(`echo ${long} > /dev/null; echo ok > feature-1.txt`);
      return done();
    };
    const folder = scripted.project.repository({ stories: [{ id: 'US-001', title: long }] });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, ...steps(document)]).toEqual([0, 'US-001 passed 1']);
  });
});

describe('text that git would refuse', () => {
  it('does not keep a proven story from its commit', async () => {
    script = (task) =>
      task.turn === 0
        ? write('feature-1.txt', 'ok\n')
        : {
            calls: [
              { name: 'story_done', arguments: { status: 'done', summary: 'zero \0byte\u0007' } },
            ],
          };
    const folder = scripted.project.repository({ stories: [{ id: 'US-001', title: 'a\0b\tc' }] });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, ...steps(document)]).toEqual([0, 'US-001 passed 1']);
    expect(
      scripted.project
        .git(folder, 'log', '-1', '--format=%B', 'feature/work')
        .split('\n')
        .slice(0, 3),
    ).toEqual(['feat(US-001): a b c', '', 'zero byte']);
  });
});

/** Runs a command that must be refused before anything starts; gives exit code, error code and file. */
async function refusal(folder: string, ...args: readonly string[]) {
  const before = scripted.project.git(folder, 'status', '--short');
  const requests = scripted.model.requests.length;
  const home = { CODETETHER_HOME: join(scripted.project.root, 'untouched') };
  const result = await runCommand(['--config', scripted.project.config, ...args], home, folder);
  expect(result.stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect(scripted.project.git(folder, 'status', '--short')).toBe(before);
  expect(scripted.model.requests).toHaveLength(requests);
  expect(existsSync(home.CODETETHER_HOME)).toBe(false);
  const { error } = JSON.parse(result.stdout) as {
    error: { code: string; message: string; where: { file?: string } | null };
  };
  return { code: result.code, error };
}

describe('a file that is no PRD', () => {
  const prd = (title: string): string =>
    JSON.stringify({ project: 'p', feature: 'f', user_stories: [{ id: 'US-001', title }] });

  it.each<[string, string | Buffer, RegExp]>([
    ['not UTF-8', Buffer.from(prd('für'), 'latin1'), /ERR_PRD_UNREADABLE: .*not UTF-8/],
    ['UTF-16', Buffer.from(`\uFEFF${prd('x')}`, 'utf16le'), /ERR_PRD_UNREADABLE: .*not UTF-8/],
    ['larger than a message', prd('x'.repeat(2 ** 20)), /ERR_PRD_UNREADABLE: .*larger than/],
    ['nested without end', '['.repeat(200_000), /ERR_JSON_INVALID: .*nested too deeply/],
    ['a program', Buffer.from([127, 69, 76, 70, 2, 1, 1, 0]), /ERR_PRD_UNREADABLE: .*NUL/],
  ])('is refused: %s', async (_name, content, problem) => {
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    writeFileSync(join(folder, 'odd.json'), content);
    const answer = await refusal(folder, 'ralph', 'run', '-p', 'odd.json', '--json');
    expect(answer).toMatchObject({ code: 2, error: { where: { file: 'odd.json' } } });
    expect(`${answer.error.code}: ${answer.error.message}`).toMatch(problem);
  });

  it('is refused when the path leads through a file', async () => {
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const answer = await refusal(folder, 'ralph', 'run', '-p', 'README.md/prd.json', '--json');
    expect(answer).toMatchObject({ code: 2, error: { code: 'ERR_PRD_NOT_FOUND' } });
  });

  it('may begin with a byte order mark, which stays', async () => {
    script = writes('feature-1.txt');
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const file = join(folder, 'prd.json');
    writeFileSync(file, `\uFEFF${readFileSync(file, 'utf8')}`);
    expect((await scripted.project.ralph(folder)).code).toBe(0);
    const after = readFileSync(file, 'utf8');
    expect(after.startsWith('\uFEFF{')).toBe(true);
    expect(JSON.parse(after.slice(1))).toMatchObject({ user_stories: [{ passes: true }] });
  });
});

describe('a name that nobody knows', () => {
  it.each([
    ['ERR_PROVIDER_UNKNOWN', ['ralph', 'run', '-m', 'constructor/x']],
    ['ERR_PROVIDER_UNKNOWN', ['ralph', 'run', '-m', '__proto__/x']],
    ['ERR_RUN_NOT_FOUND', ['runs', 'cancel', '01hx0000000000000000000000']],
    ['ERR_RUN_NOT_FOUND', ['runs', 'show', '../../etc']],
  ])('is refused with %s: %j', async (code, words) => {
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    expect(await refusal(folder, ...words, '--json')).toMatchObject({ code: 2, error: { code } });
  });

  it.each(['no/where.json', 'README.md/x.json', 'test', `${'x'.repeat(300)}.json`])(
    'is refused as the place of a new PRD: %s',
    async (path) => {
      const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
      const words = ['ralph', 'create-prd', '-f', 'F', '--project-name', 'P', '-o', path];
      const result = await scripted.project.run(folder, ...words);
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).toContain('error[ERR_OUTPUT_FILE]');
      expect(scripted.project.git(folder, 'status', '--short')).toBe('');
    },
  );
});

describe('a PRD in a folder of the repository', () => {
  /** A repository whose PRD lies in services/api, named by its path. */
  function withPrdBelow(files: Readonly<Record<string, string>>): string {
    const folder = scripted.project.repository({
      stories: [{ id: 'US-001' }],
      checks: {
        test: 'test "$(basename "$PWD")" = api && { [ ! -e made.txt ] || grep -q ok made.txt; }',
      },
      files,
    });
    mkdirSync(join(folder, 'services/api'), { recursive: true });
    writeFileSync(join(folder, 'services/api/prd.json'), readFileSync(join(folder, 'prd.json')));
    rmSync(join(folder, 'prd.json'));
    return folder;
  }

  it.each([
    ['that is committed', { 'services/api/README.md': '# api\n' }],
    ['that git does not know yet', {}],
    ['that git ignores', { '.gitignore': 'services/api/prd.json\nservices/api/progress.txt\n' }],
  ])('%s is where agent and checks work', async (_name, files) => {
    script = writes('made.txt');
    const folder = withPrdBelow(files);
    const result = await scripted.project.run(
      folder,
      'ralph',
      'run',
      '-p',
      'services/api/prd.json',
      '--json',
    );
    const document = JSON.parse(result.stdout) as RunDocument;
    expect([result.code, ...steps(document)]).toEqual([0, 'US-001 passed 1']);
    expect(scripted.project.git(folder, 'diff', '--name-only', 'main', 'feature/work')).toBe(
      'services/api/made.txt',
    );
    expect(scripted.project.prd(join(folder, 'services/api')).user_stories).toMatchObject([
      { passes: true },
    ]);
    expect(readFileSync(join(folder, 'services/api/progress.txt'), 'utf8')).toContain('US-001');
    expect(tracked(folder, 'feature/work')).not.toContain('services/api/progress.txt');
  });
});

describe('a branch', () => {
  it('is continued although a tag has its name', async () => {
    script = (task) => writes(`feature-${task.story.slice(-1)}.txt`)(task);
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    scripted.project.git(folder, 'branch', 'feature/work');
    scripted.project.git(folder, 'tag', 'feature/work');
    scripted.project.git(folder, 'switch', '-q', 'feature/work');
    scripted.project.git(folder, 'commit', '-q', '--allow-empty', '-m', 'earlier work');
    scripted.project.git(folder, 'checkout', '-q', 'main');
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.branch]).toEqual([0, 'feature/work']);
    expect(
      scripted.project
        .git(folder, 'log', '--reverse', '--format=%s', 'main..heads/feature/work')
        .split('\n'),
    ).toEqual(['earlier work', 'feat(US-001): Title of US-001']);
  });

  it('takes one run at a time; the second is refused and told how to attach', async () => {
    script = (task) => (task.turn === 0 ? bash('sleep 600') : done());
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const first = await scripted.project.run(folder, 'ralph', 'run', '--detach', '--json');
    const { run_id: runId, workflow_id: workflowId } = JSON.parse(first.stdout) as RunDocument;
    const second = await scripted.project.run(folder, 'ralph', 'run', '--json');
    expect([second.code, JSON.parse(second.stdout)]).toMatchObject([
      2,
      {
        error: {
          code: 'ERR_RUN_ALREADY_OPEN',
          message: 'a run already works on branch feature/work of this repository',
          hint: expect.stringContaining(`codetether attach ${workflowId}`),
        },
      },
    ]);
    expect((await scripted.project.run(folder, 'runs', 'cancel', runId)).code).toBe(0);
    const ended = await scripted.project.run(folder, 'attach', workflowId, '--json');
    expect([ended.code, JSON.parse(ended.stdout)]).toMatchObject([
      1,
      { run_id: runId, status: 'cancelled' },
    ]);
  });
});
