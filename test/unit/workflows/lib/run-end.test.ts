import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { interruptionOf } from '../../../../src/workflows/lib/run-end.js';

describe('what ended a run before its work was done', () => {
  it('is no failure when somebody cancelled it, and says who', () => {
    const cancelled = new CancelledFailure('cancelled');
    expect(interruptionOf(cancelled, true)).toMatchObject({
      isCancelled: true,
      reason: 'cancelled by request',
      failure: null,
    });
    expect(interruptionOf(cancelled, false).reason).toBe('cancelled by Temporal operator');
  });

  it('ends the command with 2 when an input turned out to be bad, and with nothing of its own else', () => {
    const of = (type: string) =>
      interruptionOf(ApplicationFailure.nonRetryable('why', type), false);
    expect(of('ERR_BASELINE_RED')).toEqual({
      code: 'ERR_BASELINE_RED',
      message: 'why',
      isCancelled: false,
      reason: 'why',
      failure: { code: 'ERR_BASELINE_RED', message: 'why', exitCode: 2 },
    });
    expect(of('ERR_GIT_FAILED').failure).toEqual({ code: 'ERR_GIT_FAILED', message: 'why' });
  });
});
