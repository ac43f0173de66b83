import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoryRecord } from '../../../../src/domain/run/ralph-run.js';
import { lostAttempt } from '../../../../src/workflows/lib/ledger.js';
import {
  askChanges,
  reopenWithChanges,
  takeLateAnswer,
} from '../../../../src/workflows/ralph/answers.js';
import { openRecord } from '../../../../src/workflows/ralph/ledger.js';
import { RunState } from '../../../../src/workflows/ralph/run-state.js';
import { StoryFeedback } from '../../../../src/workflows/ralph/story-feedback.js';
import { RALPH_INPUT } from '../../../support/ralph-workflow.js';
import { story } from '../../../support/stories.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const FEEDBACK = { digest: 'f'.repeat(64), bytes: 1 };

beforeEach(() => {
  played.calls.length = 0;
  played.answer = () => FEEDBACK;
});

function openState(status: StoryRecord['status']): RunState {
  const input = { ...RALPH_INPUT, stories: [story('US-001')] };
  const startedAt = '2026-01-02T03:04:05.000Z';
  const facts = { workflowId: 'w', startedAt, sandbox: 'full' };
  const state = new RunState(input, openRecord(input, facts));
  state.record = {
    ...state.record,
    stories: state.record.stories.map((entry) => ({ ...entry, status })),
  };
  return state;
}

async function late(status: StoryRecord['status'], text: string | undefined, asked: boolean) {
  const input = { ...RALPH_INPUT, stories: [story('US-001')] };
  const startedAt = '2026-01-02T03:04:05.000Z';
  const state = new RunState(
    input,
    openRecord(input, { workflowId: 'w', startedAt, sandbox: 'full' }),
  );
  const attempt = {
    ...lostAttempt(state.record, 'US-001', startedAt),
    ...(asked ? { question: { question: 'Which port?', options: [] } } : {}),
  };
  state.record = {
    ...state.record,
    stories: state.record.stories.map((entry) => ({ ...entry, status, attempts: [attempt] })),
  };
  const feedback = new StoryFeedback();
  const children = { lateAnswer: () => text };
  await takeLateAnswer(state, { feedback, children }, { story: 'US-001', attempt });
  return { given: feedback.of('US-001'), status: state.entry('US-001')?.status };
}

describe('an answer that came while its agent gave up', () => {
  it('opens the story again with it', async () => {
    expect(await late('blocked', 'yes', true)).toEqual({
      given: FEEDBACK,
      status: 'pending',
    });
  });

  it.each([
    { when: 'there is none', status: 'blocked', text: undefined, asked: true },
    { when: 'the story asked nothing in the end', status: 'blocked', text: 'yes', asked: false },
    { when: 'the story has passed', status: 'passed', text: 'yes', asked: true },
  ] as const)('changes nothing where $when', async ({ status, text, asked }) => {
    expect(await late(status, text, asked)).toEqual({ given: null, status });
  });
});

const CHANGES = { story: 'US-001', text: 'src/a.ts line 3: shorter' };

describe('changes that a person asks for', () => {
  it.each(['passed', 'already_satisfied', 'unverified', 'failed', 'blocked', 'skipped'] as const)(
    'open a story again that is %s, with what is to be changed',
    async (status) => {
      const state = openState(status);
      const feedback = new StoryFeedback();
      await reopenWithChanges(state, { feedback }, CHANGES);
      expect(state.entry('US-001')).toMatchObject({ status: 'pending', reason: '' });
      expect(feedback.of('US-001')).toEqual(FEEDBACK);
      expect(feedback.askedOf('US-001')).toEqual({ asked: CHANGES.text });
    },
  );

  it('keep a landed story called passed, so that the PRD does not tick it again at once', async () => {
    const state = openState('passed');
    await reopenWithChanges(state, { feedback: new StoryFeedback() }, CHANGES);
    expect(state.entry('US-001')?.story.passes).toBe(true);
    const failed = openState('failed');
    await reopenWithChanges(failed, { feedback: new StoryFeedback() }, CHANGES);
    expect(failed.entry('US-001')?.story.passes).toBe(false);
  });

  it.each(['pending', 'running'] as const)(
    'are told to the next attempt of a story that is %s, and grant it no more attempts',
    async (status) => {
      const state = openState(status);
      const feedback = new StoryFeedback();
      const { maxIterations } = state.record.options;
      await reopenWithChanges(state, { feedback }, CHANGES);
      expect(state.entry('US-001')?.status).toBe(status);
      expect(state.record.options.maxIterations).toBe(maxIterations);
      expect(feedback.of('US-001')).toEqual(FEEDBACK);
    },
  );

  it('are told from the start where a run begins with them', async () => {
    const state = openState('pending');
    const feedback = new StoryFeedback();
    await askChanges(state, { feedback }, CHANGES);
    expect(feedback.of('US-001')).toEqual(FEEDBACK);
    expect(feedback.askedOf('US-002')).toEqual({});
  });
});

describe('the feedback of stories', () => {
  const other = { digest: 'a'.repeat(64), bytes: 2 };

  it('is what the last attempt was missing', () => {
    const feedback = new StoryFeedback();
    expect(feedback.of('US-001')).toBeNull();
    feedback.note('US-001', FEEDBACK);
    feedback.failed('US-001');
    feedback.note('US-001', other);
    expect(feedback.of('US-001')).toEqual(other);
  });

  it('is the word of a person where one came while a failure was written down', () => {
    const feedback = new StoryFeedback();
    feedback.failed('US-001');
    feedback.add('US-001', FEEDBACK);
    feedback.note('US-001', other);
    expect(feedback.of('US-001')).toEqual(FEEDBACK);
    feedback.failed('US-001');
    feedback.note('US-001', other);
    expect(feedback.of('US-001')).toEqual(other);
  });
});
