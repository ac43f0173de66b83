import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type Client,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import {
  prdDraftSchema,
  WORKFLOW_TASK_TIMEOUT_MS,
  WORKFLOW_TYPES,
  type DraftPrdInput,
  type PrdDraft,
} from '../contracts/index.js';
import {
  CodetetherError,
  formatModelReference,
  InfrastructureError,
  markdownCode,
  markdownText,
} from '../domain/index.js';
import { redactValues } from '../observability/index.js';

/** One draft to make, or to come back to. */
export interface DraftPrdRequest {
  readonly temporal: Client;
  readonly taskQueue: string;
  /** The same id for the same request: an open draft is joined, a finished one is read again without paying. */
  readonly workflowId: string;
  readonly input: DraftPrdInput;
}

/** A draft and whether an earlier command had it made. */
export interface DraftedPrd extends PrdDraft {
  readonly isKnown: boolean;
}

/**
 * Has a PRD drafted and waits for it, however long that takes; the workflow goes on when the caller dies. Throws
 * `ERR_PRD_DRAFT_INVALID` (exit 1) when the model made no valid PRD, and what ended the model call else (exit 3).
 */
export async function draftPrd(request: DraftPrdRequest): Promise<DraftedPrd> {
  const { temporal, workflowId } = request;
  let isKnown = false;
  try {
    await temporal.workflow.start(WORKFLOW_TYPES.draftPrd, {
      workflowId,
      taskQueue: request.taskQueue,
      args: [redactValues(request.input)],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      staticSummary: markdownText(`PRD draft · ${request.input.project}`, 160),
      staticDetails: `- **model** ${markdownCode(formatModelReference(request.input.model))}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    isKnown = true;
  }
  try {
    const result: unknown = await temporal.workflow.getHandle(workflowId).result();
    return { ...prdDraftSchema.parse(result), isKnown };
  } catch (error) {
    throw error instanceof WorkflowFailedError ? draftFailed(error) : error;
  }
}

function draftFailed(error: WorkflowFailedError): CodetetherError {
  let cause: unknown = error.cause;
  while (cause instanceof ActivityFailure && cause.cause !== undefined) cause = cause.cause;
  const code = cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
  const message = cause instanceof Error ? cause.message : error.message;
  const details = cause instanceof ApplicationFailure ? (cause.details?.[0] ?? {}) : {};
  if (code === 'ERR_PRD_DRAFT_INVALID') {
    return new CodetetherError('ERR_PRD_DRAFT_INVALID', {
      message,
      hint: 'say more exactly what is wanted, or name a stronger model with -m, then run the command again',
      data: { details },
    });
  }
  return new InfrastructureError(code === '' ? 'ERR_UNEXPECTED' : code, {
    message: `the PRD could not be drafted: ${message}`,
    hint: 'look at the workflow in the Temporal UI, then run the same command again',
    isRetryable: false,
  });
}
