import { describe, expect, it } from 'vitest';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import { describeSpending, modelCallSummary } from '../../../../src/workflows/lib/summary.js';

const usage = { ...ZERO_USAGE, inputTokens: 2149, outputTokens: 310 };
const model = { provider: 'moonshotai', model: 'kimi-k2.5' };

describe('modelCallSummary', () => {
  it('reads like a line of a log', () => {
    expect(
      modelCallSummary({ story: 'US-003', turn: 4, model, last: { usage, costMicroUsd: 2000 } }),
    ).toBe('US-003 · turn 4 · kimi-k2.5 · last: 2.1k in / 310 out · $0.002');
  });

  it('goes without what is not known', () => {
    expect(modelCallSummary({ story: undefined, turn: 1, model, last: undefined })).toBe(
      'turn 1 · kimi-k2.5',
    );
    expect(describeSpending({ usage, costMicroUsd: null })).toContain('price unknown');
  });

  it('never grows beyond what the interface shows', () => {
    const long = { provider: 'p', model: 'm'.repeat(500) };
    expect(modelCallSummary({ story: 'US', turn: 1, model: long, last: undefined })).toHaveLength(
      200,
    );
  });
});
