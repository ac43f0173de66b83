import { afterEach, describe, expect, it, vi } from 'vitest';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { RLM_INPUT } from '../../../support/rlm-workflow.js';
import { showRlm } from '../../../../src/workflows/rlm/rlm-details.js';
import {
  ANSWER_STORY,
  closeRlm,
  openRlmRecord,
  withAnswerAttempt,
  withRlmFacts,
} from '../../../../src/workflows/rlm/rlm-record.js';

const shown = vi.hoisted(() => ({ details: '' }));
vi.mock('@temporalio/workflow', async (original) => ({
  ...(await original<object>()),
  getCurrentDetails: () => '',
  setCurrentDetails: (text: string) => {
    shown.details = text;
  },
}));
afterEach(() => {
  shown.details = '';
});

const FACTS = { workflowId: 'w', startedAt: '2026-01-02T03:04:05.000Z' };
const END = '2026-01-02T03:05:05.000Z';

describe('the record of a question', () => {
  it('has one story, and ends as its answer does', () => {
    const open = openRlmRecord(RLM_INPUT, FACTS);
    expect([open.kind, open.stories.map(({ story }) => story.id), open.rlm?.files]).toEqual([
      'rlm',
      [ANSWER_STORY],
      ['app.log'],
    ]);
    const attempt = attemptRecord({ reason: 'answered' });
    const answered = closeRlm(withAnswerAttempt(open, attempt, 'unverified'), END);
    expect([answered.status, answered.reason, answered.endedAt]).toEqual([
      'passed',
      'answered',
      END,
    ]);
    const none = closeRlm(withAnswerAttempt(open, { ...attempt, reason: 'no' }, 'failed'), END);
    expect([none.status, none.reason]).toEqual(['failed', 'no']);
  });

  it('keeps the attempts of the run that it goes on with, and what is told of an open one no longer', () => {
    const before = withAnswerAttempt(openRlmRecord(RLM_INPUT, FACTS), attemptRecord({}), 'failed');
    const again = openRlmRecord({ ...RLM_INPUT, carried: before }, FACTS);
    expect(again.stories[0]?.attempts.length).toBe(1);
    const told = {
      ...again,
      stories: again.stories.map((entry) => ({ ...entry, openSpending: ZERO_SPENDING })),
    };
    expect(withAnswerAttempt(told, attemptRecord({}), 'failed').stories[0]).not.toHaveProperty(
      'openSpending',
    );
  });

  it('shows what the input is and how it is answered', () => {
    const open = openRlmRecord({ ...RLM_INPUT, query: '**bold** [x](y)' }, FACTS);
    showRlm(open);
    expect(shown.details).toContain('is being stored');
    expect(shown.details).not.toContain('**bold**');
    showRlm(
      withRlmFacts(open, {
        route: 'repl',
        input: { type: 'logs', format: null, bytes: 7, lines: 1, replaced: 0 },
      }),
    );
    expect(shown.details).toContain('logs, 7 bytes, 1 lines');
    expect(shown.details).toContain('**route** repl');
  });
});
