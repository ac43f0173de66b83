import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import {
  reviewPassedStories,
  type PassedStoriesRequest,
} from '../../../../src/runs/plan/passed-stories.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { story } from '../../../support/stories.js';

/** A repository whose branch `feature/work` holds US-001, passed by run `run-1`, and main does not. */
async function passedOnBranch(changes: Partial<RunRecord> = {}) {
  const repository = await userRepository({ 'a.txt': 'a\n' });
  userGit(repository, 'checkout', '--quiet', '-b', 'feature/work');
  const message = 'feat(US-001): x\n\nCodetether-Story: US-001\nCodetether-Run: run-1';
  userGit(repository, 'commit', '--quiet', '--allow-empty', '--message', message);
  const commit = userGit(repository, 'rev-parse', 'HEAD');
  userGit(repository, 'checkout', '--quiet', 'main');
  const record = runRecord({
    repository,
    prdPath: `${repository}/prd.json`,
    stories: [storyRecord('US-001', { status: 'passed', commit })],
    ...changes,
  });
  const review = (request: Partial<PassedStoriesRequest> = {}): Promise<string[]> =>
    reviewPassedStories({
      stories: [story('US-001', { passes: true }), story('US-002')],
      prdPath: `${repository}/prd.json`,
      repository,
      base: userGit(repository, 'rev-parse', 'main'),
      records: [record],
      isTrusted: false,
      ...request,
    });
  return { repository, commit, review };
}

describe('reviewPassedStories', () => {
  it('names a passed story whose commit is not in the base', async () => {
    const { review, commit } = await passedOnBranch();
    await expect(review()).rejects.toMatchObject({
      code: 'ERR_PASSED_STORY_MISSING',
      exitCode: 2,
      message: expect.stringContaining(`US-001 (${commit.slice(0, 10)}, was on feature/work)`),
      data: { stories: ['US-001'] },
    });
  });

  it('believes the PRD when told to, and says so', async () => {
    const { review } = await passedOnBranch();
    expect(await review({ isTrusted: true })).toEqual([
      'US-001 believed without a commit in the base',
    ]);
  });

  it('is content with the commit itself', async () => {
    const { review, commit } = await passedOnBranch();
    expect(await review({ base: commit })).toEqual([]);
  });

  it('is content with a copy that keeps the trailers', async () => {
    const { repository, review, commit } = await passedOnBranch();
    userGit(repository, 'commit', '--quiet', '--allow-empty', '--message', 'main moved');
    userGit(repository, 'cherry-pick', '--allow-empty', commit);
    expect(await review({ base: userGit(repository, 'rev-parse', 'main') })).toEqual([]);
  });

  it('is content with what a merge made of it', async () => {
    const first = await passedOnBranch();
    const squash = userGit(first.repository, 'rev-parse', 'main');
    const merge = {
      into: 'main',
      commit: squash,
      stories: ['US-001'],
      mode: 'squash' as const,
      mergedAt: '2026-01-02T03:04:05.000Z',
    };
    const record = runRecord({
      repository: first.repository,
      prdPath: `${first.repository}/prd.json`,
      stories: [storyRecord('US-001', { status: 'passed', commit: first.commit })],
      merges: [merge],
    });
    expect(await first.review({ records: [record] })).toEqual([]);
  });

  it('names a story whose commit is gone altogether', async () => {
    const stories = [storyRecord('US-001', { status: 'passed', commit: 'd'.repeat(40) })];
    const { review } = await passedOnBranch({ stories });
    await expect(review()).rejects.toMatchObject({ code: 'ERR_PASSED_STORY_MISSING' });
  });

  it('takes a story that was passed by hand, or by a run of another PRD, with a note', async () => {
    const { review } = await passedOnBranch({ prdPath: '/elsewhere/prd.json' });
    expect(await review()).toEqual(['no run on record passed US-001: believed as the PRD says']);
  });
});
