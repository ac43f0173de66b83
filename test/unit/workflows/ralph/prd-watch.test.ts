import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Story } from '../../../../src/domain/run/story.js';
import { openRecord } from '../../../../src/workflows/ralph/ledger.js';
import { PrdWatch } from '../../../../src/workflows/ralph/prd-watch.js';
import { RunState } from '../../../../src/workflows/ralph/run-state.js';
import { storyInput, headOf } from '../../../../src/workflows/ralph/story-input.js';
import { RALPH_INPUT } from '../../../support/ralph-workflow.js';
import { story } from '../../../support/stories.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

beforeEach(() => {
  played.calls.length = 0;
});

const FACTS = { workflowId: 'w', startedAt: '2026-01-02T03:04:05.000Z', sandbox: 'full' };

function run(stories: readonly Story[]): RunState {
  const input = { ...RALPH_INPUT, stories: [...stories] };
  return new RunState(input, openRecord(input, FACTS));
}

/** What the file says at each look. */
function file(...looks: readonly ({ stories?: Story[]; problem?: string } | null)[]): void {
  let at = 0;
  played.answer = () => {
    const look = looks[at];
    at += 1;
    return { digest: `d${at}`, stories: look?.stories ?? null, problem: look?.problem ?? null };
  };
}

const shown = ({ record }: RunState) =>
  record.stories.map((entry) => [entry.story.id, entry.status, entry.story.title]);

describe('what people write into the PRD during a run', () => {
  it('counts: new stories, other words, ticks by hand, and what is gone', async () => {
    const first = [story('A'), story('B'), story('C')];
    const state = run(first);
    const watch = new PrdWatch(state);
    const edited = [story('A', { title: 'Other words' }), story('B', { passes: true }), story('D')];
    file({ stories: first }, { stories: edited });
    await watch.refresh();
    expect(state.record.notes).toEqual([]);
    await watch.refresh();
    expect(shown(state)).toEqual([
      ['A', 'pending', 'Other words'],
      ['B', 'passed', 'Title of B'],
      ['C', 'skipped', 'Title of C'],
      ['D', 'pending', 'Title of D'],
    ]);
    const { maxAttempts, maxIterations } = RALPH_INPUT.options;
    expect(state.record.options.maxIterations).toBe(maxIterations + maxAttempts);
    expect(state.record.notes).toEqual([
      'D: added in the PRD during the run',
      expect.stringMatching(/^A.*: changed in the PRD during the run$/),
      'C: removed in the PRD during the run',
    ]);
  });

  it('is asked for by the digest of the last look, and nothing changes where it is the same', async () => {
    const state = run([story('A')]);
    const watch = new PrdWatch(state);
    file(null, null);
    await watch.refresh();
    const before = state.record;
    await watch.refresh();
    expect(state.record).toBe(before);
    expect(played.calls.map(({ input }) => input)).toMatchObject([
      { digest: '' },
      { digest: 'd1' },
    ]);
  });

  it('is left alone when the file is no good, and that is told', async () => {
    const state = run([story('A')]);
    file({ problem: 'no JSON' });
    await new PrdWatch(state).refresh();
    expect(state.record.notes).toEqual(['the PRD is left as it was: no JSON']);
    expect(shown(state)).toEqual([['A', 'pending', 'Title of A']]);
  });

  it('removes no story that was added by request', async () => {
    const state = run([story('A')]);
    const watch = new PrdWatch(state);
    state.record = {
      ...state.record,
      stories: [
        ...state.record.stories,
        { story: story('X'), status: 'pending', commit: null, attempts: [], reason: '' },
      ],
    };
    file({ stories: [story('A')] }, { stories: [story('A')] });
    await watch.refresh();
    await watch.refresh();
    expect(shown(state)[1]).toEqual(['X', 'pending', 'Title of X']);
  });
});

describe('the input of an attempt', () => {
  const lane = { id: 'repo/run/lane-1', workdir: '.' };
  const facts = {
    story: story('A', { title: 'Say hello' }),
    attempt: 2,
    lane: { lane, proofLane: { ...lane, id: 'repo/run/proof' } },
    feedback: null,
    statePaths: ['prd.json'],
    lease: undefined,
  };

  it('is the run as it is now: its head, and no lease where nothing is limited', () => {
    const state = run([story('A')]);
    state.record = { ...state.record, headCommit: 'landed' };
    const input = storyInput(state, facts);
    expect(input).toMatchObject({
      runId: RALPH_INPUT.runId,
      attempt: 2,
      base: 'landed',
      lane,
      statePaths: ['prd.json'],
      owner: 'workflow-1',
      isPaused: false,
      baseline: null,
    });
    expect(input).not.toHaveProperty('lease');
    const lease = { costMicroUsd: null, tokens: null, calls: 3 };
    expect(storyInput(state, { ...facts, lease }).lease).toEqual(lease);
  });

  it('names the commit that the story would become', () => {
    expect(headOf(storyInput(run([story('A')]), facts))).toEqual({
      branch: RALPH_INPUT.branch,
      author: RALPH_INPUT.author,
      subject: 'feat(A): Say hello',
    });
  });
});
