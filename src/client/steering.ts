import { updateRun } from './run-update.js';
import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ResumeRequest, RUN_UPDATES } from '../contracts/index.js';
import {
  describeHold,
  InvalidInputError,
  isEnded,
  type OperatorHold,
  type RunRecord,
  type Story,
} from '../domain/index.js';
import { liftHolds, operatorHolds } from './operator.js';

/**
 * What people may ask of an open run. Each answers with one sentence; throws InvalidInputError (exit 2) with the run's own code
 * when the run refuses (`ERR_STORY_UNKNOWN`, `ERR_STORY_DONE`, `ERR_STORY_OPEN`, `ERR_STORY_EXISTS`,
 * `ERR_STORY_NOT_BLOCKED`, `ERR_ASK_OTHER`, `ERR_REQUEST_INVALID`, `ERR_RUN_ENDED`), and as `readRun` does.
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
  /** Answers what the agent of a story asks, or tells a blocked story what it needs. */
  answerStory(runId: string, story: string, answer: string | GivenAnswer): Promise<string>;
  /** Has a story done again, also one that passed or is worked on, with what is to be changed about it. */
  requestChanges(runId: string, story: string, text: string): Promise<string>;
  /** Tells the agent of a story or subtask something before its next model call. */
  messageSubtask(runId: string, subtask: string, text: string): Promise<string>;
}

/** An answer to one question: refused (`ERR_ASK_OTHER`) where another one is open by then. */
export interface GivenAnswer {
  readonly text: string;
  /** `data.call` of the event that asked. */
  readonly call: string;
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
    if (isEnded(record.status)) throw ended(record, record.status);
    const handle = temporal.workflow.getHandle(record.workflowId);
    return ask(handle, { record, update, input, temporal });
  };
  return {
    pauseRun: (runId, reason) => send(runId, 'pause', { reason }),
    async resumeRun(runId, request) {
      const record = await read(runId);
      const lifted = isEnded(record.status)
        ? 0
        : await liftHolds(temporal, await operatorHolds(temporal, record));
      const answer = await send(runId, 'resume', request);
      return lifted === 0 ? answer : `${lifted} pauses of a Temporal operator are over; ${answer}`;
    },
    skipStory: (runId, story) => send(runId, 'skip', { story }),
    retryStory: (runId, story) => send(runId, 'retry', { story }),
    addStory: (runId, story) => send(runId, 'add', { story }),
    answerStory: (runId, story, answer) =>
      send(runId, 'answer', { story, ...(typeof answer === 'string' ? { text: answer } : answer) }),
    requestChanges: (runId, story, text) => send(runId, 'changes', { story, text }),
    messageSubtask: (runId, story, text) => send(runId, 'message', { story, text }),
  };
}

async function ask(
  handle: WorkflowHandle,
  { record, update, input, temporal }: Asked,
): Promise<string> {
  const { runId } = record;
  try {
    return await updateRun(handle, update, input);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw ended(record, 'its workflow is gone');
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      throw new InvalidInputError(error.cause.type ?? 'ERR_REQUEST_INVALID', {
        message: `run ${runId} refuses: ${error.cause.message}`,
        hint: `codetether runs show ${runId}`,
      });
    }
    if (error instanceof ServiceError) {
      const [hold] = await operatorHolds(temporal, record).catch(() => []);
      if (hold !== undefined) throw held(record, hold);
    }
    throw error;
  }
}

interface Asked {
  readonly record: RunRecord;
  readonly update: keyof typeof RUN_UPDATES;
  readonly input: object;
  readonly temporal: Client;
}

/** A workflow that is paused in Temporal answers nobody. */
function held(record: RunRecord, hold: OperatorHold): InvalidInputError {
  return new InvalidInputError('ERR_RUN_HELD', {
    message: `run ${record.runId} cannot answer: ${describeHold(hold, record.workflowId)}`,
    hint: `codetether runs resume ${record.runId}`,
  });
}

function ended({ runId, prdPath, kind }: RunRecord, how: string): InvalidInputError {
  return new InvalidInputError('ERR_RUN_ENDED', {
    message: `run ${runId} has ended already: ${how}`,
    hint: `codetether runs show ${runId}; ${kind === 'swarm' ? `codetether swarm retry ${runId} goes on behind its finished subtasks` : kind === 'session' ? `codetether run -s ${runId} goes on with it` : `codetether ralph run -p ${prdPath} goes on behind its passed stories`}`,
  });
}
