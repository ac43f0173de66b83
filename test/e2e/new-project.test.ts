import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runningPids } from '../support/kill-random.js';
import { RalphProject, type RunDocument } from '../support/ralph-project.js';
import {
  bash,
  done,
  startScriptedModel,
  type ModelTask,
  type ScriptedModel,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { runProgram } from '../support/service-home.js';

/** Evidence of the documents, as far as these tests look at it. */
interface SeenEvidence {
  readonly check: string;
  readonly exit_code: number | null;
  readonly is_absent: boolean;
  readonly absence: { readonly kind: string; readonly why: string } | null;
}

let model: ScriptedModel;
let project: RalphProject;
let script: (task: ModelTask) => ScriptedReply;

beforeAll(async () => {
  model = await startScriptedModel((task) => script(task), 20);
  project = new RalphProject(model.baseUrl);
});
afterAll(async () => {
  await project.close();
  await model.stop();
});

const CHECKS = { test: 'npm test', typecheck: 'npm run typecheck' };
const manifest = (scripts: Readonly<Record<string, string>>): string =>
  `${JSON.stringify({ name: 'demo', version: '1.0.0', type: 'module', scripts }, null, 2)}\n`;
const TEST_FILE = `import assert from 'node:assert';
import { test } from 'node:test';
import { add } from './add.js';
test('adds', () => assert.equal(add(1, 2), 3));
`;

/** Writes a file whatever is there: the tool for it wants files to be read first. */
const write = (path: string, text: string): ScriptedReply =>
  bash(`cat > ${path} <<'END'\n${text.trimEnd()}\nEND`);

let folders = 0;

/** An empty folder with `git init`, a README and a PRD: what people start with. */
function newProject(changes: object = {}): string {
  folders += 1;
  const folder = join(project.root, `new-${folders}`);
  mkdirSync(folder);
  project.git(folder, 'init', '-q', '-b', 'main');
  const prd = {
    project: 'demo',
    feature: 'Sums',
    branch_name: 'feature/sums',
    user_stories: [
      { id: 'US-001', title: 'Set up' },
      { id: 'US-002', title: 'Add', depends_on: ['US-001'] },
    ],
    quality_checks: CHECKS,
    ...changes,
  };
  writeFileSync(join(folder, 'README.md'), '# Sums\n');
  writeFileSync(join(folder, '.env'), 'KEY=1\n');
  writeFileSync(join(folder, 'prd.json'), `${JSON.stringify(prd, null, 2)}\n`);
  return folder;
}

/** Story 1 makes the manifest with a test, story 2 adds the type check and changes the tested file. */
function builder({ story, turn }: ModelTask): ScriptedReply {
  const steps: Readonly<Record<string, readonly ScriptedReply[]>> = {
    'US-001': [
      bash('cat README.md'),
      write('package.json', manifest({ test: 'node --test' })),
      write('add.js', 'export const add = (a, b) => a + b;\n'),
      write('add.test.js', TEST_FILE),
    ],
    'US-002': [
      write('package.json', manifest({ test: 'node --test', typecheck: 'node --check add.js' })),
      write('add.js', 'export function add(a, b) {\n  return a + b;\n}\n'),
    ],
  };
  return steps[story]?.[turn] ?? done();
}

function evidenceOf(document: RunDocument, story: string): string[] {
  const entry = document.stories.find(({ id }) => id === story);
  const seen = (entry?.evidence ?? []) as unknown as SeenEvidence[];
  return seen.map(({ check, exit_code, absence }) =>
    absence === null
      ? `${check} ${exit_code ?? 'none'}`
      : `${check} ${absence.kind}: ${absence.why}`,
  );
}

const passes = (folder: string) =>
  project.prd(folder).user_stories.map(({ passes: is }) => is === true);

describe('an empty repository with a README and a PRD', () => {
  it('shows absent beside each check of the plan, and what the first commit would hold', async () => {
    const folder = newProject();
    const screen = await project.run(folder, 'ralph', 'run', '--dry-run');
    expect(screen.code).toBe(0);
    expect(screen.stdout).toMatch(
      /^ {2}base {8}[0-9a-f]{12} \(first commit: README\.md, prd\.json\)$/m,
    );
    expect(screen.stdout).toContain(
      '    typecheck: npm run typecheck (at most 15 min)  absent: there is no package.json\n    test: npm test (at most 15 min)  absent: there is no package.json\n',
    );
    const { stdout } = await project.run(folder, 'ralph', 'run', '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      checks: [
        {
          name: 'typecheck',
          is_absent: true,
          absence: { kind: 'not-yet', why: 'there is no package.json' },
        },
        { name: 'test', is_absent: true },
      ],
      first_commit: { files: ['README.md', 'prd.json'] },
      dirty_files: ['.env'],
    });
    expect(project.git(folder, 'status', '--porcelain')).toBe('?? .env\n?? README.md\n?? prd.json');
    expect(project.git(folder, 'count-objects')).toMatch(/^0 objects/);
  });

  it('is built story by story, each check passing from the story on that creates it, over a killed worker', async () => {
    script = builder;
    const folder = newProject();
    const run = project.ralph(folder);
    await expect
      .poll(() => model.requests.some(({ task }) => task.story === 'US-002'), {
        timeout: 60_000,
      })
      .toBe(true);
    const [pid = 0] = await runningPids(project.home, ['worker']);
    process.kill(pid, 'SIGKILL');
    const { code, document } = await run;
    expect([code, document.status]).toEqual([0, 'passed']);
    expect(evidenceOf(document, 'US-001')).toEqual([
      'typecheck not-yet: package.json has no script "typecheck"',
      'test 0',
    ]);
    expect(evidenceOf(document, 'US-002')).toEqual(['typecheck 0', 'test 0']);
    expect(passes(folder)).toEqual([true, true]);
    expect(
      project.git(folder, 'log', '--reverse', '--format=%s', 'feature/sums').split('\n'),
    ).toEqual([
      'chore: empty root',
      'chore: files as they were before the first run',
      'feat(US-001): Set up',
      'feat(US-002): Add',
    ]);
    const root = project.git(folder, 'rev-list', '--max-parents=0', 'feature/sums');
    expect(project.git(folder, 'ls-tree', root)).toBe('');
    expect(project.git(folder, 'ls-tree', '-r', '--name-only', 'feature/sums').split('\n')).toEqual(
      ['README.md', 'add.js', 'add.test.js', 'package.json', 'prd.json'],
    );

    const report = await project.run(folder, 'ralph', 'report', document.run_id);
    expect(report.stdout).toMatch(
      /^- absent typecheck: `npm run typecheck`, there is no package\.json, tree/m,
    );
    const html = await project.run(folder, 'ralph', 'report', document.run_id, '--format', 'html');
    expect(html.stdout).toContain('<span class="mark wait">absent</span>');

    const merged = await project.run(folder, 'ralph', 'merge', document.run_id);
    expect([merged.code, merged.stderr]).toEqual([0, expect.anything()]);
    expect(project.git(folder, 'rev-parse', 'main')).toBe(document.head_commit);
    expect(readFileSync(join(folder, 'add.js'), 'utf8')).toContain('export function add');
    expect(project.git(folder, 'status', '--porcelain')).toBe(
      'M prd.json\n?? .env\n?? progress.txt',
    );
  });

  it('ends unverified when no story creates a check, whatever the model says, and exits with 1', async () => {
    script = ({ story, turn }) => (turn === 0 ? write(`${story}.md`, 'All tests pass.\n') : done());
    const folder = newProject();
    const { code, document } = await project.ralph(folder);
    expect([code, document.status]).toEqual([1, 'failed']);
    expect(
      document.stories.map(({ status, attempts, reason }) => [status, attempts, reason]),
    ).toEqual([
      ['unverified', 1, 'committed, but no check exists yet: typecheck, test'],
      ['unverified', 1, 'committed, but no check exists yet: typecheck, test'],
    ]);
    expect(passes(folder)).toEqual([false, false]);
    expect(document).toMatchObject({
      reason: '0 of 2 stories passed, 2 unverified',
      red_base: [],
      absent_checks: [
        { check: 'typecheck', command: 'npm run typecheck', why: 'there is no package.json' },
        { check: 'test', command: 'npm test', why: 'there is no package.json' },
      ],
    });
  });

  it('fails a story that creates a check which does not pass, and one that removes a check again', async () => {
    const prompts: string[] = [];
    script = (task) => {
      const { story, attempt, turn } = task;
      if (story === 'US-002' && turn === 0) prompts.push(task.prompt);
      if (turn > 0) return done();
      if (story === 'US-002') return write('package.json', manifest({}));
      return write('package.json', manifest({ test: attempt === 1 ? 'exit 1' : 'true' }));
    };
    const folder = newProject();
    const { code, document } = await project.ralph(folder, '--max-attempts', '2');
    expect(code).toBe(1);
    expect(
      document.stories.map(({ status, attempts, reason }) => [status, attempts, reason]),
    ).toEqual([
      [
        'passed',
        2,
        'every check that exists passed on the tree that is committed (not yet there: typecheck)',
      ],
      [
        'failed',
        2,
        'checks are gone that existed before: test (package.json has no script "test")',
      ],
    ]);
    expect(prompts[0]).toContain('- test: `npm test`\n');
    expect(prompts[0]).toContain('- typecheck: `npm run typecheck` (does not exist yet');
    expect(prompts[1]).toContain('Check test is gone: `npm test` has nothing to check any more');
  });

  it('remembers over runs: what the branch has may not become absent', async () => {
    script = ({ story, turn }) => {
      if (turn > 0) return done();
      return write(
        'package.json',
        manifest(story === 'US-001' ? { test: 'true' } : { lint: 'true' }),
      );
    };
    const folder = newProject({ user_stories: [{ id: 'US-001', title: 'Set up' }] });
    expect((await project.ralph(folder)).code).toBe(0);
    const prd = JSON.parse(readFileSync(join(folder, 'prd.json'), 'utf8')) as {
      user_stories: object[];
    };
    prd.user_stories.push({ id: 'US-002', title: 'Lint' });
    writeFileSync(join(folder, 'prd.json'), JSON.stringify(prd));
    const { code, document } = await project.ralph(folder, '--max-attempts', '1');
    expect([code, document.stories.map(({ status }) => status)]).toEqual([1, ['passed', 'failed']]);
    expect(evidenceOf(document, 'US-002')[1]).toBe('test gone: package.json has no script "test"');
  });

  it('never becomes absent again after merges of stories side by side', async () => {
    script = ({ story, turn }) => {
      if (turn > 0) return done();
      return story === 'US-001'
        ? write('package.json', manifest({ test: 'true' }))
        : write(`${story}.txt`, 'ok\n');
    };
    const stories = [
      { id: 'US-001', title: 'Set up' },
      { id: 'US-002', title: 'Beside' },
    ];
    const folder = newProject({ user_stories: stories });
    const { document } = await project.ralph(folder, '--parallel', '2');
    expect(document.stories[0]).toMatchObject({ status: 'passed' });
    const second = evidenceOf(document, 'US-002');
    // it lands behind the first and is proven with its check, or before it and without
    expect([
      ['typecheck not-yet: package.json has no script "typecheck"', 'test 0'],
      ['typecheck not-yet: there is no package.json', 'test not-yet: there is no package.json'],
    ]).toContainEqual(second);
  });

  it('works by npm start, too', async () => {
    script = builder;
    const folder = newProject();
    const { code, stdout } = await runProgram(
      [
        join(import.meta.dirname, '../../scripts/start.mjs'),
        'prd.json',
        '--json',
        '--config',
        project.config,
      ],
      { INIT_CWD: folder, CODETETHER_HOME: project.home },
      folder,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toMatchObject({ status: 'passed' });
    expect(existsSync(join(folder, 'package.json'))).toBe(false);
  });
});

describe('a folder that is no repository', () => {
  it('is told the exact command that makes one', async () => {
    const folder = join(project.root, 'no repository');
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'prd.json'),
      JSON.stringify({ project: 'a', feature: 'b', user_stories: [{ id: 'US-001', title: 't' }] }),
    );
    const { code, stdout } = await project.run(folder, 'ralph', 'run', '--dry-run', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        code: 'ERR_NOT_A_REPOSITORY',
        hint: `run the command inside a git repository, or make one of this folder: git init '${folder}' (a commit is not needed)`,
      },
    });
  });
});
