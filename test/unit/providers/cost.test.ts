import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZERO_USAGE } from '../../../src/domain/agent/model.js';
import { contextWindowOf, costOfCall } from '../../../src/providers/cost.js';

const usage = { ...ZERO_USAGE, inputTokens: 1000, cachedInputTokens: 200, outputTokens: 500 };
const KIMI = { model: 'kimi-k2.5', priceId: 'moonshotai' };

describe('the cost of a call', () => {
  it('comes from the offline price snapshot, cached input at its own price', () => {
    // 800 x 0.60 + 200 x 0.10 + 500 x 3.00 dollars per million
    expect(costOfCall(KIMI, usage, null)).toBe(2000);
  });

  it("is the provider's own figure when there is one", () => {
    expect(costOfCall(KIMI, usage, 77)).toBe(77);
  });

  it('is unknown, not 0, for a model without a price', () => {
    expect(costOfCall({ model: 'my-model', priceId: null }, usage, null)).toBeNull();
    expect(costOfCall({ model: 'no-such-model', priceId: 'deepseek' }, usage, null)).toBeNull();
  });

  it('comes from configuration where the snapshot knows nothing', () => {
    const price = { inputPerMillionUsd: 2, outputPerMillionUsd: 4, cachedInputPerMillionUsd: 1 };
    expect(costOfCall({ model: 'my-model', priceId: null, price }, usage, null)).toBe(
      800 * 2 + 200 + 500 * 4,
    );
  });

  it('comes from configuration before the snapshot: the user knows the contract', () => {
    const price = { inputPerMillionUsd: 2, outputPerMillionUsd: 4 };
    expect(costOfCall({ ...KIMI, price }, usage, null)).toBe(1000 * 2 + 500 * 4);
  });

  it('prices tokens read from a cache, written to it and fresh ones each at their own price', () => {
    const cached = {
      ...ZERO_USAGE,
      inputTokens: 1000,
      cachedInputTokens: 100,
      cacheWriteTokens: 200,
      outputTokens: 100,
    };
    // 700 x 2 + 100 x 0.20 + 200 x 2.50 + 100 x 10 dollars per million
    expect(costOfCall({ model: 'claude-sonnet-5-5', priceId: 'anthropic' }, cached, null)).toBe(
      2920,
    );
    const price = {
      inputPerMillionUsd: 2,
      outputPerMillionUsd: 10,
      cachedInputPerMillionUsd: 0.2,
      cacheWritePerMillionUsd: 2.5,
    };
    expect(costOfCall({ model: 'mine', priceId: null, price }, cached, null)).toBe(2920);
  });

  it('is a whole number that never shrinks with more output', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.nat(100_000),
        fc.nat(1000),
        (inputTokens, outputTokens, more) => {
          const cost = costOfCall(KIMI, { ...ZERO_USAGE, inputTokens, outputTokens }, null) ?? -1;
          const dearer =
            costOfCall(
              KIMI,
              { ...ZERO_USAGE, inputTokens, outputTokens: outputTokens + more },
              null,
            ) ?? -1;
          return Number.isInteger(cost) && cost >= 0 && dearer >= cost;
        },
      ),
    );
  });

  it('knows context windows where the snapshot does', () => {
    expect([contextWindowOf('kimi-k2.5', 'moonshotai'), contextWindowOf('my-model', null)]).toEqual(
      [262_144, null],
    );
  });
});
