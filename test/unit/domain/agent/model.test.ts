import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addCost,
  addUsage,
  formatModelReference,
  parseModelReference,
  ZERO_USAGE,
} from '../../../../src/domain/agent/model.js';

describe('parseModelReference', () => {
  it('splits at the first slash only', () => {
    expect(parseModelReference(' openrouter/stepfun/step-3.5-flash:free ')).toEqual({
      provider: 'openrouter',
      model: 'stepfun/step-3.5-flash:free',
    });
  });

  it.each(['', 'kimi', '/kimi', 'moonshotai/', ' / ', '/'])('refuses %j', (text) => {
    expect(() => parseModelReference(text)).toThrow(
      expect.objectContaining({ code: 'ERR_MODEL_REFERENCE_INVALID', exitCode: 2 }),
    );
  });

  it('reads back what formatModelReference writes', () => {
    const provider = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const model = fc.stringMatching(/^[a-z0-9][a-z0-9/:.-]{0,12}$/);
    fc.assert(
      fc.property(fc.record({ provider, model }), (reference) => {
        expect(parseModelReference(formatModelReference(reference))).toEqual(reference);
      }),
    );
  });
});

describe('sums', () => {
  const usage = fc.record({
    inputTokens: fc.nat(),
    cachedInputTokens: fc.nat(),
    cacheWriteTokens: fc.nat(),
    outputTokens: fc.nat(),
    reasoningTokens: fc.nat(),
  });

  it('of usage do not depend on order, and nothing adds nothing', () => {
    fc.assert(
      fc.property(usage, usage, usage, (a, b, c) => {
        expect(addUsage(a, ZERO_USAGE)).toEqual(a);
        expect(addUsage(addUsage(a, b), c)).toEqual(addUsage(addUsage(c, a), b));
      }),
    );
  });

  it('of costs stay unknown once a part is unknown', () => {
    expect([addCost(1, 2), addCost(null, 2), addCost(1, null), addCost(null, null)]).toEqual([
      3,
      null,
      null,
      null,
    ]);
  });
});
