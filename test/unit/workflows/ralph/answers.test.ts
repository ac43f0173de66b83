import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoryRecord } from '../../../../src/domain/run/ralph-run.js';
import { lostAttempt } from '../../../../src/workflows/lib/ledger.js';
import { takeLateAnswer } from '../../../../src/workflows/ralph/answers.js';
import { openRecord } from '../../../../src/workflows/ralph/ledger.js';
import { RunState } from '../../../../src/workflows/ralph/run-state.js';
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
  const given: unknown[] = [];
  await takeLateAnswer(
    state,
    {
      addFeedback: (...words) => void given.push(words),
      children: { lateAnswer: () => text },
    },
    { story: 'US-001', attempt },
  );
  return { given, status: state.entry('US-001')?.status };
}

describe('an answer that came while its agent gave up', () => {
  it('opens the story again with it', async () => {
    expect(await late('blocked', 'yes', true)).toEqual({
      given: [['US-001', FEEDBACK]],
      status: 'pending',
    });
  });

  it.each([
    { when: 'there is none', status: 'blocked', text: undefined, asked: true },
    { when: 'the story asked nothing in the end', status: 'blocked', text: 'yes', asked: false },
    { when: 'the story has passed', status: 'passed', text: 'yes', asked: true },
  ] as const)('changes nothing where $when', async ({ status, text, asked }) => {
    expect(await late(status, text, asked)).toEqual({ given: [], status });
  });
});
