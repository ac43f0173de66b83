import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
  TerminatedFailure,
  WorkflowIdReusePolicy,
  type SignalDefinition,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../contracts/index.js';
import { markdownText, type AgentInput, type AgentProfile } from '../../domain/index.js';
import type { Spender } from './spender.js';
import type { Steps } from './step.js';

/** One child to start. */
export interface ChildStart {
  readonly type: string;
  readonly workflowId: string;
  readonly input: object;
  /** One line for Temporal's web interface. */
  readonly summary: string;
  /** Lines of Markdown; text from outside has come through `markdownText`. */
  readonly details: readonly string[];
  /**
   * What the child's work rests on. When Temporal knows its id already, because this workflow was reset to before the start, a
   * child with the same words is taken over; another one is ended, and the work begins anew.
   */
  readonly basis: string;
}

/** A child that works, started by this execution of the workflow or taken over from the one before a reset. */
export interface Child<Result> {
  signal<Args extends unknown[]>(signal: SignalDefinition<Args>, ...args: Args): Promise<void>;
  result(): Promise<Result>;
}

const SUMMARY_LIMIT = 160;

/** What an agent below another one has of it, wherever it is started. */
export function inherited(
  { runId, story, attempt, workspace, waitLimitMs, limitRule }: AgentInput,
  { isPaused }: Spender,
) {
  return {
    runId,
    ...(story === undefined ? {} : { story }),
    ...(attempt === undefined ? {} : { attempt }),
    workspace,
    isPaused,
    ...(waitLimitMs === undefined ? {} : { waitLimitMs }),
    ...(limitRule === undefined ? {} : { limitRule }),
  };
}

/** What people defined for an agent binds whoever it starts. */
export function boundBy({
  definitions,
}: Pick<AgentProfile, 'definitions'>): Pick<AgentProfile, 'definitions'> {
  return definitions === undefined ? {} : { definitions };
}

/** Starts a child, or takes over the one that an execution before a reset had started. */
export async function startOrTakeOver<Result>(
  steps: Steps,
  start: ChildStart,
): Promise<Child<Result>> {
  try {
    return await begin<Result>(start, WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return takeOver(steps, start);
  }
}

async function begin<Result>(
  { type, workflowId, input, summary, details, basis }: ChildStart,
  workflowIdReusePolicy: WorkflowIdReusePolicy,
): Promise<Child<Result>> {
  const child = await startChild<(input: object) => Promise<Result>>(type, {
    workflowId,
    workflowIdReusePolicy,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: markdownText(summary, SUMMARY_LIMIT),
    staticDetails: details.map((line) => `- ${line}`).join('\n'),
    memo: { basis },
    args: [input],
  });
  return {
    signal: (signal, ...args) => child.signal(signal, ...args),
    result: () => child.result(),
  };
}

/**
 * A child of an execution before a reset no longer belongs to this one: an activity waits for it, and ends it when this work is
 * cancelled. One that does something else, or ended without a result, is done anew.
 */
async function takeOver<Result>(steps: Steps, start: ChildStart): Promise<Child<Result>> {
  const { workflowId, basis } = start;
  const handle = getExternalWorkflowHandle(workflowId);
  const found = await steps.once('findChild', {
    summary: `look for ${workflowId}`,
    args: { workflowId, basis },
  });
  if (!found.isUsable) return begin<Result>(start, WorkflowIdReusePolicy.ALLOW_DUPLICATE);
  return {
    signal: (signal, ...args) => handle.signal(signal, ...args),
    result: async () => {
      const { result } = await steps.once('followChild', {
        summary: `wait for ${workflowId}, which was begun before a reset`,
        args: { workflowId },
      });
      return result as Result;
    },
  };
}

/** The work of an execution before a reset took another way: what it had noted of its steps fits no more. */
const DIVERGED = new Set(['ERR_JOURNAL_MISMATCH', 'ERR_STEP_RECORD_INVALID']);

/** Why a child has no result although its work did not fail, in words; undefined for every other failure. */
export function outsideReason(error: unknown): string | undefined {
  if (!(error instanceof ChildWorkflowFailure || error instanceof ActivityFailure))
    return undefined;
  const cause = innermostCause(error);
  if (cause instanceof TerminatedFailure) return 'terminated by Temporal operator';
  if (!(cause instanceof ApplicationFailure)) return undefined;
  if (cause.type === 'ERR_CHILD_ENDED') return 'terminated by Temporal operator';
  return DIVERGED.has(cause.type ?? '')
    ? `stopped: its steps had been taken in another way before, as after a reset in Temporal (${cause.type ?? ''})`
    : undefined;
}

function innermostCause(error: unknown): unknown {
  let current = error;
  while (
    (current instanceof ChildWorkflowFailure || current instanceof ActivityFailure) &&
    current.cause !== undefined
  )
    current = current.cause;
  return current;
}
