import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addBudget,
  budgetLeft,
  budgetSlice,
  covers,
  describeBudget,
  isUnlimited,
  NO_BUDGET,
  NO_USE,
} from '../../../../src/domain/run/budget.js';

const amount = fc.option(fc.nat(1_000_000), { nil: null });
const budgets = fc.record({ costMicroUsd: amount, tokens: amount, calls: amount });
const uses = fc.record({
  costMicroUsd: fc.nat(1_000_000),
  tokens: fc.nat(1_000_000),
  calls: fc.nat(1_000_000),
});

describe('a budget', () => {
  it('never falls below nothing and never gains a limit by being used', () => {
    fc.assert(
      fc.property(budgets, uses, (budget, use) => {
        const left = budgetLeft(budget, use);
        for (const field of ['costMicroUsd', 'tokens', 'calls'] as const) {
          const before = budget[field];
          expect(left[field]).toBe(before === null ? null : Math.max(0, before - use[field]));
        }
      }),
    );
  });

  it('cut into slices is never given out twice', () => {
    fc.assert(
      fc.property(budgets, fc.integer({ min: 1, max: 16 }), (budget, parts) => {
        const slice = budgetSlice(budget, parts);
        const sum = Array.from({ length: parts - 1 }).reduce<typeof slice>(
          (total) => addBudget(total, slice),
          slice,
        );
        for (const field of ['costMicroUsd', 'tokens', 'calls'] as const) {
          const whole = budget[field];
          if (whole === null) expect(sum[field]).toBeNull();
          else expect(sum[field] ?? 0).toBeLessThanOrEqual(whole);
        }
      }),
    );
  });

  it('covers what it has exactly, and not one more', () => {
    const budget = { costMicroUsd: 10, tokens: 20, calls: 1 };
    expect(covers(budget, budget)).toBe(true);
    expect(covers(budget, { ...budget, tokens: 21 })).toBe(false);
    expect(covers(NO_BUDGET, { ...budget, calls: 1e9 })).toBe(true);
    expect(covers(budget, { ...NO_USE, costMicroUsd: null })).toBe(true);
  });

  it('is described by what it limits', () => {
    expect(describeBudget(NO_BUDGET)).toBe('no limit');
    expect(describeBudget({ costMicroUsd: 1_500_000, tokens: null, calls: 40 })).toBe(
      '$1.50, 40 model calls',
    );
    expect([isUnlimited(NO_BUDGET), isUnlimited({ ...NO_BUDGET, calls: 0 })]).toEqual([
      true,
      false,
    ]);
  });
});
