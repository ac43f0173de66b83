import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow';

/** Code and message of the innermost typed failure; `ERR_UNEXPECTED` when nobody named one. */
export interface FailureFacts {
  readonly code: string;
  readonly message: string;
  readonly details: readonly unknown[];
}

/** Unwraps Temporal's activity and child failures down to what our activities raised. Workflow-safe. */
export function failureFacts(error: unknown): FailureFacts {
  let current: unknown = error;
  while (
    (current instanceof ActivityFailure || current instanceof ChildWorkflowFailure) &&
    current.cause !== undefined
  ) {
    current = current.cause;
  }
  if (current instanceof ApplicationFailure) {
    return {
      code: current.type ?? 'ERR_UNEXPECTED',
      message: current.message,
      details: current.details ?? [],
    };
  }
  const message = current instanceof Error ? current.message : String(current);
  return { code: 'ERR_UNEXPECTED', message, details: [] };
}
