import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentState } from '../../../../../src/domain/agent/agent.js';
import { NO_BUDGET } from '../../../../../src/domain/run/budget.js';
import { ZERO_SPENDING } from '../../../../../src/domain/run/spending.js';
import { Lending, type Borrower } from '../../../../../src/workflows/agent/lending/lending.js';
import { Spender } from '../../../../../src/workflows/lib/spender.js';
import { playedWorkflow as played } from '../../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const calls = (count: number) => ({ ...NO_BUDGET, calls: count });
const spent = (count: number) => ({ ...ZERO_SPENDING, modelCalls: count });

function lendingOf(limit: number | null) {
  const lease = limit === null ? null : calls(limit);
  const state = { spending: ZERO_SPENDING, lease } as AgentState;
  const link = { owner: 'run', story: 'US-1' };
  const spender = new Spender({ state, link, waitLimitMs: 1, isPaused: false });
  const borrower: Borrower = { child: undefined, lent: null, grants: [] };
  const lending = new Lending({
    session: { state, spender, link },
    find: (holder) => (holder === 'b' ? borrower : undefined),
    isAnyoneWorking: () => false,
  });
  return { state, spender, borrower, lending };
}

beforeEach(() => {
  played.signals.length = 0;
});

describe('a lease of which a part is lent', () => {
  it('has less by it until it comes back, with what was spent taken off for good', () => {
    const { spender, borrower, lending } = lendingOf(10);
    expect(lending.lend(borrower, 2)).toEqual(calls(5));
    expect(spender.leaseLeft()).toEqual(calls(5));
    lending.settle(borrower, spent(3));
    expect([spender.leaseLeft(), borrower.lent]).toEqual([calls(7), null]);
  });

  it('is lent without an end where it has none', () => {
    const { borrower, lending } = lendingOf(null);
    expect(lending.lend(borrower, 1)).toBeNull();
    lending.settle(borrower, spent(3));
    expect(borrower.lent).toBeNull();
  });

  it('gives more to one that has no handle yet when it has', () => {
    const { borrower, lending } = lendingOf(10);
    lending.lend(borrower, 2);
    lending.line.request('b', { needed: { costMicroUsd: 0, tokens: 0, calls: 1 } });
    expect(borrower.grants).toEqual([calls(2)]);
    const signals: unknown[] = [];
    const signal = async (_name: unknown, argument: unknown) => void signals.push(argument);
    borrower.child = { signal, result: async () => undefined } as never;
    lending.handIn(borrower);
    expect([signals, borrower.grants]).toEqual([[{ added: calls(2) }], []]);
  });

  it('gives none of what a call that is under way may cost', async () => {
    const { borrower, lending, spender } = lendingOf(10);
    lending.lend(borrower, 2);
    let end: () => void = () => undefined;
    const paying = spender.pay(() => new Promise<void>((resolve) => (end = resolve)));
    await Promise.resolve();
    expect(spender.isPaying).toBe(true);
    lending.line.request('b', { needed: { costMicroUsd: 0, tokens: 0, calls: 1 } });
    expect([borrower.grants, played.signals.length]).toEqual([[], 1]);
    end();
    await paying;
    spender.charge({
      usage: ZERO_SPENDING.usage,
      costMicroUsd: 0,
      repeatedCalls: 0,
      modelCalls: 5,
      turns: 1,
    });
    expect(spender.leaseLeft()).toEqual(calls(0));
    lending.takeGrant(calls(1));
    expect(borrower.grants).toEqual([calls(1)]);
  });
});
