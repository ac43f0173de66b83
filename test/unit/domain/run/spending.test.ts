import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentSpending } from '../../../../src/domain/agent/agent.js';
import { addSpending, toUsd, ZERO_SPENDING } from '../../../../src/domain/run/spending.js';

const amount = fc.nat(1_000_000);
const spendings: fc.Arbitrary<AgentSpending> = fc.record({
  turns: amount,
  modelCalls: amount,
  repeatedModelCalls: amount,
  usage: fc.record({
    inputTokens: amount,
    cachedInputTokens: amount,
    cacheWriteTokens: amount,
    outputTokens: amount,
    reasoningTokens: amount,
  }),
  costMicroUsd: fc.option(amount, { nil: null, freq: 5 }),
});
const sum = (parts: readonly AgentSpending[]): AgentSpending =>
  parts.reduce(addSpending, ZERO_SPENDING);

describe('what agents spent', () => {
  it('is the same sum in whatever order and groups it is added up', () => {
    fc.assert(
      fc.property(fc.array(spendings, { maxLength: 8 }), fc.nat(8), (parts, cut) => {
        const whole = sum(parts);
        expect(sum(parts.toReversed())).toEqual(whole);
        expect(addSpending(sum(parts.slice(0, cut)), sum(parts.slice(cut)))).toEqual(whole);
      }),
    );
  });

  it('has no known cost once a part has none, and loses no token for that', () => {
    fc.assert(
      fc.property(fc.array(spendings, { maxLength: 8 }), (parts) => {
        const whole = sum(parts);
        const isKnown = parts.every(({ costMicroUsd }) => costMicroUsd !== null);
        const cost = parts.reduce((total, { costMicroUsd }) => total + (costMicroUsd ?? 0), 0);
        expect(whole.costMicroUsd).toBe(isKnown ? cost : null);
        expect(whole.usage.inputTokens).toBe(
          parts.reduce((total, { usage }) => total + usage.inputTokens, 0),
        );
      }),
    );
  });

  it.each([
    [null, null],
    [0, 0],
    [1, 0.000001],
    [2_500_000, 2.5],
  ])('of %j millionths is %j dollars', (micro, usd) => {
    expect(toUsd(micro)).toBe(usd);
  });
});
