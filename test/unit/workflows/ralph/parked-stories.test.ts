import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoryRecord } from '../../../../src/domain/run/ralph-run.js';
import { lostAttempt } from '../../../../src/workflows/lib/ledger.js';
import { openRecord } from '../../../../src/workflows/ralph/ledger.js';
import { ParkedStories } from '../../../../src/workflows/ralph/parked-stories.js';
import { RunState } from '../../../../src/workflows/ralph/run-state.js';
import { RALPH_INPUT } from '../../../support/ralph-workflow.js';
import { story } from '../../../support/stories.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const HOUR = 3_600_000;
const START = Date.parse('2026-01-02T03:04:05.000Z');

beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

function run(...questions: readonly (string | undefined)[]): RunState {
  const stories = questions.map((_, at) => story(`US-${at + 1}`));
  const input = { ...RALPH_INPUT, stories };
  const state = new RunState(
    input,
    openRecord(input, { workflowId: 'w', startedAt: new Date().toISOString(), sandbox: 'full' }),
  );
  state.record = {
    ...state.record,
    stories: state.record.stories.map((entry, at): StoryRecord => {
      const question = questions[at];
      const attempt = lostAttempt(state.record, entry.story.id, state.record.startedAt);
      const asked = question === undefined ? {} : { question: { question, options: [] } };
      return { ...entry, status: 'blocked', attempts: [{ ...attempt, ...asked }] };
    }),
  };
  return state;
}

describe('stories that were set aside with a question', () => {
  it('keep the run open, which says what it waits for, until its patience is over', () => {
    const state = run(undefined, 'Which port?', 'Which name?');
    const parked = new ParkedStories(state);
    expect(parked.isWaiting()).toBe(true);
    expect(state.record).toMatchObject({
      status: 'waiting',
      standstill: {
        reason: 'US-2 asks: Which port? (and 1 more)',
        until: new Date(START + HOUR).toISOString(),
      },
    });
    vi.setSystemTime(START + HOUR - 1);
    expect(parked.isWaiting()).toBe(true);
    vi.setSystemTime(START + HOUR);
    expect(parked.isWaiting()).toBe(false);
    expect(state.record).toMatchObject({ status: 'running', standstill: null });
  });

  it('have their patience anew after something else moved', () => {
    const parked = new ParkedStories(run('Which port?'));
    expect(parked.isWaiting()).toBe(true);
    vi.setSystemTime(START + HOUR - 1);
    parked.over();
    expect(parked.isWaiting()).toBe(true);
    vi.setSystemTime(START + 2 * HOUR - 2);
    expect(parked.isWaiting()).toBe(true);
  });

  it('are none where blocked stories asked nothing', () => {
    const state = run(undefined);
    expect(new ParkedStories(state).isWaiting()).toBe(false);
    expect(state.record.standstill ?? null).toBeNull();
  });
});
