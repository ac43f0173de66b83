import { asyncLocalStorage } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { CodetetherError, InvariantError } from '../../domain/index.js';
import { redact, redactText } from '../../observability/index.js';
import { namingPath, underSignal } from '../../platform/index.js';

/**
 * An error as Temporal's failure: type = our code, retried only when the error says so, details = its report.
 * Full disks and inputs of the wrong shape get a code here; other errors come back unchanged, and Temporal retries them.
 */
export function toApplicationFailure(error: unknown): unknown {
  const named = nameError(error);
  if (!(named instanceof CodetetherError)) return withoutSecrets(named);
  return ApplicationFailure.create({
    type: named.code,
    message: redactText(named.message),
    nonRetryable: !named.isRetryable,
    details: [redact(named.report())],
  });
}

/** Temporal keeps message and stack of what is thrown: an error that quotes a secret is replaced by one that does not. */
function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ApplicationFailure) return error;
  const text = `${error.message}\n${error.stack ?? ''}`;
  if (redactText(text) === text) return error;
  return ApplicationFailure.create({ type: error.name, message: redactText(error.message) });
}

function nameError(error: unknown): unknown {
  if (error instanceof z.ZodError) {
    const issue = error.issues[0];
    return new InvariantError('ERR_ACTIVITY_INPUT', {
      message: `an activity got an input of the wrong shape: ${issue?.message ?? 'unknown'}`,
      where: { field: issue?.path.join('.') },
      hint: 'this is a defect, or an old run under a new version: report it',
      cause: error,
    });
  }
  return namingPath(error);
}

/**
 * Runs work of an activity so that git and child processes end when it is cancelled, and fail with Temporal's own reason. Outside
 * of an activity it only runs it.
 */
export function cancellable<Result>(work: () => Promise<Result>): Promise<Result> {
  const context = asyncLocalStorage.getStore();
  return context === undefined ? work() : underSignal(context.cancellationSignal, work);
}
