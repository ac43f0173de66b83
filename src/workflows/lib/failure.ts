import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow';
import { z } from 'zod';

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

/** Path that a failure of ours names; undefined when it names none. Workflow-safe. */
export function placeOf(error: unknown): string | undefined {
  const report = placedReportSchema.safeParse(failureFacts(error).details[0]);
  return report.data?.where.file;
}

const placedReportSchema = z.object({ where: z.object({ file: z.string() }) });
