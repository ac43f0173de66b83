import { describe, expect, it, vi } from 'vitest';
import { NO_BUDGET } from '../../../../src/domain/run/budget.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import {
  budgetLine,
  detailsText,
  spendingLine,
} from '../../../../src/workflows/lib/current-details.js';
import { showAgent, type ShownAgent } from '../../../../src/workflows/agent/agent-details.js';
import { showAttempt } from '../../../../src/workflows/ralph/story-details.js';
import { showRun } from '../../../../src/workflows/ralph/run-details.js';
import type { StoryInput } from '../../../../src/contracts/workflow-types.js';
import { RALPH_INPUT } from '../../../support/ralph-workflow.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { story } from '../../../support/stories.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const HOSTILE = '# big\n[x](javascript:1) <b>';

describe('what a workflow shows of itself', () => {
  it('is a heading with lists, without lines that are not known and parts that are empty', () => {
    const text = detailsText('running', [
      { lines: ['one', undefined, 'two'] },
      { heading: 'Stories', lines: [undefined] },
      { heading: 'To do', lines: ['three'] },
    ]);
    expect(text).toBe('### running\n\n- one\n- two\n\n**To do**\n\n- three');
  });

  it('never grows beyond its limit, and says how many lines are left out', () => {
    const lines = Array.from({ length: 500 }, (_, index) => `${index} ${'x'.repeat(50)}`);
    const text = detailsText('running', [{ lines }]);
    expect(text.length).toBeLessThan(4000);
    expect(text).toMatch(/- … \d{3} more lines$/);
  });

  it('tells money and limits in words, and nothing where nothing is limited', () => {
    expect(spendingLine({ ...ZERO_SPENDING, costMicroUsd: null })).toContain('price unknown');
    expect(budgetLine(NO_BUDGET, 'limit')).toBeUndefined();
    expect(budgetLine({ ...NO_BUDGET, costMicroUsd: 1_500_000, calls: 3 }, 'limit')).toBe(
      '**limit** $1.50, 3 calls',
    );
  });
});

describe('a run', () => {
  it('shows first what somebody may have to look at, with hostile words made harmless', () => {
    showRun(
      runRecord({
        project: HOSTILE,
        stories: [
          storyRecord('US-001', { status: 'passed' }),
          storyRecord('US-002', { status: 'failed', reason: HOSTILE }),
        ],
      }),
    );
    expect(played.details).toContain('1 of 2 stories done');
    expect(played.details.indexOf('US-002')).toBeLessThan(played.details.indexOf('US-001'));
    expect(played.details).not.toMatch(/^# big|(?<!\\)\]\(javascript|(?<!\\)<b>/m);
  });
});

describe('an attempt', () => {
  it('shows where it is and what it may spend', () => {
    showAttempt(
      {
        story: story('US-001', { title: HOSTILE }),
        attempt: 2,
        options: RALPH_INPUT.options,
        checks: RALPH_INPUT.checks,
        lane: { id: 'r/1/lane-1', workdir: '.' },
        base: 'a'.repeat(40),
        lease: { ...NO_BUDGET, calls: 7 },
      } as unknown as StoryInput,
      'proving the result',
    );
    expect(played.details).toContain('attempt 2 of 2');
    expect(played.details).toContain('proving the result');
    expect(played.details).toContain('7 calls');
    expect(played.details).not.toMatch(/^# big|(?<!\\)\]\(javascript|(?<!\\)<b>/m);
  });
});

describe('an agent', () => {
  it('shows its turn, its pause and what it still means to do', () => {
    showAgent({
      input: { story: 'US-001', model: { provider: 'fake', model: 'one' } },
      profile: { limits: { maxTurns: 9 } },
      state: {
        spending: ZERO_SPENDING,
        contextTokens: 120,
        todos: [{ content: HOSTILE, status: 'in_progress' }],
      },
      spender: { isPaused: true, waiting: null, leaseLeft: () => null },
      last: undefined,
      doing: 'calls the model',
      turn: 3,
      window: 1000,
    } as unknown as ShownAgent);
    expect(played.details).toContain('turn 3 of at most 9');
    expect(played.details).toContain('paused');
    expect(played.details).toContain('in progress');
    expect(played.details).not.toMatch(/^# big|(?<!\\)\]\(javascript|(?<!\\)<b>/m);
  });
});
