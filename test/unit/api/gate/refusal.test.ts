import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../../src/api/a2a/failure.js';
import { refusalOf } from '../../../../src/api/gate/refusal.js';
import {
  InfrastructureError,
  InvalidInputError,
  InvariantError,
} from '../../../../src/domain/index.js';

const wrong = (code: string, data = {}) => new InvalidInputError(code, { message: 'x', data });

describe('how an error is told', () => {
  it.each([
    [wrong('ERR_TOKEN_REFUSED'), 401, undefined],
    [wrong('ERR_TOO_MANY_OWN_TASKS', { retryAfterS: 10 }), 429, 10],
    [new InfrastructureError('ERR_TOO_MANY_TASKS', { message: 'x' }), 429, 5],
    [wrong('ERR_BODY_TOO_LARGE'), 413, undefined],
    [wrong('ERR_MESSAGE_REUSED'), 409, undefined],
    [wrong('ERR_WHATEVER'), 400, undefined],
    [new InfrastructureError('ERR_TEMPORAL_UNREACHABLE', { message: 'x' }), 503, 5],
    [new InvariantError('ERR_RUN_RECORD_INVALID', { message: 'x' }), 500, undefined],
    [new Error('secret'), 500, undefined],
  ])('%s has the same status in A2A and for scripts', (error, status, retryAfterS) => {
    expect(refusalOf(error)).toMatchObject({ status, retryAfterS });
    expect(failureOf(error)).toMatchObject({ status, retryAfterS });
  });

  it('names the cap of an owner in the words of A2A: why, and when to come again', () => {
    const error = new InvalidInputError('ERR_TOO_MANY_OWN_TASKS', {
      message: '3 tasks of this token are open already; each may have 3',
      hint: 'send the same message again when one has ended',
      data: { retryAfterS: 10 },
    });
    expect(failureOf(error)).toMatchObject({
      code: -32_000,
      name: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('each may have 3') as string,
      details: [{ reason: 'TOO_MANY_OWN_TASKS', domain: 'codetether.run' }],
      isFault: false,
    });
  });
});
