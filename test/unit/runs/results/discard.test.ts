import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { lanesFolder } from '../../../../src/platform/workspace/run-layout.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { saveRunRecord, recordsOf } from '../../../support/saved-records.js';
import { discardRun } from '../../../../src/runs/results/discard.js';
import { planDiscard } from '../../../../src/runs/results/discard-plan.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const RUN = '01hx3v6m2q8w0c5r7t9y1z3b5d';

/** A run of two stories on `feature/work`, and one story that is kept beside it. */
async function endedRun(changes: Partial<RunRecord> = {}) {
  const home = await temporaryFolder();
  const repository = await userRepository({ 'a.txt': 'a\n' });
  const prdPath = join(repository, 'prd.json');
  const stories = ['US-001', 'US-002'].map((id) => ({ id, passes: true }));
  await writeFile(prdPath, JSON.stringify({ user_stories: stories }));
  const baseCommit = userGit(repository, 'rev-parse', 'HEAD');
  const commit = (branch: string): string => {
    userGit(repository, 'checkout', '--quiet', branch);
    userGit(repository, 'commit', '--quiet', '--allow-empty', '--message', branch);
    const id = userGit(repository, 'rev-parse', 'HEAD');
    userGit(repository, 'checkout', '--quiet', 'main');
    return id;
  };
  userGit(repository, 'branch', 'feature/work');
  userGit(repository, 'branch', 'kept');
  const [first, second, kept] = [commit('feature/work'), commit('feature/work'), commit('kept')];
  const record = runRecord({
    runId: RUN,
    repository,
    prdPath,
    baseCommit,
    headCommit: second,
    stories: [
      storyRecord('US-001', { status: 'passed', commit: first }),
      storyRecord('US-002', { status: 'passed', commit: second }),
      storyRecord('US-003', { status: 'failed', branch: 'kept' }),
    ],
    ...changes,
  });
  await saveRunRecord(home, record);
  await mkdir(join(lanesFolder(home, repository, RUN), 'lane-1'), { recursive: true });
  return { home, repository, record, first, second, kept, commit };
}

const branches = (repository: string): string[] =>
  userGit(repository, 'branch', '--format', '%(refname:short)').split('\n');

describe('planDiscard and discardRun', () => {
  it('remove everything that is the run’s alone, and can be repeated after a crash', async () => {
    const { home, repository, record, second, kept } = await endedRun();
    const plan = await planDiscard(home, record);
    expect(plan).toEqual({
      branches: [
        { name: 'feature/work', tip: second, resetTo: null },
        { name: 'kept', tip: kept, resetTo: null },
      ],
      kept: [],
      lanes: lanesFolder(home, repository, RUN),
      stories: ['US-001', 'US-002'],
    });
    const head = await readFile(join(repository, '.git/HEAD'), 'utf8');
    const result = await discardRun(
      { home, records: recordsOf(home) },
      { record, plan, keepsPrd: false },
    );
    expect(result.branches).toEqual(['feature/work', 'kept']);
    expect(branches(repository)).toEqual(['main']);
    expect(await readFile(join(repository, '.git/HEAD'), 'utf8')).toBe(head);
    await expect(stat(plan.lanes)).rejects.toMatchObject({ code: 'ENOENT' });
    const again = await discardRun(
      { home, records: recordsOf(home) },
      { record, plan, keepsPrd: false },
    );
    expect([again.branches, again.reopened]).toEqual([[], []]);
  });

  it('leave a branch that somebody went on with, before the plan or after it', async () => {
    const { home, repository, record, commit } = await endedRun();
    const early = await planDiscard(home, record);
    const theirs = commit('feature/work');
    const result = await discardRun(
      { home, records: recordsOf(home) },
      { record, plan: early, keepsPrd: true },
    );
    expect(result.branches).toEqual(['kept']);
    expect(result.notes).toContain('feature/work moved meanwhile and stays');
    expect(userGit(repository, 'rev-parse', 'feature/work')).toBe(theirs);
    const late = await planDiscard(home, { ...record, discardedAt: undefined });
    expect([late.branches, late.kept]).toEqual([
      [],
      ['feature/work has commits of somebody else and stays'],
    ]);
    expect(late.stories).toEqual([]);
  });

  it('count stories as passed that a merge or another branch keeps', async () => {
    const { home, repository, record, first } = await endedRun();
    userGit(repository, 'branch', 'copy', first);
    expect((await planDiscard(home, record)).stories).toEqual(['US-002']);
    const merge = {
      into: 'main',
      commit: 'e'.repeat(40),
      stories: ['US-002'],
      mode: 'squash' as const,
      mergedAt: '2026-01-02T03:04:05.000Z',
    };
    expect((await planDiscard(home, { ...record, merges: [merge] })).stories).toEqual([]);
  });

  it('put a continued branch back, and one of an old record whose base nothing else holds', async () => {
    const { home, repository, record } = await endedRun({ continuesBranch: true });
    const [branch] = (await planDiscard(home, record)).branches;
    expect(branch).toMatchObject({ name: 'feature/work', resetTo: record.baseCommit });
    userGit(repository, 'checkout', '--quiet', '--orphan', 'fresh');
    userGit(repository, 'commit', '--quiet', '--allow-empty', '--message', 'fresh');
    for (const name of ['main', 'kept']) userGit(repository, 'branch', '--quiet', '-D', name);
    const old = { ...record, continuesBranch: undefined };
    expect((await planDiscard(home, old)).branches).toMatchObject([
      { name: 'feature/work', resetTo: record.baseCommit },
    ]);
  });

  it('refuse an open run, one that is discarded, and a branch that is checked out', async () => {
    const { home, repository, record } = await endedRun();
    const open = { ...record, status: 'paused' as const };
    await expect(planDiscard(home, open)).rejects.toMatchObject({ code: 'ERR_RUN_OPEN' });
    const gone = { ...record, discardedAt: '2026-01-02T03:04:05.000Z' };
    await expect(planDiscard(home, gone)).rejects.toMatchObject({ code: 'ERR_RUN_DISCARDED' });
    userGit(repository, 'checkout', '--quiet', 'kept');
    await expect(planDiscard(home, record)).rejects.toMatchObject({
      code: 'ERR_BRANCH_CHECKED_OUT',
      where: { file: repository },
    });
  });
});
