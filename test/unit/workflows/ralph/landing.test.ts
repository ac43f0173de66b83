import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoryInput, StoryResult } from '../../../../src/contracts/workflow-types.js';
import type { Proof } from '../../../../src/domain/proof/check.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { StoryLanding, type Landing } from '../../../../src/workflows/ralph/landing.js';
import type { RunState } from '../../../../src/workflows/ralph/run-state.js';
import { storyInput } from '../../../../src/workflows/ralph/story-input.js';
import { fakeProof, type FakeScript } from '../../../support/fake-activities.js';
import { playedRun, storyResult } from '../../../support/played-run.js';
import { evidence } from '../../../support/run-records.js';
import { story } from '../../../support/stories.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const LANE = { lane: { id: 'r/1/lane-1', workdir: '.' }, proofLane: { id: 'p', workdir: '.' } };
const CONFLICT: FakeScript['merge'] = () => ({
  kind: 'conflict',
  tree: 'marked',
  files: ['a.ts', 'b.ts'],
});
const spent = (modelCalls: number) => ({ ...ZERO_SPENDING, modelCalls });

interface Queue {
  readonly state: RunState;
  readonly calls: readonly string[];
  readonly resolved: StoryInput[];
  /** Lands a proven story that began on `base`. */
  land(id: string, base?: string, proof?: Proof): Promise<Landing>;
}

function queue(
  script: FakeScript = {},
  resolve: (input: StoryInput) => StoryResult = (input) => storyResult(input),
): Queue {
  const { state, fake } = playedRun({ stories: [story('US-001'), story('US-002')] }, script);
  const resolved: StoryInput[] = [];
  const landing = new StoryLanding(state, async (input) => {
    resolved.push(input);
    return resolve(input);
  });
  return {
    state,
    calls: fake.calls,
    resolved,
    land(id, base = state.record.headCommit, proof = fakeProof('passed')) {
      const facts = { attempt: 1, lane: LANE, feedback: null, statePaths: [], lease: undefined };
      const input = { ...storyInput(state, { ...facts, story: story(id) }), base };
      const result = storyResult(input, proof, { spending: spent(2) });
      return landing.land({ story: story(id), input, result });
    },
  };
}

beforeEach(() => {
  played.children.length = 0;
});

describe('a proven story', () => {
  it('becomes a commit on the branch of the run, and the head that later ones land on', async () => {
    const own = queue();
    expect(await own.land('US-001')).toEqual({ kind: 'landed' });
    expect(own.calls).toEqual(['landStory US-001']);
    expect(own.state.record).toMatchObject({
      headCommit: 'commit-1',
      publishedBranch: 'feature/hello',
      stories: [{ status: 'passed', commit: 'commit-1', attempts: [{ outcome: 'passed' }] }, {}],
    });
  });

  it('that no check could prove lands as unverified', async () => {
    const own = queue();
    await own.land('US-001', undefined, fakeProof('unverified'));
    expect(own.state.entry('US-001')?.status).toBe('unverified');
    expect(played.calls.at(-1)?.input).toMatchObject({ isVerified: false });
  });

  it('that began before another one landed is merged and proven again before it lands', async () => {
    const own = queue({
      proveMerged: () => fakeProof('passed', { tree: 'merged', evidence: [evidence()] }),
    });
    const landings = await Promise.all([own.land('US-001'), own.land('US-002', 'base')]);
    expect(landings).toEqual([{ kind: 'landed' }, { kind: 'landed' }]);
    expect(own.calls).toEqual([
      'landStory US-001',
      'mergeStory US-002 into commit-1',
      'proveMerged merged',
      'landStory US-002',
    ]);
    expect(own.state.entry('US-002')?.attempts).toMatchObject([{ evidence: [evidence()] }]);
  });

  it('has the verdict of the merged tree where that is another one', async () => {
    const own = queue({ proveMerged: () => fakeProof('unverified', { tree: 'merged' }) });
    await own.land('US-001');
    await own.land('US-002', 'base');
    expect(own.state.entry('US-002')).toMatchObject({
      status: 'unverified',
      attempts: [
        {
          outcome: 'unverified',
          reason: 'no check of the merged tree exists that could prove it',
        },
      ],
    });
  });
});

describe('a story that does not fit what landed meanwhile', () => {
  it('stays open with the checks that fail named, and its work is kept on a branch', async () => {
    const red = evidence({ check: 'lint', exitCode: 1 });
    const own = queue({ proveMerged: () => fakeProof('failed', { evidence: [red, evidence()] }) });
    await own.land('US-001');
    expect(await own.land('US-002', 'base')).toMatchObject({
      kind: 'open',
      attempt: {
        outcome: 'merge_failed',
        reason: 'passes alone, but not together with what landed meanwhile',
        evidence: [red, evidence()],
      },
      feedback: expect.stringContaining('these checks fail: lint. Do the story again'),
      branch: 'feature/hello-US-002-kept',
    });
    expect(own.state.record.headCommit).toBe('commit-1');
  });

  it('says so when the dependencies of the merged tree cannot be prepared', async () => {
    const problem = 'two versions of one package';
    const own = queue({ proveMerged: () => fakeProof('setup-failed', { problem }) });
    await own.land('US-001');
    expect(await own.land('US-002', 'base')).toMatchObject({
      attempt: { reason: expect.stringContaining('its dependencies could not be prepared') },
      feedback: expect.stringContaining(`${problem}. Mind manifests and lock files`),
    });
  });
});

describe('a conflict', () => {
  it('goes to one agent on the files with marks, whose work is merged again and counted', async () => {
    let merges = 0;
    const own = queue(
      {
        merge: (id, count) => {
          merges = count;
          return count === 1 ? CONFLICT(id, count) : { kind: 'clean', tree: 'merged' };
        },
      },
      (input) => storyResult(input, fakeProof('passed'), { spending: spent(5) }),
    );
    await own.land('US-001');
    expect(await own.land('US-002', 'base')).toEqual({ kind: 'landed' });
    expect(own.resolved).toMatchObject([
      { base: 'commit-1', conflict: { tree: 'marked', files: ['a.ts', 'b.ts'] } },
    ]);
    // Nothing landed while it was resolved: its tree is committed as it was proven.
    expect(merges).toBe(1);
    expect(own.state.entry('US-002')?.attempts).toMatchObject([{ spending: spent(7) }]);
  });

  it('that the agent does not resolve leaves the story open, with its work kept and all spending', async () => {
    const own = queue({ merge: CONFLICT }, (input) =>
      storyResult(input, fakeProof('failed'), { outcome: 'checks_failed', spending: spent(5) }),
    );
    await own.land('US-001');
    expect(await own.land('US-002', 'base')).toMatchObject({
      kind: 'open',
      attempt: {
        outcome: 'merge_failed',
        reason: 'conflicts with what landed meanwhile in a.ts, b.ts',
        spending: spent(7),
      },
      branch: 'feature/hello-US-002-kept',
    });
    expect(own.calls.filter((call) => call.startsWith('landStory'))).toEqual(['landStory US-001']);
  });
});
