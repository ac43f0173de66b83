import {
  ApplicationFailure,
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { WORKFLOW_TYPES, type SessionInput } from '../contracts/index.js';
import {
  formatModelReference,
  InvalidInputError,
  markdownCode,
  markdownText,
  NO_SETUP,
  type RunPlan,
  type RunRecord,
} from '../domain/index.js';
import { isDropped } from './run-update.js';
import { startOptions } from './start-options.js';

/** Id of a session's workflow: the same each time when it is started. */
export function sessionWorkflowId(runId: string): string {
  return `session/${runId}`;
}

/** What a session is held to. */
export function planOfSession(record: RunRecord): RunPlan {
  const { runId, repository, prdPath, workdir = '.', branch, checks, setup = NO_SETUP } = record;
  return { version: 1, runId, repository, prdPath, workdir, branch, checks, setup };
}

/** What is asked of a session. */
interface SessionRequest<Answer> {
  readonly input: SessionInput;
  readonly update: UpdateDefinition<Answer, [unknown]>;
  readonly request: { readonly messageId: string };
}

/** The workflow may end in the very moment in which it is asked; the next one takes the request. */
const TRIES = 10;

/** Asks a session, and starts its workflow with the request where it does not run. Throws what the session refuses as InvalidInputError. */
export async function askSession<Answer>(
  { temporal, taskQueue }: { readonly temporal: Client; readonly taskQueue: string },
  { input, update, request }: SessionRequest<Answer>,
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const startWorkflowOperation = new WithStartWorkflowOperation(
      WORKFLOW_TYPES.session,
      sessionStart(taskQueue, input),
    );
    try {
      return await temporal.workflow.executeUpdateWithStart(update, {
        args: [request],
        updateId: request.messageId,
        startWorkflowOperation,
      });
    } catch (error) {
      if (tries === TRIES || !isPassing(error)) throw refusalOf(error) ?? error;
    }
  }
}

function sessionStart(taskQueue: string, input: SessionInput) {
  const { opening } = input;
  const { workflowIdConflictPolicy: _fails, ...start } = startOptions({
    workflowId: sessionWorkflowId(input.runId),
    taskQueue,
    input: { ...input, project: opening?.project ?? '' },
    kind: 'session',
    place: opening?.repository ?? '',
    about: opening?.feature ?? input.runId,
    model: opening?.options.model ?? null,
    details: [
      `**session** ${markdownCode(input.runId)}`,
      ...(opening === null ? [] : openingDetails(opening)),
    ],
  });
  return {
    ...start,
    args: [input] as [SessionInput],
    // one that works takes the request along
    workflowIdConflictPolicy: 'USE_EXISTING',
  } as const;
}

function openingDetails({ session, options }: RunRecord): string[] {
  return [
    `**folder** ${markdownCode(session?.folder ?? '')}`,
    `**agent** ${markdownText(session?.agent ?? 'chat')}`,
    `**model** ${markdownCode(formatModelReference(options.model))}`,
  ];
}

/** True when nothing was applied because the workflow ended just then. */
function isPassing(error: unknown): boolean {
  if (isDropped(error)) return true;
  if (!(error instanceof WorkflowUpdateFailedError)) return false;
  const { cause } = error;
  return cause instanceof ApplicationFailure && cause.type === 'AcceptedUpdateCompletedWorkflow';
}

const HINTS: Readonly<Record<string, string>> = {
  ERR_SESSION_BUSY: 'wait until it has answered: codetether attach ID',
  ERR_SESSION_FULL: 'go on in a copy: codetether session fork ID',
  ERR_SESSION_TURN: 'codetether session show ID lists the prompts',
  ERR_SESSION_NO_FILES: 'take the conversation alone back: --conversation',
  ERR_SESSION_UNKNOWN: 'codetether session list --all shows the known ones',
};

/** What the session itself refused, for people; undefined for every other failure. */
function refusalOf(error: unknown): InvalidInputError | undefined {
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  const code = cause.type ?? '';
  const hint = HINTS[code];
  return hint === undefined
    ? undefined
    : new InvalidInputError(code, { message: cause.message, hint });
}
