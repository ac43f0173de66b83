import { describe, expect, it } from 'vitest';
import { readyLane } from '../../../../src/activities/workspace/ready-lane.js';
import { beginJudgeStep } from '../../../../src/activities/swarm/begin-judge.js';
import { beginSubtaskStep } from '../../../../src/activities/swarm/begin-subtask.js';
import { regenerateLocksStep } from '../../../../src/activities/swarm/regenerate-locks.js';
import { renderConflict, renderSubtask } from '../../../../src/activities/swarm/subtask-prompt.js';
import { createSwarmActivities } from '../../../../src/activities/swarm/swarm-activities.js';
import type { Subtask } from '../../../../src/domain/swarm/subtask.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import { userGit } from '../../../support/ralph-bench.js';
import { swarmBench, type SwarmBench } from '../../../support/swarm-bench.js';

const AUTHOR = { name: 'Ada', email: 'ada@example.org' };
const SUBTASK: Subtask = {
  id: 'a',
  instruction: 'Do a',
  dependsOn: [],
  touches: ['src/**'],
  agent: 'build',
  priority: 1,
};

function laneOf({ lanes }: SwarmBench) {
  const [lane] = lanes;
  if (lane === undefined) throw new Error('there is no lane');
  return lane;
}

describe('the prompt of a subtask', () => {
  it('says what is to be done, with what it builds on and what others do', () => {
    const brief = {
      subtask: SUBTASK,
      task: 'The whole',
      others: [{ id: 'b', title: 'Do b' }],
      feedback: 'the test was red',
      setup: NO_SETUP,
      resultsLeft: 2,
    };
    const results = [{ id: 'c', text: 'c says\n', files: ['c.txt'], fileCount: 1 }];
    expect(renderSubtask(brief, { guide: { path: 'AGENTS.md', text: 'Rules' }, results })).toBe(
      [
        '# a',
        'Do a',
        '## Files that you may change\n- src/**',
        '## Results that you build on\n### c\nc says\nChanged files: c.txt\n\n2 more ended well; their files are in the working copy.',
        '## What the attempt before this one was missing\nthe test was red',
        '## Your task is a part of this one\nThe whole',
        '## Others carry out the other parts; do not do their work\n- b: Do b',
        '## Project guide (AGENTS.md)\nRules',
      ].join('\n\n'),
    );
    expect(renderConflict(SUBTASK, ['x.txt'])).toMatch(/^Your work on a is done, [^]*\n- x\.txt$/);
  });
});

describe('beginSubtask', () => {
  it('lays out a clean lane at its base, ignored files kept, and freezes prompt and tools', async () => {
    expect(beginSubtaskStep.holds).toBeDefined();
    const bench = await swarmBench({ '.gitignore': 'warm\n', 'AGENTS.md': 'Rules here\n' }, 1);
    await bench.leave(0, { 'left.txt': 'of an earlier agent\n', warm: 'cache\n' });
    const lane = laneOf(bench);
    const place = { lane, base: bench.base, proven: bench.base, branch: 'swarm/x', author: AUTHOR };
    const request = {
      ...bench.step(),
      subtask: SUBTASK,
      attempt: 1,
      task: 'The whole',
      others: [],
      results: [],
      feedback: '',
      place,
    };
    const begun = await bench.run(() => bench.activities.beginSubtask(request));
    expect(await bench.dependencies.blobs.getText(begun.prompt)).toContain('Rules here');
    const { git } = await readyLane(bench.work, { ...place, setup: NO_SETUP });
    const { diff } = await git.stageDiff(bench.base);
    expect(diff.files).toEqual([]);
    expect(await bench.run(() => bench.activities.beginSubtask(request))).toEqual(begun);
  });

  it('fails as a defect where a worker keeps no prompts', async () => {
    const bench = await swarmBench({}, 1);
    const providers = { names: [], resolve: () => Promise.reject(new Error('unused')) as never };
    const activities = createSwarmActivities({ ...bench.dependencies, providers });
    const request = {
      ...bench.step(),
      subtask: SUBTASK,
      attempt: 1,
      task: 'The whole',
      others: [],
      results: [],
      feedback: '',
      place: null,
    };
    await expect(bench.run(() => activities.beginSubtask(request))).rejects.toMatchObject({
      type: 'ERR_AGENT_NOT_FROZEN',
    });
  });
});

describe('beginJudge', () => {
  it('shows the task, what changed, cut where it is long, and the answer', async () => {
    expect(beginJudgeStep.holds).toBeDefined();
    const bench = await swarmBench({}, 1);
    await bench.leave(0, { 'big.txt': 'line\n'.repeat(40_000) });
    const { lane: folders } = bench;
    const lane = laneOf(bench);
    const tree = (await workspaceGit(folders).stageDiff(bench.base)).tree;
    const identity = { author: AUTHOR, date: '2026-01-02T03:04:05Z' };
    const commit = { tree, parents: [bench.base], message: 'x\n', ...identity };
    const head = await workspaceGit(folders).commitTree(commit);
    const { blobs } = bench.dependencies;
    const answer = await blobs.put('All is done.');
    const { key, runId } = bench.step();
    const request = {
      key,
      runId,
      task: 'The task',
      lane,
      base: bench.base,
      head,
      branch: 'swarm/x',
      author: AUTHOR,
      answer,
    };
    const { prompt } = await bench.run(() => bench.activities.beginJudge(request));
    const text = await blobs.getText(prompt);
    expect(text.length).toBeLessThan(62_000);
    expect(text).toContain('## Task\nThe task\n\n## Changes\ndiff --git a/big.txt b/big.txt');
    expect(text).toContain('[cut: read the files]\n\n## What was answered\nAll is done.');
    const nowhere = { ...request, key: bench.step().key, lane: null, answer: null };
    const without = await bench.run(() => bench.activities.beginJudge(nowhere));
    expect(await blobs.getText(without.prompt)).toContain('## Changes\nNone.');
    expect(userGit(bench.repository, 'status', '--porcelain')).toBe('');
  });
});

describe('regenerateLocks', () => {
  it('names the tool that cannot make a lock file, and where', async () => {
    expect(regenerateLocksStep.holds).toBeDefined();
    const bench = await swarmBench(
      { 'web/package.json': 'not json', 'web/package-lock.json': '{}' },
      1,
    );
    const { key, runId } = bench.step();
    const request = {
      key,
      runId,
      lane: laneOf(bench),
      base: bench.base,
      branch: 'swarm/x',
      author: AUTHOR,
      onTop: userGit(bench.repository, 'rev-parse', 'HEAD^{tree}'),
      locks: ['web/package-lock.json'],
    };
    await expect(bench.run(() => bench.activities.regenerateLocks(request))).rejects.toMatchObject({
      type: 'ERR_LOCK_FAILED',
      message: expect.stringContaining('failed in web'),
    });
  });
});
