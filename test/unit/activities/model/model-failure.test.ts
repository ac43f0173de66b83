import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { BudgetReserveError } from '../../../../src/activities/model/budget-reserve.js';
import { toModelFailure } from '../../../../src/activities/model/model-failure.js';
import {
  ProviderError,
  type ProviderErrorKind,
} from '../../../../src/providers/failures/errors.js';

const MODEL = { provider: 'moonshotai', model: 'kimi' };

function failure(error: unknown): ApplicationFailure {
  const made = toModelFailure(error, MODEL);
  if (!(made instanceof ApplicationFailure)) return expect.fail('no failure of Temporal');
  return made;
}

function provider(kind: ProviderErrorKind, retryAfterMs?: number): ApplicationFailure {
  return failure(new ProviderError(kind, { message: kind, retryAfterMs }));
}

describe('a failed model call as Temporal sees it', () => {
  it('is slept off by the retry when the provider asks for a short wait', () => {
    for (const kind of ['rate_limit', 'overloaded', 'server'] as const) {
      const { nonRetryable, nextRetryDelay, type } = provider(kind, 60_000);
      expect([nonRetryable, nextRetryDelay]).toEqual([false, 60_000]);
      expect(type).toMatch(/^ERR_PROVIDER_/);
    }
  });

  it.each<ProviderErrorKind>(['rate_limit', 'overloaded', 'quota'])(
    'is a wait for the workflow when %s asks for a long one',
    (kind) => {
      const before = Date.now();
      const { type, nonRetryable, details } = provider(kind, 600_000);
      expect([type, nonRetryable]).toEqual(['ERR_PROVIDER_WAIT', true]);
      const resumeAt = Date.parse((details as { resumeAt: string }[])[0]?.resumeAt ?? '');
      expect(resumeAt).toBeGreaterThanOrEqual(before + 600_000);
      expect(resumeAt).toBeLessThanOrEqual(Date.now() + 600_000);
    },
  );

  it('ends what no wait helps, whatever it asks for', () => {
    for (const kind of ['auth', 'model_gone'] as const) {
      const { type, nonRetryable } = provider(kind, 600_000);
      expect([type === 'ERR_PROVIDER_WAIT', nonRetryable]).toEqual([false, true]);
    }
    expect(provider('quota', 1000).nextRetryDelay).toBeUndefined();
  });

  it('takes the window along that the server named, and no other', () => {
    const overflow = (data: Readonly<Record<string, unknown>>) =>
      failure(new ProviderError('context_overflow', { message: 'too long', data }));
    expect(overflow({ windowTokens: 4096 })).toMatchObject({
      nonRetryable: true,
      details: [{ windowTokens: 4096 }],
    });
    expect(overflow({ windowTokens: '4096' }).details?.[0]).not.toHaveProperty('windowTokens');
  });

  it('says what the next call may need when the budget does not cover it', () => {
    const needed = { costMicroUsd: 2_000_000, tokens: 900, calls: 1 };
    expect(failure(new BudgetReserveError(needed))).toMatchObject({
      type: 'ERR_BUDGET_RESERVE',
      nonRetryable: true,
      details: [{ code: 'ERR_BUDGET_RESERVE', needed }],
    });
  });

  it('holds no key that a provider quoted', () => {
    const key = `sk-ant-api03-${'a1B2'.repeat(20)}`;
    const error = new ProviderError('rate_limit', { message: `bad ${key}`, retryAfterMs: 600_000 });
    const { message, details } = failure(error);
    expect(`${message}${JSON.stringify(details)}`).not.toContain(key);
  });

  it('leaves what is none of ours to Temporal', () => {
    const bug = new TypeError('bug');
    expect(toModelFailure(bug, MODEL)).toBe(bug);
  });
});
