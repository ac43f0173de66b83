import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_BUDGET, type Budget } from '../../../../src/domain/run/budget.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import { askOwner, tellOwner } from '../../../../src/workflows/lib/owner.js';
import { Spender, type CallCost } from '../../../../src/workflows/lib/spender.js';
import { playedWorkflow } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});
const played = playedWorkflow;

beforeEach(() => {
  played.signals.length = 0;
  played.pauses.length = 0;
  played.onPause = () => undefined;
  played.isOwnerGone = false;
});

const COST: CallCost = {
  usage: { ...ZERO_USAGE, inputTokens: 10 },
  costMicroUsd: 5,
  repeatedCalls: 0,
  modelCalls: 1,
  turns: 1,
};

function spender(lease: Budget | null, isPaused = false) {
  const state = { spending: ZERO_SPENDING, lease };
  const link = { owner: 'owner', story: 'US-1', holder: 'me' };
  return { state, spender: new Spender({ state, link, waitLimitMs: 60_000, isPaused }) };
}

describe('Spender', () => {
  it('sums what calls cost, and what is left is the lease without it', () => {
    const cost = fc.record({
      usage: fc
        .record({ inputTokens: fc.nat(10_000), outputTokens: fc.nat(10_000) })
        .map((tokens) => ({ ...ZERO_USAGE, ...tokens })),
      costMicroUsd: fc.nat(1_000_000),
      repeatedCalls: fc.nat(2),
      modelCalls: fc.constant(1),
      turns: fc.nat(1),
    });
    fc.assert(
      fc.property(fc.array(cost, { maxLength: 20 }), (costs) => {
        const lease = { costMicroUsd: 1e9, tokens: 1e9, calls: 1e6 };
        const { state, spender: own } = spender(lease);
        for (const one of costs) own.charge(one);
        const sum = (part: (one: CallCost) => number): number =>
          costs.reduce((total, one) => total + part(one), 0);
        const tokens = sum(({ usage }) => usage.inputTokens + usage.outputTokens);
        const [usd, calls] = [sum((one) => one.costMicroUsd ?? 0), sum((one) => one.modelCalls)];
        expect(state.spending).toMatchObject({
          turns: sum((one) => one.turns),
          modelCalls: calls,
          repeatedModelCalls: sum((one) => one.repeatedCalls),
          costMicroUsd: usd,
        });
        expect(own.leaseLeft()).toEqual({
          costMicroUsd: 1e9 - usd,
          tokens: 1e9 - tokens,
          calls: 1e6 - calls,
        });
      }),
    );
  });

  it('knows no cost any more once one price is unknown', () => {
    const { state, spender: own } = spender(null);
    own.charge(COST);
    own.charge({ ...COST, costMicroUsd: null });
    own.charge(COST);
    expect(state.spending.costMicroUsd).toBeNull();
    expect(own.leaseLeft()).toBeNull();
  });

  it('asks its owner before a call that the lease does not cover, and goes on when it got more', async () => {
    const { spender: own } = spender({ ...NO_BUDGET, calls: 0 });
    played.onPause = () => own.grant({ ...NO_BUDGET, calls: 2 });
    expect(await own.pay(async (left) => left)).toEqual({ ...NO_BUDGET, calls: 2 });
    expect(played.signals).toEqual([
      [
        expect.stringMatching(/^owner /),
        { story: 'US-1', holder: 'me', needed: { costMicroUsd: 0, tokens: 0, calls: 1 } },
      ],
    ]);
  });

  it('asks for what a refused reservation needs, and makes the call again', async () => {
    const { spender: own } = spender({ ...NO_BUDGET, tokens: 100 });
    played.onPause = () => own.grant({ ...NO_BUDGET, tokens: 500 });
    let calls = 0;
    const result = await own.pay(async () => {
      calls += 1;
      if (calls > 1) return 'paid';
      const needed = { costMicroUsd: null, tokens: 400, calls: 1 };
      throw ApplicationFailure.create({ type: 'ERR_BUDGET_RESERVE', details: [{ needed }] });
    });
    expect([result, calls]).toEqual(['paid', 2]);
    expect(played.signals[0]?.[1]).toMatchObject({ needed: { tokens: 300 } });
  });

  it('makes no call while it is paused, and lets a failure be mended before it waits', async () => {
    const { spender: own } = spender(null, true);
    played.onPause = () => own.setPaused(false);
    const seen: boolean[] = [];
    let calls = 0;
    const result = await own.pay(
      async () => {
        seen.push(own.isPaused);
        calls += 1;
        if (calls === 1) throw new Error('too long');
        return 'ok';
      },
      async () => true,
    );
    expect([result, seen]).toEqual(['ok', [false, false]]);
    const bug = new Error('bug');
    await expect(own.pay(() => Promise.reject(bug))).rejects.toBe(bug);
  });
});

describe('the word to an owner', () => {
  const report = { standstill: null, spending: ZERO_SPENDING };

  it('is none where nobody pays, and no trouble where the owner is gone', async () => {
    await tellOwner({ owner: undefined, story: 'US-1' }, report);
    await askOwner(
      { owner: undefined, story: 'US-1' },
      { needed: { costMicroUsd: 0, tokens: 1, calls: 1 } },
    );
    expect(played.signals).toEqual([]);
    played.isOwnerGone = true;
    await expect(tellOwner({ owner: 'o', story: 'US-1' }, report)).resolves.toBeUndefined();
    const needed = { costMicroUsd: 0, tokens: 1, calls: 1 };
    await expect(askOwner({ owner: 'o', story: 'US-1' }, { needed })).rejects.toThrow(
      'no such workflow',
    );
  });

  it('names story and holder', async () => {
    await tellOwner({ owner: 'o', story: 'US-1', holder: 'h' }, report);
    expect(played.signals).toEqual([
      [expect.stringMatching(/^o /), { story: 'US-1', holder: 'h', ...report }],
    ]);
  });
});
