import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import { setHostEnvironment } from '../../src/platform/process/host-environment.js';
import { bareRepository } from '../../src/platform/workspace/run-layout.js';
import {
  layOut,
  LOCK_PROJECTS,
  lockedBefore,
  makeLock,
  runTool,
  TOOL_FOLDERS,
  TOOL_PATH,
  type LockedProject,
  type Wish,
} from '../support/lock-projects.js';
import { userGit } from '../support/ralph-bench.js';
import { candidate, swarmBench, type SwarmBench } from '../support/swarm-bench.js';

const AUTHOR = { name: 'Ada', email: 'ada@example.org' };
const AT = '2026-01-02T03:04:05.000Z';
const LIMIT_MS = 180_000;

setHostEnvironment({ ...process.env, PATH: TOOL_PATH });

const folders: string[] = [];
const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-tools-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The files of the project with another wish and the lock that its tool makes of the one before. */
function widened(project: LockedProject, before: string, wish: Wish): Record<string, string> {
  const folder = temporary();
  cpSync(join(before, project.lock), join(folder, project.lock));
  layOut(project, folder, wish);
  makeLock(project, folder);
  const names = [project.lock, ...Object.keys(project.files(wish))];
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const lockOf = (folder: string, { lock }: LockedProject): string =>
  readFileSync(join(folder, lock), 'utf8');

/** Brings lanes onto the run, in order. */
function land(bench: SwarmBench, head: string, candidates: readonly object[]) {
  return bench.run(() =>
    bench.activities.landSubtasks({
      ...bench.step(),
      repository: bench.repository,
      head,
      model: { provider: 'fake', model: 'one' },
      author: AUTHOR,
      committedAt: AT,
      candidates: candidates as ReturnType<typeof candidate>[],
    }),
  );
}

/** Two subtasks, each with a package of its own and the lock that it made, as they land one after the other. */
async function landBoth(project: LockedProject, before: string): Promise<string> {
  const own = { [project.lock]: lockOf(before, project), ...project.files({}) };
  const bench = await swarmBench({ '.gitignore': 'node_modules\n', ...own }, 2);
  const { base, lanes, activities } = bench;
  await bench.leave(0, widened(project, before, { first: true }));
  await bench.leave(1, widened(project, before, { second: true }));
  const [first, second] = ['a', 'b'].map((id, at) => candidate(id, lanes[at], base));
  if (first === undefined || second === undefined) throw new Error('no lanes');
  const { head, landed } = await land(bench, base, [first, second]);
  const [, conflict] = landed;
  expect(landed).toEqual([
    expect.objectContaining({ id: 'a', kind: 'landed' }),
    expect.objectContaining({ id: 'b', kind: 'conflict', files: [], locks: [project.lock] }),
  ]);
  if (conflict?.kind !== 'conflict') throw new Error('no conflict');
  const { key, runId } = bench.step();
  const { locks, tree: onTop } = conflict;
  const setup = { ...NO_SETUP, extraDirs: [...TOOL_FOLDERS] };
  const place = { lane: second.lane, base: head, branch: 'swarm/x', author: AUTHOR };
  await bench.run(() => activities.regenerateLocks({ key, runId, ...place, setup, onTop, locks }));
  const renewed = await land(bench, head, [{ ...second, base: head, renewedLocks: locks }]);
  expect(renewed.landed).toEqual([expect.objectContaining({ id: 'b', kind: 'landed' })]);
  const merged = temporary();
  const archive = join(merged, 'files.tar');
  const bare = bareRepository(bench.dependencies.home, bench.repository);
  userGit(bare, 'archive', '--output', archive, renewed.head);
  execFileSync('tar', ['-xf', archive, '-C', merged]);
  return merged;
}

describe.each(LOCK_PROJECTS)('the lock of $tool that is made anew', (project) => {
  const before = lockedBefore(project);
  if (before !== undefined) folders.push(before);

  it.skipIf(before === undefined)(
    'has what the manifest wants, and what was locked as it was',
    { timeout: LIMIT_MS },
    () => {
      const locked = lockOf(before ?? '', project);
      const [added] = project.added;
      expect([locked.includes(project.before), locked.includes(added)]).toEqual([true, false]);
      const isWider = project.locksWishes !== true;
      const after = widened(project, before ?? '', { isWider, first: true })[project.lock];
      expect(after).toContain(project.before);
      expect(after).toContain(added);
    },
  );

  it.skipIf(before === undefined)(
    'holds what two subtasks added, each with a lock of its own, and its tool takes it as it is',
    { timeout: LIMIT_MS },
    async () => {
      const merged = await landBoth(project, before ?? '');
      const lock = lockOf(merged, project);
      for (const part of [project.before, ...project.added]) expect(lock).toContain(part);
      runTool(project.check, merged);
      // the check changes nothing: it is the lock that landed
      expect(lockOf(merged, project)).toBe(lock);
    },
  );
});
