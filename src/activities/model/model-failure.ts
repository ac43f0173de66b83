import { ApplicationFailure } from '@temporalio/common';
import { formatModelReference, type ModelReference } from '../../domain/index.js';
import { redact, redactText } from '../../observability/index.js';
import { ProviderError } from '../../providers/index.js';
import { BudgetReserveError } from './budget-reserve.js';
import { toApplicationFailure } from '../lib/failure.js';

/** Longest wait that an activity retry sleeps off; longer ones belong to a workflow timer, which holds no slot. */
const LONGEST_RETRY_WAIT_MS = 60_000;

/**
 * A failure of a model call as Temporal shall see it: short waits of a provider as retry delay, longer ones as
 * `ERR_PROVIDER_WAIT` with details `[{ resumeAt }]`.
 */
export function toModelFailure(error: unknown, model: ModelReference): unknown {
  if (error instanceof BudgetReserveError) {
    return ApplicationFailure.create({
      type: error.code,
      message: redactText(error.message),
      nonRetryable: true,
      details: [{ ...error.report(), needed: error.needed }],
    });
  }
  if (!(error instanceof ProviderError)) return toApplicationFailure(error);
  if (error.kind === 'context_overflow') return overflowFailure(error);
  const waitMs = error.retryAfterMs;
  if (waitMs === null || !(error.isRetryable || isLongQuota(error)))
    return toApplicationFailure(error);
  if (waitMs <= LONGEST_RETRY_WAIT_MS) {
    return ApplicationFailure.create({
      type: error.code,
      message: redactText(error.message),
      nonRetryable: false,
      nextRetryDelay: waitMs,
      details: [redact(error.report())],
    });
  }
  const resumeAt = new Date(Date.now() + waitMs).toISOString();
  return ApplicationFailure.create({
    type: 'ERR_PROVIDER_WAIT',
    message: `${formatModelReference(model)} asks to wait until ${resumeAt}: ${redactText(error.message)}`,
    nonRetryable: true,
    details: [redact({ ...error.report(), resumeAt })],
  });
}

/** A quota that names its end is waited out until then; one of seconds is the usual pause of a quota. */
function isLongQuota({ kind, retryAfterMs }: ProviderError): boolean {
  return kind === 'quota' && (retryAfterMs ?? 0) > LONGEST_RETRY_WAIT_MS;
}

/** The window that the server names travels along: compaction is of no use when it aims at a larger one. */
function overflowFailure(error: ProviderError): ApplicationFailure {
  const { windowTokens } = error.data;
  return ApplicationFailure.create({
    type: error.code,
    message: redactText(error.message),
    nonRetryable: true,
    details: [
      redact({
        ...error.report(),
        ...(typeof windowTokens === 'number' ? { windowTokens } : {}),
      }),
    ],
  });
}
