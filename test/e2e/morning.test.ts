import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PrdStory } from '../support/ralph-project.js';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

let script: (task: ModelTask) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task));

/** Writes the story's own file. */
function diligent(task: ModelTask): ScriptedReply {
  return task.turn === 0 ? write(`feature-${task.story.slice(-1)}.txt`, 'ok\n') : done();
}

const three: readonly PrdStory[] = [
  { id: 'US-001' },
  { id: 'US-002', depends_on: ['US-001'] },
  { id: 'US-003' },
];

/** A repository with a run that passed. */
async function passedRun(stories: readonly PrdStory[] = three) {
  script = diligent;
  const folder = scripted.project.repository({ stories });
  const { document } = await scripted.project.ralph(folder);
  expect(document.status).toBe('passed');
  return { folder, id: document.run_id, head: document.head_commit };
}

const ralph = (folder: string, ...args: readonly string[]) =>
  scripted.project.run(folder, 'ralph', ...args);
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const subjects = (folder: string, range: string): string[] =>
  scripted.project
    .git(folder, 'log', '--reverse', '--format=%s', range)
    .split('\n')
    .filter((line) => line !== '');

/** Commits on main as a colleague would, while the run's branch waits. */
function moveMain(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  scripted.project.git(folder, 'add', ...Object.keys(files));
  scripted.project.git(folder, 'commit', '-qm', 'main went on');
}

/** Whether a process with this command line lives. */
function isRunning(commandLine: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === commandLine;
      } catch {
        return false;
      }
    });
}

describe('ralph report and ralph diff', () => {
  it('tell the whole run in every format, and what each story changed, also without its branch', async () => {
    const { folder, id } = await passedRun();
    const page = join(scripted.project.root, 'report.html');
    expect((await ralph(folder, 'report', id, '--format', 'html', '-o', page)).code).toBe(0);
    expect(readFileSync(page, 'utf8')).toContain('<h1>Feature</h1>');
    const again = await ralph(folder, 'report', id, '--format', 'html', '-o', page, '--json');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('exists already')]);
    expect((await ralph(folder, 'report', id, '-o', page, '--force')).code).toBe(0);
    expect(readFileSync(page, 'utf8')).toMatch(/^# demo: Feature\n/);
    const request = await ralph(folder, 'report', id, '--format', 'pr');
    expect(request.stdout.split('\n').slice(0, 3)).toEqual(['Feature', '', '## Stories']);
    const document = json((await ralph(folder, 'report', id, '--json')).stdout);
    expect(document).toMatchObject({ run_id: id, base_branch: 'main', status: 'passed' });

    const whole = json((await ralph(folder, 'diff', id, '--json')).stdout);
    const one = json((await ralph(folder, 'diff', id, 'US-002', '--json')).stdout);
    scripted.project.git(folder, 'branch', '-q', '-D', 'feature/work');
    scripted.project.git(folder, 'reflog', 'expire', '--expire=now', '--all');
    scripted.project.git(folder, 'gc', '--quiet', '--prune=now');
    expect(json((await ralph(folder, 'diff', id, '--json')).stdout)).toEqual(whole);
    expect(whole['files']).toEqual(
      ['feature-1.txt', 'feature-2.txt', 'feature-3.txt'].map((path) => ({
        path,
        added_lines: 1,
        removed_lines: 0,
      })),
    );
    expect(one).toMatchObject({ files: [{ path: 'feature-2.txt' }] });
    expect((await ralph(folder, 'diff', id, '--stat')).stdout).toMatch(/3 files changed/);
    const unknown = await ralph(folder, 'diff', id, 'US-9');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('US-001, US-002')]);
  });
});

describe('ralph merge', () => {
  it('forwards the checked-out branch with its files, and says when nothing is left', async () => {
    const { folder, id, head } = await passedRun();
    const dry = json((await ralph(folder, 'merge', id, '--dry-run', '--json')).stdout);
    expect(dry).toMatchObject({ mode: 'fast-forward', into: 'main', needs_checks: false });
    expect(existsSync(join(folder, 'feature-1.txt'))).toBe(false);
    const merged = await ralph(folder, 'merge', id, '--json');
    expect([merged.code, json(merged.stdout)]).toMatchObject([0, { status: 'published' }]);
    expect(scripted.project.git(folder, 'rev-parse', 'main')).toBe(head);
    expect(readFileSync(join(folder, 'feature-3.txt'), 'utf8')).toBe('ok\n');
    expect(scripted.project.git(folder, 'status', '--porcelain')).toBe(
      'M prd.json\n?? progress.txt',
    );
    expect(json((await ralph(folder, 'merge', id, '--json')).stdout)).toMatchObject({
      status: 'nothing_to_do',
    });
    expect((await ralph(folder, 'report', id)).stdout).toContain('Merged into main (fast-forward)');
  });

  it('rebases onto a branch that went on, checks the result, and brings only what is asked for', async () => {
    const { folder, id } = await passedRun();
    moveMain(folder, { 'README.md': '# went on\n' });
    const left = await ralph(folder, 'merge', id, '--only', 'US-002');
    expect([left.code, left.stderr]).toEqual([2, expect.stringContaining('ERR_STORY_LEFT_OUT')]);
    const merged = await ralph(folder, 'merge', id, '--only', 'US-001,US-002', '--json');
    expect([merged.code, json(merged.stdout)]).toMatchObject([
      0,
      { status: 'published', mode: 'rebase', stories: ['US-001', 'US-002'], needs_checks: true },
    ]);
    expect(subjects(folder, 'main')).toEqual([
      'start',
      'main went on',
      'feat(US-001): Title of US-001',
      'feat(US-002): Title of US-002',
    ]);
    expect(scripted.project.git(folder, 'log', '-1', '--format=%an|%(trailers)', 'main')).toContain(
      `Test|Codetether-Story: US-002\nCodetether-Run: ${id}`,
    );
    expect(existsSync(join(folder, 'feature-3.txt'))).toBe(false);
    const squashed = await ralph(folder, 'merge', id, '--squash', '--json');
    expect(json(squashed.stdout)).toMatchObject({ status: 'published', mode: 'squash' });
    expect(subjects(folder, 'main').slice(-1)).toEqual(['feat: Feature']);
    expect(scripted.project.git(folder, 'status', '--porcelain')).toBe(
      'M prd.json\n?? progress.txt',
    );
  });

  it('changes nothing on a conflict, on red checks, and on files of yours in the way', async () => {
    const { folder, id } = await passedRun();
    const state = () => [
      scripted.project.git(folder, 'rev-parse', 'main'),
      scripted.project.git(folder, 'status'),
    ];
    writeFileSync(join(folder, 'feature-2.txt'), 'mine\n');
    const mine = state();
    const dirty = await ralph(folder, 'merge', id);
    expect([dirty.code, dirty.stderr]).toEqual([2, expect.stringContaining('feature-2.txt')]);
    expect(state()).toEqual(mine);
    rmSync(join(folder, 'feature-2.txt'));

    moveMain(folder, { 'test/check.sh': 'echo no longer; exit 1\n' });
    const red = state();
    const checks = await ralph(folder, 'merge', id, '--json');
    expect([checks.code, json(checks.stdout)]).toMatchObject([1, { status: 'checks_failed' }]);
    expect(state()).toEqual(red);

    moveMain(folder, { 'feature-1.txt': 'theirs\n' });
    const clash = state();
    const conflict = await ralph(folder, 'merge', id);
    expect([conflict.code, conflict.stdout]).toEqual([
      1,
      expect.stringMatching(/^conflict: US-001 does not fit onto main in feature-1\.txt/),
    ]);
    expect(state()).toEqual(clash);
  });

  it('goes on when the worker is killed in the middle of the checks', async () => {
    const { folder, id } = await passedRun([{ id: 'US-001' }]);
    const { stdout } = await scripted.project.run(folder, 'ps', '--json');
    const { processes } = JSON.parse(stdout) as { processes: { role: string; pid: number }[] };
    const worker = processes.find(({ role }) => role === 'worker')?.pid ?? 0;
    const nap = `2.${process.pid}`;
    moveMain(folder, { 'test/check.sh': `sleep ${nap}\n` });
    const merging = ralph(folder, 'merge', id, '--json');
    await expect.poll(() => isRunning(`sleep\0${nap}\0`), { timeout: 30_000 }).toBe(true);
    process.kill(worker, 'SIGKILL');
    const merged = await merging;
    expect([merged.code, json(merged.stdout)]).toMatchObject([0, { status: 'published' }]);
    expect(subjects(folder, 'main').slice(-2)).toEqual([
      'main went on',
      'feat(US-001): Title of US-001',
    ]);
    expect(scripted.project.git(folder, 'status', '--porcelain')).toBe(
      'M prd.json\n?? progress.txt',
    );
  });

  it('refuses a branch that another worktree has, and merges into one that nobody has', async () => {
    const { folder, id, head } = await passedRun([{ id: 'US-001' }]);
    const other = join(scripted.project.root, `other-${id}`);
    scripted.project.git(folder, 'worktree', 'add', '-q', '-b', 'side', other);
    const refused = await ralph(folder, 'merge', id, '--into', 'side');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(other)]);
    scripted.project.git(folder, 'branch', 'quiet', 'main');
    expect((await ralph(folder, 'merge', id, '--into', 'quiet')).code).toBe(0);
    expect(scripted.project.git(folder, 'rev-parse', 'quiet')).toBe(head);
    const missing = await ralph(folder, 'merge', id, '--into', 'nope');
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('nope')]);
  });
});

describe('ralph discard', () => {
  it('removes branch, refs and lanes, opens the stories again, and keeps the report', async () => {
    const { folder, id, head } = await passedRun();
    const key = /workspaces\/([^/]+)/.exec((await ralph(folder, 'discard', id)).stderr)?.[1] ?? '';
    expect(scripted.project.git(folder, 'rev-parse', 'feature/work')).toBe(head);
    const discarded = await ralph(folder, 'discard', id, '--yes', '--json');
    expect([discarded.code, json(discarded.stdout)]).toEqual([
      0,
      {
        run_id: id,
        status: 'discarded',
        branches: ['feature/work'],
        reopened_stories: ['US-001', 'US-002', 'US-003'],
        notes: [],
      },
    ]);
    expect(scripted.project.git(folder, 'branch', '--list', 'feature/work')).toBe('');
    expect(existsSync(join(scripted.project.home, 'workspaces', key, id))).toBe(false);
    const bare = join(scripted.project.home, 'workspaces', key, 'repo.git');
    expect(scripted.project.git(bare, 'for-each-ref', '--format=%(refname)')).not.toContain(id);
    expect(scripted.project.prd(folder).user_stories.map((story) => story.passes)).toEqual(
      three.map(() => false),
    );
    expect((await ralph(folder, 'report', id)).stdout).toContain('Discarded at ');
    expect((await ralph(folder, 'merge', id)).stderr).toContain('ERR_RUN_DISCARDED');
    expect((await scripted.project.ralph(folder)).document.status).toBe('passed');
  });

  it('puts a branch back that was there before, and leaves one that went on', async () => {
    script = diligent;
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    scripted.project.git(folder, 'branch', 'feature/work');
    const base = scripted.project.git(folder, 'rev-parse', 'main');
    const first = (await scripted.project.ralph(folder)).document.run_id;
    scripted.project.git(folder, 'checkout', '-q', 'feature/work');
    const here = await ralph(folder, 'discard', first, '--yes');
    expect([here.code, here.stderr]).toEqual([2, expect.stringContaining('is checked out in')]);
    scripted.project.git(folder, 'checkout', '-q', 'main');
    expect((await ralph(folder, 'discard', first, '--yes', '--keep-prd')).code).toBe(0);
    expect(scripted.project.git(folder, 'rev-parse', 'feature/work')).toBe(base);
    const missing = await scripted.project.run(folder, 'ralph', 'run');
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('ERR_PASSED_STORY_MISSING'),
    ]);
    const trusted = await scripted.project.run(folder, 'ralph', 'run', '--trust-passes');
    expect([trusted.code, trusted.stdout]).toEqual([0, expect.stringMatching(/^nothing to do/)]);
  });
});

describe('a history that is gone', () => {
  it('takes nothing from report, diff, merge and the next run', async () => {
    let isAble = false;
    script = (task) => (task.story === 'US-003' && !isAble ? done() : diligent(task));
    const folder = scripted.project.repository({ stories: three });
    const { document } = await scripted.project.ralph(folder, '--max-attempts', '1');
    await scripted.project.run(folder, 'down');
    rmSync(join(scripted.project.home, 'temporal'), { recursive: true });
    const show = await scripted.project.run(folder, 'runs', 'show', document.run_id, '--json');
    expect(json(show.stdout)).toMatchObject({ run_id: document.run_id, status: 'failed' });
    expect((await ralph(folder, 'report', document.run_id)).stdout).toContain('US-002');
    isAble = true;
    const next = await scripted.project.ralph(folder);
    expect([next.code, next.document.stories.map(({ attempts }) => attempts)]).toEqual([
      0,
      [0, 0, 1],
    ]);
    expect((await ralph(folder, 'merge', document.run_id)).code).toBe(0);
  });

  it('closes a run as lost that was open, says so, and lets the next one go on', async () => {
    script = (task) => (task.turn === 0 && isHanging ? bash('sleep 600') : diligent(task));
    let isHanging = true;
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const started = await ralph(folder, 'run', '--detach', '--json');
    const id = String(json(started.stdout)['run_id']);
    const show = async () =>
      json((await scripted.project.run(folder, 'runs', 'show', id, '--json')).stdout);
    await expect
      .poll(async () => (await show())['stories'], { timeout: 30_000 })
      .toMatchObject([{ status: 'running' }]);
    await scripted.project.run(folder, 'down');
    expect(await show()).toMatchObject({ status: 'running' });
    rmSync(join(scripted.project.home, 'temporal'), { recursive: true });
    expect(await show()).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^lost: /),
      stories: [{ status: 'pending' }],
    });
    const cancelled = await scripted.project.run(folder, 'runs', 'cancel', id);
    expect([cancelled.code, cancelled.stderr]).toEqual([
      2,
      expect.stringContaining('ERR_RUN_ENDED'),
    ]);
    const attached = await scripted.project.run(folder, 'attach', id);
    expect([attached.code, attached.stdout]).toEqual([3, expect.stringContaining('lost: ')]);
    isHanging = false;
    expect((await scripted.project.ralph(folder)).code).toBe(0);
  });
});
