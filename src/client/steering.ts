import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { RUN_UPDATES, type ResumeRequest } from '../contracts/index.js';
import { InvalidInputError, isEnded, type RunRecord, type Story } from '../domain/index.js';

/**
 * What people may ask of an open run. Each answers with one sentence; throws InvalidInputError (exit 2) with the run's own code
 * when the run refuses (`ERR_STORY_UNKNOWN`, `ERR_STORY_DONE`, `ERR_STORY_OPEN`, `ERR_STORY_EXISTS`,
 * `ERR_STORY_NOT_BLOCKED`, `ERR_REQUEST_INVALID`, `ERR_RUN_ENDED`), and as `readRun` does.
 */
export interface Steering {
  /** Agents stop before their next model call, and no story begins. */
  pauseRun(runId: string, reason: string): Promise<string>;
  /** Ends a pause, lets waiting agents try at once, and replaces the limits that are given. */
  resumeRun(runId: string, request: ResumeRequest): Promise<string>;
  /** Leaves a story out; one that is worked on is stopped. */
  skipStory(runId: string, story: string): Promise<string>;
  /** Opens a story again that failed, is blocked or was skipped. */
  retryStory(runId: string, story: string): Promise<string>;
  addStory(runId: string, story: Story): Promise<string>;
  /** Tells a blocked story what it asked for. */
  answerStory(runId: string, story: string, text: string): Promise<string>;
}

/** Steering over a Temporal client; `read` gives the record of a run or throws. */
export function createSteering(
  temporal: Client,
  read: (runId: string) => Promise<RunRecord>,
): Steering {
  const send = async (
    runId: string,
    update: keyof typeof RUN_UPDATES,
    input: object,
  ): Promise<string> => {
    const record = await read(runId);
    if (isEnded(record.status)) throw ended(runId, record.status);
    const handle = temporal.workflow.getHandle(record.workflowId);
    return ask(handle, { runId, update, input });
  };
  return {
    pauseRun: (runId, reason) => send(runId, 'pause', { reason }),
    resumeRun: (runId, request) => send(runId, 'resume', request),
    skipStory: (runId, story) => send(runId, 'skip', { story }),
    retryStory: (runId, story) => send(runId, 'retry', { story }),
    addStory: (runId, story) => send(runId, 'add', { story }),
    answerStory: (runId, story, text) => send(runId, 'answer', { story, text }),
  };
}

async function ask(
  handle: WorkflowHandle,
  {
    runId,
    update,
    input,
  }: { readonly runId: string; readonly update: keyof typeof RUN_UPDATES; readonly input: object },
): Promise<string> {
  try {
    return await handle.executeUpdate(RUN_UPDATES[update], { args: [input] });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw ended(runId, 'its workflow is gone');
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      throw new InvalidInputError(error.cause.type ?? 'ERR_REQUEST_INVALID', {
        message: `run ${runId} refuses: ${error.cause.message}`,
        hint: `codetether runs show ${runId}`,
      });
    }
    throw error;
  }
}

function ended(runId: string, how: string): InvalidInputError {
  return new InvalidInputError('ERR_RUN_ENDED', {
    message: `run ${runId} has ended already: ${how}`,
    hint: `codetether runs show ${runId}; starting the same PRD again goes on behind its passed stories`,
  });
}
