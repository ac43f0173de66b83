import { describe, expect, it } from 'vitest';
import { filesWithMarks } from '../../../../src/activities/proof/conflict-marks.js';
import { keepStory, mergeStory } from '../../../../src/activities/landing/merge-story.js';
import { proveMerged } from '../../../../src/activities/proof/prove-merged.js';
import { takeTree } from '../../../../src/activities/proof/story-tree.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { parseModelReference } from '../../../../src/domain/agent/model.js';
import { createGit } from '../../../../src/platform/git/git.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import {
  attemptRecord,
  ralphBench,
  userGit,
  type RalphBench,
} from '../../../support/ralph-bench.js';
import { story } from '../../../support/stories.js';

const FILES = { 'shared.txt': 'first\n\n\n\n\nlast\n' };

/** Tree of the lane after an agent wrote these files, starting from the base each time. */
async function treeWith(
  bench: RalphBench,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  await workspaceGit(bench.lane).checkoutTree(bench.base);
  for (const [path, text] of Object.entries(files)) await bench.write(path, text);
  return (await takeTree(bench.lane, bench.base)).tree;
}

async function commitOn(bench: RalphBench, tree: string): Promise<string> {
  return createGit({ gitDir: bench.lane.gitDir }).commitTree({
    tree,
    parents: [bench.base],
    message: 'landed\n',
    author: { name: 'Ada', email: 'ada@example.org' },
    date: '2026-01-02T03:04:05Z',
  });
}

const textOf = async (bench: RalphBench, tree: string, path: string): Promise<string> =>
  (await createGit({ gitDir: bench.lane.gitDir }).readFile(tree, path))?.toString('utf8') ?? '';

describe('mergeStory', () => {
  it('keeps both changes of one file when they lie apart, and gives the same tree on a retry', async () => {
    const bench = await ralphBench(FILES);
    const head = await commitOn(
      bench,
      await treeWith(bench, { 'shared.txt': 'FIRST\n\n\n\n\nlast\n' }),
    );
    const tree = await treeWith(bench, { 'shared.txt': 'first\n\n\n\n\nLAST\n', 'new.txt': 'n\n' });
    const { repository, base } = bench;
    const request = { repository, story: story('US-002'), base, head, tree };
    const merged = await mergeStory(bench.dependencies, request);
    expect(merged).toEqual({ kind: 'clean', tree: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect(await textOf(bench, merged.tree, 'shared.txt')).toBe('FIRST\n\n\n\n\nLAST\n');
    expect(await textOf(bench, merged.tree, 'new.txt')).toBe('n\n');
    expect(await mergeStory(bench.dependencies, request)).toEqual(merged);
  });

  it('names the files that git cannot merge, in a tree with marks, and moves nothing', async () => {
    const bench = await ralphBench(FILES);
    const head = await commitOn(bench, await treeWith(bench, { 'shared.txt': 'ours\n' }));
    const tree = await treeWith(bench, { 'shared.txt': 'theirs\n' });
    const { repository, base } = bench;
    const before = userGit(repository, 'for-each-ref');
    const merged = await mergeStory(bench.dependencies, {
      repository,
      story: story('US-002'),
      base,
      head,
      tree,
    });
    expect(merged).toMatchObject({ kind: 'conflict', files: ['shared.txt'] });
    const git = createGit({ gitDir: bench.lane.gitDir });
    expect(await filesWithMarks(git, merged.tree, ['shared.txt', 'README.md'])).toEqual([
      'shared.txt',
    ]);
    expect(await filesWithMarks(git, tree, ['shared.txt'])).toEqual([]);
    expect(await filesWithMarks(git, merged.tree, [])).toEqual([]);
    expect(userGit(repository, 'for-each-ref')).toBe(before);
  });
});

describe('proveMerged', () => {
  const proof = (bench: RalphBench, tree: string, command: string) =>
    proveMerged(bench.work, {
      key: { scope: 'merge', step: 1, index: 0 },
      proofLane: bench.prepared.proofLane,
      base: bench.base,
      tree,
      checks: [{ name: 'test', command, timeoutMs: 20_000 }],
      verificationSteps: [],
      setup: NO_SETUP,
      baseline: null,
    });

  it('runs the checks on exactly that tree', async () => {
    const bench = await ralphBench(FILES);
    const tree = await treeWith(bench, { 'new.txt': 'n\n' });
    expect(await proof(bench, tree, 'grep -q n new.txt')).toMatchObject({
      verdict: 'passed',
      tree,
      evidence: [{ check: 'test', exitCode: 0, tree }],
    });
    expect(await proof(bench, bench.base, 'grep -q n new.txt').catch(String)).toMatch(
      /ERR_JOURNAL_MISMATCH|journaled for another request/,
    );
  });

  it('fails on a red check', async () => {
    const bench = await ralphBench(FILES);
    const tree = await treeWith(bench, { 'new.txt': 'n\n' });
    expect(await proof(bench, tree, 'exit 3')).toMatchObject({ verdict: 'failed' });
  });
});

describe('keepStory', () => {
  it('shows work that could not be merged on a branch of its own, once', async () => {
    const bench = await ralphBench(FILES);
    const tree = await treeWith(bench, { 'shared.txt': 'theirs\n' });
    const request = {
      runId: 'run-1',
      repository: bench.repository,
      branch: 'feature/work',
      story: story('US 2/b'),
      attempt: attemptRecord(),
      model: parseModelReference('double/scripted'),
      author: { name: 'Ada', email: 'ada@example.org' },
      base: bench.base,
      tree,
      committedAt: '2026-01-02T03:04:05.000Z',
    };
    const { branch } = await keepStory(bench.dependencies, request);
    expect(branch).toBe('feature/work-US-2-b-run-run-1');
    expect(userGit(bench.repository, 'show', `${branch}:shared.txt`)).toBe('theirs');
    expect(userGit(bench.repository, 'rev-parse', `${branch}^`)).toBe(bench.base);
    expect(await keepStory(bench.dependencies, request)).toEqual({ branch });
  });
});
