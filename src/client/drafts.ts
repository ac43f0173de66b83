import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type Client,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import {
  prdDraftSchema,
  scriptDraftSchema,
  WORKFLOW_TASK_TIMEOUT_MS,
  WORKFLOW_TYPES,
  type DraftPrdInput,
  type DraftScriptInput,
  type PrdDraft,
  type ScriptDraft,
} from '../contracts/index.js';
import {
  CodetetherError,
  formatModelReference,
  InfrastructureError,
  markdownCode,
  markdownText,
  type ModelReference,
} from '../domain/index.js';
import { redactValues } from '../observability/index.js';

/** One draft to make, or to come back to. */
export interface DraftRequest<Input> {
  readonly temporal: Client;
  readonly taskQueue: string;
  /** The same id for the same request: an open draft is joined, a finished one is read again without paying. */
  readonly workflowId: string;
  readonly input: Input;
}

/** Whether an earlier command had the draft made. */
interface Known {
  readonly isKnown: boolean;
}

/** A draft and whether an earlier command had it made. */
export type DraftedPrd = PrdDraft & Known;

/** See {@link DraftedPrd}. */
export type DraftedScript = ScriptDraft & Known;

interface DraftKind {
  readonly type: string;
  /** For people: `PRD`. */
  readonly noun: string;
  /** What it is about, in Temporal's lists. */
  readonly title: string;
  /** Of the failure when the model made none. */
  readonly code: string;
}

/**
 * Has a PRD drafted and waits for it, however long that takes; the workflow goes on when the caller dies. Throws
 * `ERR_PRD_DRAFT_INVALID` (exit 1) when the model made no valid PRD, and what ended the model call else (exit 3).
 */
export async function draftPrd(request: DraftRequest<DraftPrdInput>): Promise<DraftedPrd> {
  const { result, isKnown } = await drafted(request, {
    type: WORKFLOW_TYPES.draftPrd,
    noun: 'PRD',
    title: request.input.project,
    code: 'ERR_PRD_DRAFT_INVALID',
  });
  return { ...prdDraftSchema.parse(result), isKnown };
}

/** Has a script drafted; as {@link draftPrd}, with `ERR_SCRIPT_DRAFT_INVALID`. */
export async function draftScript(request: DraftRequest<DraftScriptInput>): Promise<DraftedScript> {
  const { result, isKnown } = await drafted(request, {
    type: WORKFLOW_TYPES.draftScript,
    noun: 'script',
    title: request.input.task,
    code: 'ERR_SCRIPT_DRAFT_INVALID',
  });
  return { ...scriptDraftSchema.parse(result), isKnown };
}

async function drafted(
  request: DraftRequest<{ readonly model: ModelReference }>,
  kind: DraftKind,
): Promise<{ readonly result: unknown } & Known> {
  const { temporal, workflowId } = request;
  let isKnown = false;
  try {
    await temporal.workflow.start(kind.type, {
      workflowId,
      taskQueue: request.taskQueue,
      args: [redactValues(request.input)],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      staticSummary: markdownText(`${kind.noun} draft · ${kind.title}`, 160),
      staticDetails: `- **model** ${markdownCode(formatModelReference(request.input.model))}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    isKnown = true;
  }
  try {
    return { result: await temporal.workflow.getHandle(workflowId).result(), isKnown };
  } catch (error) {
    throw error instanceof WorkflowFailedError ? draftFailed(error, kind) : error;
  }
}

function draftFailed(error: WorkflowFailedError, { noun, code: none }: DraftKind): CodetetherError {
  let cause: unknown = error.cause;
  while (cause instanceof ActivityFailure && cause.cause !== undefined) cause = cause.cause;
  const code = cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
  const message = cause instanceof Error ? cause.message : error.message;
  const details = cause instanceof ApplicationFailure ? (cause.details?.[0] ?? {}) : {};
  if (code === none) {
    return new CodetetherError(none, {
      message,
      hint: 'say more exactly what is wanted, or name a stronger model with -m, then run the command again',
      data: { details },
    });
  }
  return new InfrastructureError(code === '' ? 'ERR_UNEXPECTED' : code, {
    message: `the ${noun} could not be drafted: ${message}`,
    hint: 'look at the workflow in the Temporal UI, then run the same command again',
    isRetryable: false,
  });
}
