import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { landStory, type LandedStory } from '../../../../src/activities/landing/land-story.js';
import { prepareRun } from '../../../../src/activities/workspace/prepare-run.js';
import { parseModelReference } from '../../../../src/domain/agent/model.js';
import { openWorkspace } from '../../../../src/platform/workspace/workspace.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import {
  attemptRecord,
  benchOn,
  userGit,
  userRepository,
  type RalphBench,
} from '../../../support/ralph-bench.js';
import { story } from '../../../support/stories.js';

/** A run of its own home on the repository, whose next story changes `file`. */
async function runOf(bench: RalphBench, runId: string) {
  const prepared = await prepareRun(bench.dependencies, {
    runId,
    repository: bench.repository,
    workdir: '.',
    prdPath: bench.prdPath,
    baseCommit: bench.base,
  });
  const git = workspaceGit(await openWorkspace(bench.dependencies.home, prepared.lane));
  let parent = bench.base;
  return async (id: string): Promise<LandedStory> => {
    await git.checkoutTree(parent);
    const lane = await openWorkspace(bench.dependencies.home, prepared.lane);
    await writeFile(`${lane.root}/${runId}-${id}.txt`, 'ok\n');
    const landed = await landStory(bench.dependencies, {
      runId,
      repository: bench.repository,
      branch: 'feature/work',
      prdPath: bench.prdPath,
      story: story(id),
      attempt: attemptRecord(),
      model: parseModelReference('double/scripted'),
      author: { name: 'Ada', email: 'ada@example.org' },
      parent,
      tree: await git.writeTree(),
      isVerified: true,
      committedAt: '2026-01-02T03:04:05.000Z',
    });
    parent = landed.commit;
    return landed;
  };
}

describe('two homes on one repository', () => {
  it('work off the same PRD on the same branch without losing a commit of either', async () => {
    const repository = await userRepository({ 'README.md': '# demo\n' });
    const [first, second] = [await benchOn(repository), await benchOn(repository)];
    await writeFile(
      first.prdPath,
      '{"user_stories": [{"id": "US-001", "passes": false}, {"id": "US-002", "passes": false}]}\n',
    );
    const lands = [await runOf(first, 'run-a'), await runOf(second, 'run-b')];
    const landed: LandedStory[] = [];
    for (const id of ['US-001', 'US-002'])
      landed.push(...(await Promise.all(lands.map((land) => land(id)))));

    const branches = userGit(repository, 'branch', '--format=%(refname:short)').split('\n');
    const taken = branches.filter((name) => name !== 'main');
    expect(taken).toHaveLength(2);
    expect(taken).toContain('feature/work');
    expect(taken.some((name) => /^feature\/work-run-run-[ab]$/.test(name))).toBe(true);
    const kept = userGit(repository, 'rev-list', ...taken).split('\n');
    expect(landed.filter(({ commit }) => !kept.includes(commit))).toEqual([]);
    expect(await readFile(first.prdPath, 'utf8')).not.toContain('false');
  });
});
