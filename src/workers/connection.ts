import { setTimeout as delay } from 'node:timers/promises';
import { ActivityNotFoundError, Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { unreachable, type TemporalTarget } from '../service/index.js';

const CONNECT_TIMEOUT_MS = 60_000;
const RETRY_MS = 100;
/** Back at work at once; not zero, so that a task that kills its worker does not spin. */
const RETRY_DELAY_MS = 50;

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

/** Ends an activity attempt of a dead worker by its task token; a task that is over already is ignored. */
export function taskFailer(
  connection: NativeConnection,
  namespace: string,
): (taskToken: Uint8Array) => Promise<void> {
  const client = new Client({ connection, namespace });
  const failure = ApplicationFailure.create({
    type: 'WorkerDied',
    message: 'the worker process that ran this attempt died',
    nonRetryable: false,
    nextRetryDelay: RETRY_DELAY_MS,
  });
  return async (taskToken) => {
    try {
      await client.activity.fail(taskToken, failure);
    } catch (error) {
      if (!(error instanceof ActivityNotFoundError)) throw error;
    }
  };
}
