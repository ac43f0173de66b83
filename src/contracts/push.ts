import type { PushOrder } from '../domain/index.js';

/** Registered name of the activity that delivers the updates of a task to one address: a public contract. */
export const PUSH_ACTIVITY = 'deliverPush';

/** Id of the one delivery of a configuration as it was set. */
export function pushActivityId({ taskId, id, generation }: PushOrder): string {
  return `push/${taskId}/${id}/${generation}`;
}

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

/**
 * Times of a delivery, in milliseconds. It lives as long as its task; a worker that died is noticed by its heartbeat. Tries are paused
 * by the delivery itself, and ended by it: what counts is how often an address failed, not how often a worker died.
 */
export const PUSH_TIMES = {
  startToCloseTimeout: 90 * DAY,
  scheduleToCloseTimeout: 90 * DAY,
  heartbeatTimeout: 30 * SECOND,
  retry: {
    initialInterval: SECOND,
    backoffCoefficient: 2,
    maximumInterval: 30 * SECOND,
    maximumAttempts: 100_000,
  },
} as const;
