import { setTimeout as delay } from 'node:timers/promises';
import { ActivityNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { OPEN_WORKFLOWS } from '../contracts/index.js';
import { unreachable, type TemporalTarget } from '../host/index.js';
import type { RunningAttempt } from './lost-activities.js';

const CONNECT_TIMEOUT_MS = 60_000;
const RETRY_MS = 100;
/** Back at work at once; not zero, so that a task that kills its worker does not spin. */
const RETRY_DELAY_MS = 50;
/** States of Temporal's API in which an attempt counts as given out: started, to be cancelled, to be paused. */
const GIVEN_OUT: ReadonlySet<number> = new Set([2, 3, 5]);

/** Connects to a server that may only be starting. Throws `ERR_TEMPORAL_UNREACHABLE` after a minute. */
export async function connectWorker(target: TemporalTarget): Promise<NativeConnection> {
  const deadline = Date.now() + CONNECT_TIMEOUT_MS;
  for (;;) {
    try {
      return await NativeConnection.connect(target.connectionOptions);
    } catch (error) {
      if (Date.now() > deadline) throw unreachable(target, error);
      await delay(RETRY_MS);
    }
  }
}

/** Ends attempts of dead workers; one that is over already is ignored. */
export interface AttemptFailer {
  byToken(taskToken: Uint8Array): Promise<void>;
  byId(attempt: RunningAttempt): Promise<void>;
}

/** Ends activity attempts so that they are tried again at once. */
export function attemptFailer(client: Client): AttemptFailer {
  const failure = ApplicationFailure.create({
    type: 'ERR_WORKER_DIED',
    message: 'the worker process that ran this attempt died',
    nonRetryable: false,
    nextRetryDelay: RETRY_DELAY_MS,
  });
  const unlessOver = async (ended: Promise<void>): Promise<void> => {
    try {
      await ended;
    } catch (error) {
      if (!(error instanceof ActivityNotFoundError)) throw error;
    }
  };
  return {
    byToken: (taskToken) => unlessOver(client.activity.fail(taskToken, failure)),
    byId: ({ workflowId, runId, activityId }) =>
      unlessOver(client.activity.fail({ workflowId, runId, activityId }, failure)),
  };
}

/** Activity attempts that the server counts as started, of all open workflows. */
export async function* runningAttempts(client: Client): AsyncGenerator<RunningAttempt> {
  for await (const { workflowId, runId } of client.workflow.list({
    query: OPEN_WORKFLOWS,
  })) {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
    for (const { activityId, lastWorkerIdentity, state } of raw.pendingActivities ?? []) {
      if (!GIVEN_OUT.has(state ?? 0) || typeof activityId !== 'string') continue;
      yield { workflowId, runId, activityId, worker: lastWorkerIdentity ?? '' };
    }
  }
}
