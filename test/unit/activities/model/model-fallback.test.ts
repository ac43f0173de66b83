import { describe, expect, it, vi } from 'vitest';
import {
  createModelFallbacks,
  type ModelAnswer,
} from '../../../../src/activities/model/model-fallback.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import { type ModelReference } from '../../../../src/domain/agent/model.js';
import {
  ProviderError,
  type ProviderErrorKind,
} from '../../../../src/providers/failures/errors.js';
import { type ModelReply } from '../../../../src/providers/provider.js';
import { OK_REPLY } from '../../../support/model-reply.js';

const CHOSEN = { provider: 'first', model: 'a' };
const SECOND = { provider: 'second', model: 'b' };
const THIRD = { provider: 'third', model: 'c' };

const failing = (kind: ProviderErrorKind, retryAfterMs?: number) =>
  new ProviderError(kind, { message: kind, retryAfterMs });

/** Models by provider that fail; all others answer. */
function ask(failures: Record<string, Error>, asked: string[] = []) {
  return async (model: ModelReference): Promise<ModelReply> => {
    asked.push(model.provider);
    const failure = failures[model.provider];
    if (failure !== undefined) throw failure;
    return OK_REPLY;
  };
}

const answeredBy = (answer: ModelAnswer): string => answer.answeredBy.provider;

describe('fallback models', () => {
  it.each<[ProviderErrorKind, { attempt: number; wait?: number; isTaken: boolean }]>([
    ['model_gone', { attempt: 1, isTaken: true }],
    ['quota', { attempt: 1, isTaken: true }],
    ['overloaded', { attempt: 3, isTaken: false }],
    ['overloaded', { attempt: 4, isTaken: true }],
    ['server', { attempt: 4, isTaken: true }],
    ['rate_limit', { attempt: 5, wait: 60_000, isTaken: false }],
    ['rate_limit', { attempt: 1, wait: 600_000, isTaken: true }],
    ['auth', { attempt: 1, isTaken: false }],
    ['network', { attempt: 6, isTaken: false }],
    ['context_overflow', { attempt: 1, isTaken: false }],
    ['cancelled', { attempt: 1, isTaken: false }],
  ])('after %s: %j', async (kind, { attempt, wait, isTaken }) => {
    const failure = failing(kind, wait);
    const answer = createModelFallbacks([SECOND]).answer({
      chosen: CHOSEN,
      attempt,
      ask: ask({ first: failure }),
    });
    if (isTaken) expect(answeredBy(await answer)).toBe('second');
    else await expect(answer).rejects.toBe(failure);
  });

  it('are asked in their order, and nobody else when the first of them answers', async () => {
    const asked: string[] = [];
    const answer = await createModelFallbacks([SECOND, THIRD]).answer({
      chosen: CHOSEN,
      attempt: 1,
      ask: ask({ first: failing('quota'), second: failing('model_gone') }, asked),
    });
    expect([answeredBy(answer), asked]).toEqual(['third', ['first', 'second', 'third']]);
  });

  it('leave the failure of the chosen model when none of them can be used', async () => {
    const quota = failing('quota');
    const answer = createModelFallbacks([SECOND, THIRD]).answer({
      chosen: CHOSEN,
      attempt: 1,
      ask: ask({
        first: quota,
        second: failing('auth'),
        third: new InvalidInputError('ERR_BUDGET_PRICE_UNKNOWN', { message: 'no price' }),
      }),
    });
    const error: unknown = await answer.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({
      kind: 'quota',
      message: 'quota; fallback models failed too: second/b: auth; third/c: no price',
      cause: quota,
    });
  });

  it('are tried again after a passing fault of their own', async () => {
    const cut = failing('network');
    const answer = createModelFallbacks([SECOND]).answer({
      chosen: CHOSEN,
      attempt: 1,
      ask: ask({ first: failing('quota'), second: cut }),
    });
    await expect(answer).rejects.toBe(cut);
  });

  it('answer at once for ten minutes, then the chosen model is asked again', async () => {
    vi.useFakeTimers();
    try {
      const fallbacks = createModelFallbacks([SECOND]);
      const asked: string[] = [];
      const failures: Record<string, Error> = { first: failing('quota') };
      const question = { chosen: CHOSEN, attempt: 1, ask: ask(failures, asked) };
      await fallbacks.answer(question);
      await fallbacks.answer(question);
      expect(asked).toEqual(['first', 'second', 'second']);
      vi.advanceTimersByTime(10 * 60_000);
      delete failures['first'];
      expect(answeredBy(await fallbacks.answer(question))).toBe('first');
    } finally {
      vi.useRealTimers();
    }
  });

  it('change nothing where there are none', async () => {
    const quota = failing('quota');
    const fallbacks = createModelFallbacks([CHOSEN]);
    for (let call = 0; call < 2; call += 1) {
      const answer = fallbacks.answer({ chosen: CHOSEN, attempt: 9, ask: ask({ first: quota }) });
      await expect(answer).rejects.toBe(quota);
    }
  });
});
