import { describe, expect, it } from 'vitest';
import { planLimits, planMoment, planQuestions } from '../../../../src/runs/plan/run-limits.js';

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

  it('says what becomes of questions: flags, then configuration, then the default', () => {
    const none = { wait: null, unattended: null };
    expect(planQuestions({}, { questions: none })).toEqual({ waitMs: 600_000, unattended: 'park' });
    const set = { wait: '0s', unattended: 'deny' as const };
    expect(planQuestions({}, { questions: set })).toEqual({ waitMs: 0, unattended: 'deny' });
    expect(planQuestions({ questionWait: '2h', unattended: 'park' }, { questions: set })).toEqual({
      waitMs: 7_200_000,
      unattended: 'park',
    });
    const refusal = (field: string): unknown =>
      expect.objectContaining({ code: 'ERR_LIMIT_INVALID', where: { field } });
    expect(() => planQuestions({ questionWait: 'soon' }, { questions: none })).toThrow(
      refusal('--question-wait'),
    );
    expect(() => planQuestions({}, { questions: { wait: 'x', unattended: null } })).toThrow(
      refusal('questions.wait'),
    );
  });

  it('takes a moment of a person’s clock', () => {
    expect(planMoment('2026-01-02T03:04:06Z', NOW)).toBe('2026-01-02T03:04:06.000Z');
  });
});
