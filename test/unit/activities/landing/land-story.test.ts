import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bareRepository, runRef } from '../../../../src/platform/workspace/run-layout.js';
import {
  commitMessage,
  landStory,
  type LandStoryRequest,
} from '../../../../src/activities/landing/land-story.js';
import { parseModelReference } from '../../../../src/domain/agent/model.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { createGit } from '../../../../src/platform/git/git.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import {
  attemptRecord,
  ralphBench,
  userGit,
  type RalphBench,
} from '../../../support/ralph-bench.js';
import { story } from '../../../support/stories.js';

const PRD = '{"user_stories": [{"id": "US-001", "passes": false}]}\n';

async function provenStory(
  changes: Partial<LandStoryRequest> = {},
): Promise<{ bench: RalphBench; request: LandStoryRequest }> {
  const bench = await ralphBench();
  await writeFile(bench.prdPath, PRD);
  await workspaceGit(bench.lane).checkoutTree(bench.base);
  await bench.write('feature.txt', 'ok\n');
  const request: LandStoryRequest = {
    runId: 'run-1',
    repository: bench.repository,
    branch: 'feature/work',
    prdPath: bench.prdPath,
    story: story('US-001'),
    attempt: attemptRecord({ summary: 'Made it.' }),
    model: parseModelReference('double/scripted'),
    author: { name: 'Ada', email: 'ada@example.org' },
    parent: bench.base,
    tree: await workspaceGit(bench.lane).writeTree(),
    isVerified: true,
    committedAt: '2026-01-02T03:04:05.000Z',
    ...changes,
  };
  return { bench, request };
}

const land = (bench: RalphBench, request: LandStoryRequest) =>
  landStory(bench.dependencies, request);

describe('landStory', () => {
  it('commits exactly the proven tree, shows it on the branch, and writes PRD and progress', async () => {
    const { bench, request } = await provenStory();
    const landed = await land(bench, request);
    expect(landed).toEqual({
      commit: userGit(bench.repository, 'rev-parse', 'feature/work'),
      branch: 'feature/work',
      notes: [],
    });
    expect(
      userGit(bench.repository, 'log', '-1', '--format=%T %P %an %ae %aI', 'feature/work'),
    ).toBe(`${request.tree} ${bench.base} Ada ada@example.org 2026-01-02T03:04:05+00:00`);
    expect(await readFile(bench.prdPath, 'utf8')).toBe(PRD.replace('false', 'true'));
    expect(await readFile(join(bench.repository, 'progress.txt'), 'utf8')).toContain(
      `## US-001 attempt 1: passed (run run-1)\n`,
    );
  });

  it('changes nothing more when it is repeated', async () => {
    const { bench, request } = await provenStory();
    const first = await land(bench, request);
    const progress = await readFile(join(bench.repository, 'progress.txt'), 'utf8');
    expect(await land(bench, request)).toEqual(first);
    expect(userGit(bench.repository, 'rev-list', '--count', 'feature/work')).toBe('2');
    expect(await readFile(join(bench.repository, 'progress.txt'), 'utf8')).toBe(progress);
  });

  it('goes on where a crash left it: committed, but not published', async () => {
    const { bench, request } = await provenStory();
    const first = await land(bench, request);
    userGit(bench.repository, 'update-ref', '-d', 'refs/heads/feature/work');
    await writeFile(bench.prdPath, PRD);
    expect(await land(bench, request)).toEqual(first);
    expect(await readFile(bench.prdPath, 'utf8')).toContain('"passes": true');
  });

  it('knows its own commit when an execution before a reset made it at another time', async () => {
    const { bench, request } = await provenStory();
    const first = await land(bench, request);
    const later = { ...request, committedAt: '2026-02-02T00:00:00.000Z' };
    expect(await land(bench, later)).toEqual(first);
  });

  it('refuses when the head of the run is somewhere else', async () => {
    const { bench, request } = await provenStory();
    await land(bench, request);
    const attempt = attemptRecord({ summary: 'another way' });
    await expect(
      land(bench, { ...request, attempt, committedAt: '2026-02-02T00:00:00.000Z' }),
    ).rejects.toMatchObject({ code: 'ERR_REF_MOVED', isRetryable: false });
  });

  it('never moves a branch that is checked out', async () => {
    const { bench, request } = await provenStory({ branch: 'main' });
    const { branch, notes, commit } = await land(bench, request);
    expect(branch).toBe('main-run-run-1');
    expect(notes).toEqual(['main is checked out, so the result is on main-run-run-1']);
    expect(userGit(bench.repository, 'rev-parse', 'main')).toBe(bench.base);
    expect(userGit(bench.repository, 'rev-parse', 'main-run-run-1')).toBe(commit);
    // Only the engine's own two files differ: the checkout itself was not touched.
    expect(userGit(bench.repository, 'status', '--porcelain')).toBe('?? prd.json\n?? progress.txt');
  });

  it('never moves a branch that is checked out in another worktree', async () => {
    const { bench, request } = await provenStory();
    userGit(bench.repository, 'worktree', 'add', '--quiet', '-b', 'feature/work', '../other');
    const { branch } = await land(bench, request);
    expect(branch).toBe('feature/work-run-run-1');
    expect(userGit(bench.repository, 'rev-parse', 'feature/work')).toBe(bench.base);
  });

  it('leaves a branch alone that got other commits meanwhile', async () => {
    const { bench, request } = await provenStory();
    const tree = userGit(bench.repository, 'rev-parse', 'HEAD^{tree}');
    const other = userGit(bench.repository, 'commit-tree', tree, '-m', 'somebody else');
    userGit(bench.repository, 'branch', 'feature/work', other);
    const { branch, notes } = await land(bench, request);
    expect(branch).toBe('feature/work-run-run-1');
    expect(notes).toEqual([
      'feature/work has other commits, so the result is on feature/work-run-run-1',
    ]);
    expect(userGit(bench.repository, 'rev-parse', 'feature/work')).toBe(other);
  });

  it('runs no hook of the repository', async () => {
    const { bench, request } = await provenStory();
    const mark = join(bench.repository, '.git', 'hook-ran');
    await writeFile(
      join(bench.repository, '.git/hooks/reference-transaction'),
      `#!/bin/sh\ntouch ${mark}\n`,
      { mode: 0o755 },
    );
    await land(bench, request);
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('finds a branch name that git can hold beside the others', async () => {
    const { bench, request } = await provenStory({ branch: 'main/under-main' });
    const { branch, notes, commit } = await land(bench, request);
    expect(branch).toBe('codetether-run-run-1');
    expect(notes).toEqual([
      'main/under-main cannot stand beside the other branches, so the result is on codetether-run-run-1',
    ]);
    expect(userGit(bench.repository, 'rev-parse', branch)).toBe(commit);
    // The next story of the run goes on there.
    expect((await land(bench, { ...request, branch })).branch).toBe(branch);
  });

  it('keeps the commit and says so when no branch can take it', async () => {
    const { bench, request } = await provenStory({ branch: 'main/under-main' });
    userGit(bench.repository, 'branch', 'codetether-run-run-1/taken');
    await expect(land(bench, request)).rejects.toMatchObject({
      code: 'ERR_PUBLISH_FAILED',
      exitCode: 3,
    });
    const bare = createGit({ gitDir: bareRepository(bench.dependencies.home, bench.repository) });
    const head = await bare.resolve(`${runRef('run-1')}^{tree}`);
    expect(head).toBe(request.tree);
  });
});

describe('commitMessage', () => {
  it('holds subject, wrapped summary and trailers that git can read', async () => {
    const { bench, request } = await provenStory({
      story: story('US-001', { title: 'Log\n in  with\tcare' }),
      attempt: attemptRecord({
        number: 2,
        summary: `${'word '.repeat(30)}\n\nSecond part.`,
        spending: {
          ...ZERO_SPENDING,
          usage: { ...ZERO_SPENDING.usage, inputTokens: 1200, outputTokens: 34 },
          costMicroUsd: 4200,
        },
      }),
    });
    const message = commitMessage(request);
    expect(message.split('\n')[0]).toBe('feat(US-001): Log in with care');
    expect(message.split('\n').every((line) => line.length <= 72)).toBe(true);
    const { commit } = await land(bench, request);
    expect(
      userGit(bench.repository, 'log', '-1', '--format=%(trailers:unfold)', commit).split('\n'),
    ).toEqual([
      'Codetether-Story: US-001',
      'Codetether-Run: run-1',
      'Codetether-Attempt: 2',
      'Codetether-Model: double/scripted',
      'Codetether-Tokens: 1200 in, 34 out',
      'Codetether-Cost: $0.0042',
    ]);
  });

  it('does not call an unknown price nothing', async () => {
    const { request } = await provenStory({
      attempt: attemptRecord({ spending: { ...ZERO_SPENDING, costMicroUsd: null } }),
    });
    expect(commitMessage(request)).toContain('Codetether-Cost: unknown\n');
  });
});
