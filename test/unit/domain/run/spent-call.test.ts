import { describe, expect, it } from 'vitest';
import { runSpending } from '../../../../src/domain/run/ralph-run.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { withOpenSpending, type SpentCall } from '../../../../src/domain/run/spent-call.js';
import { type AgentSpending } from '../../../../src/domain/agent/agent.js';
import { reportRun } from '../../../support/report-run.js';

const one: AgentSpending = {
  ...ZERO_SPENDING,
  turns: 1,
  modelCalls: 1,
  usage: { ...ZERO_SPENDING.usage, inputTokens: 100, outputTokens: 10 },
  costMicroUsd: 5,
};

function call(key: string, story: string, attempt: number): SpentCall {
  return { key, story, attempt, spending: one };
}

describe('withOpenSpending', () => {
  it('adds what an attempt in progress paid, once a step key', () => {
    const record = reportRun();
    const before = runSpending(record).modelCalls;
    const id = record.stories[0]?.story.id ?? '';
    const attempt = (record.stories[0]?.attempts.at(-1)?.number ?? 0) + 1;
    const calls = [call('a', id, attempt), call('b', id, attempt), call('b', id, attempt)];
    const open = withOpenSpending(record, calls);
    expect(runSpending(open).modelCalls).toBe(before + 2);
    // Folding again, with one call more, counts nothing twice.
    expect(runSpending(withOpenSpending(open, [...calls, call('c', id, attempt)])).modelCalls).toBe(
      before + 3,
    );
  });

  it('counts nothing that a recorded attempt tells already', () => {
    const record = reportRun();
    const entry = record.stories.find(({ attempts }) => attempts.length > 0);
    const attempt = entry?.attempts[0];
    expect(attempt).toBeDefined();
    const calls = Array.from({ length: attempt?.spending.modelCalls ?? 0 }, (_, index) =>
      call(`k${index}`, entry?.story.id ?? '', attempt?.number ?? 1),
    );
    expect(withOpenSpending(record, calls)).toEqual(record);
  });
});
