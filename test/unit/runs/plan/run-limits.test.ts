import { describe, expect, it } from 'vitest';
import { planLimits, planMoment } from '../../../../src/runs/plan/run-limits.js';

const NOW = new Date('2026-01-02T03:04:05.000Z');

describe('planLimits', () => {
  it('sets nothing but the defaults when nothing is given', () => {
    expect(planLimits({}, NOW)).toEqual({
      parallel: 1,
      budget: { costMicroUsd: null, tokens: null, calls: null },
      until: null,
      waitLimitMs: 12 * 3_600_000,
    });
  });

  it('takes dollars in millionths, and moments as ISO 8601', () => {
    expect(
      planLimits(
        {
          parallel: 3,
          budgetUsd: 2.5,
          budgetTokens: 1000,
          maxCalls: 9,
          until: '8h',
          maxWait: '30m',
        },
        NOW,
      ),
    ).toEqual({
      parallel: 3,
      budget: { costMicroUsd: 2_500_000, tokens: 1000, calls: 9 },
      until: '2026-01-02T11:04:05.000Z',
      waitLimitMs: 1_800_000,
    });
  });

  it.each([
    ['--until', { until: 'tomorrow' }],
    ['--until', { until: '2020-01-01T00:00:00Z' }],
    ['--max-wait', { maxWait: 'long' }],
  ])('refuses %s where it makes no sense', (field, flags) => {
    expect(() => planLimits(flags, NOW)).toThrow(
      expect.objectContaining({ code: 'ERR_LIMIT_INVALID', exitCode: 2, where: { field } }),
    );
  });

  it('takes a moment of a person’s clock', () => {
    expect(planMoment('2026-01-02T03:04:06Z', NOW)).toBe('2026-01-02T03:04:06.000Z');
  });
});
