import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeTree } from '../../../../src/activities/proof/story-tree.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import {
  publishRun,
  proveMerge,
  rebaseOnto,
} from '../../../../src/activities/landing/merge-run.js';
import type { MergeInput } from '../../../../src/contracts/merge.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { createGit } from '../../../../src/platform/git/git.js';
import { ralphBench, userGit, type RalphBench } from '../../../support/ralph-bench.js';
import { runRecord } from '../../../support/run-records.js';

const AUTHOR = { name: 'Ada', email: 'ada@example.org' };
const AT = '2026-01-02T03:04:05Z';

/** A run whose one commit writes `file`, on a repository whose branch may have gone on. */
async function landed(file: string, text: string) {
  const bench = await ralphBench({ 'a.txt': 'a\n' });
  const git = createGit({ gitDir: bench.lane.gitDir });
  await workspaceGit(bench.lane).checkoutTree(bench.base);
  await bench.write(file, text);
  const { tree } = await takeTree(bench.lane, bench.base);
  const commit = await git.commitTree({
    tree,
    parents: [bench.base],
    message: 'feat(US-001): landed\n',
    author: AUTHOR,
    date: AT,
  });
  await git.run(['update-ref', 'refs/heads/kept', commit]);
  return { bench, git, commit };
}

function goOn(bench: RalphBench, ...words: readonly string[]): string {
  userGit(bench.repository, ...words);
  return userGit(bench.repository, 'rev-parse', 'main');
}

function input(bench: RalphBench, commit: string, changes: Partial<MergeInput> = {}) {
  return {
    runId: 'run-1',
    repository: bench.repository,
    workdir: '.',
    into: 'main',
    tip: userGit(bench.repository, 'rev-parse', 'main'),
    commits: [commit],
    stories: ['US-001'],
    mode: 'rebase' as const,
    squashMessage: 'all of it\n',
    author: AUTHOR,
    checks: [],
    setup: NO_SETUP,
    committedAt: AT,
    ...changes,
  };
}

describe('a run’s commits on a branch that went on', () => {
  it('are made again on its tip, the same each time, or as one commit', async () => {
    const { bench, git, commit } = await landed('b.txt', 'b\n');
    const tip = goOn(bench, 'commit', '--quiet', '--allow-empty', '-m', 'went on');
    const ready = await rebaseOnto(bench.dependencies, input(bench, commit));
    if (ready.outcome !== 'ready') return expect.fail(ready.outcome);
    expect(await rebaseOnto(bench.dependencies, input(bench, commit))).toEqual(ready);
    expect(await git.resolve(`${ready.commit}^`)).toBe(tip);
    const squashed = await rebaseOnto(bench.dependencies, input(bench, commit, { mode: 'squash' }));
    if (squashed.outcome !== 'ready') return expect.fail(squashed.outcome);
    const { stdout } = await git.run(['log', '-1', '--format=%s|%P', squashed.commit]);
    expect(stdout.toString('utf8').trim()).toBe(`all of it|${tip}`);
  });

  it('are refused when it moved since the plan', async () => {
    const { bench, commit } = await landed('b.txt', 'b\n');
    const request = input(bench, commit);
    goOn(bench, 'commit', '--quiet', '--allow-empty', '-m', 'went on');
    expect(await rebaseOnto(bench.dependencies, request)).toEqual({
      outcome: 'refused',
      code: 'ERR_TARGET_MOVED',
      message: 'main got other commits while it was merged',
      hint: 'run the same command again; nothing was changed',
    });
  });

  it('are in conflict when both changed one place', async () => {
    const { bench, commit } = await landed('a.txt', 'of the run\n');
    await writeFile(join(bench.repository, 'a.txt'), 'of the person\n');
    goOn(bench, 'commit', '--quiet', '-am', 'went on');
    expect(await rebaseOnto(bench.dependencies, input(bench, commit))).toEqual({
      outcome: 'conflict',
      commit,
      files: ['a.txt'],
    });
  });

  it('are proven on the merged tree, and published with a note in the record', async () => {
    const { bench, commit } = await landed('b.txt', 'b\n');
    await bench.dependencies.records.save(
      runRecord({ runId: 'run-1', repository: bench.repository }),
    );
    goOn(bench, 'checkout', '--quiet', '-b', 'elsewhere');
    const checks = [{ name: 'test', command: 'cat b.txt', timeoutMs: 20_000 }];
    const request = input(bench, commit, { checks });
    const ready = await rebaseOnto(bench.dependencies, request);
    if (ready.outcome !== 'ready') return expect.fail(ready.outcome);
    const key = { scope: 'merge', step: 1, index: 0 };
    const evidence = await proveMerge(bench.work, { ...request, key, commit: ready.commit });
    expect(evidence).toMatchObject([{ check: 'test', exitCode: 0 }]);
    const publish = { ...request, commit: ready.commit, mergedAt: AT };
    const published = { outcome: 'published', commit: ready.commit };
    expect(await publishRun(bench.dependencies, publish)).toEqual(published);
    // The answer may have been lost: a branch that is there already is success.
    expect(await publishRun(bench.dependencies, publish)).toEqual(published);
    expect(userGit(bench.repository, 'rev-parse', 'main')).toBe(ready.commit);
  });
});
