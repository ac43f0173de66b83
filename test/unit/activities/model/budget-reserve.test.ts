import { describe, expect, it } from 'vitest';
import { BudgetReserveError, reserve } from '../../../../src/activities/model/budget-reserve.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import { NO_BUDGET } from '../../../../src/domain/run/budget.js';
import type { ModelRequest } from '../../../../src/providers/provider.js';

const REQUEST: ModelRequest = {
  model: 'm',
  messages: [{ role: 'user', content: 'x'.repeat(3000) }],
  tools: [],
  maxOutputTokens: 500,
};
/** A cent a thousand tokens. */
const priced = {
  costOf: (usage: { inputTokens: number; outputTokens: number }) =>
    (usage.inputTokens + usage.outputTokens) * 10,
};

describe('reserve', () => {
  it('lets a call pass that the lease covers', () => {
    expect(() => reserve(REQUEST, priced, { ...NO_BUDGET, tokens: 1600 })).not.toThrow();
    expect(() => reserve(REQUEST, priced, NO_BUDGET)).not.toThrow();
  });

  it('refuses a call that may need more, with what it needs', () => {
    const error = catchError(() => reserve(REQUEST, priced, { ...NO_BUDGET, tokens: 1400 }));
    expect(error).toBeInstanceOf(BudgetReserveError);
    expect(error).toMatchObject({
      code: 'ERR_BUDGET_RESERVE',
      isRetryable: false,
      needed: { tokens: 1501, costMicroUsd: 15_010, calls: 1 },
    });
    expect(
      catchError(() => reserve(REQUEST, priced, { ...NO_BUDGET, costMicroUsd: 15_000 })),
    ).toBeInstanceOf(BudgetReserveError);
  });

  it('reserves room for an answer whose length nobody limits', () => {
    const { maxOutputTokens: _limit, ...open } = REQUEST;
    expect(catchError(() => reserve(open, priced, { ...NO_BUDGET, tokens: 3000 }))).toMatchObject({
      needed: { tokens: 3049 },
    });
  });

  it('refuses a budget in dollars for a model without a price, and no other', () => {
    const free = { costOf: () => null };
    const error = catchError(() => reserve(REQUEST, free, { ...NO_BUDGET, costMicroUsd: 1 }));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ code: 'ERR_BUDGET_PRICE_UNKNOWN' });
    expect(() => reserve(REQUEST, free, { ...NO_BUDGET, tokens: 9999 })).not.toThrow();
  });
});

function catchError(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
