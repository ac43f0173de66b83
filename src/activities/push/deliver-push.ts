import { ApplicationFailure } from '@temporalio/common';
import {
  isLastPush,
  pushBody,
  pushedNumber,
  pushOrderSchema,
  visibleLine,
  type Pushed,
  type PushOrder,
  type PushRecord,
  type PushStatus,
} from '../../domain/index.js';
import type { PushAnswer, PushFiles, PushPost } from '../../platform/index.js';
import { bindSteps, defineStep, type Activities } from '../lib/step.js';

/** What deliveries need; built once per worker. */
export interface PushDependencies {
  readonly pushes: Pick<PushFiles, 'read' | 'readStatus' | 'writeStatus'>;
  /** What happens in a task behind `cursor`, until its end; see `follow` of the task service. Ends when `signal` aborts. */
  readonly updatesOf: (wanted: {
    readonly taskId: string;
    readonly cursor: number;
    readonly signal: AbortSignal;
  }) => AsyncIterable<Pushed>;
  readonly post: (post: PushPost) => Promise<PushAnswer>;
  /** Failures in a row after which an address is given up. Default 20: about an hour. */
  readonly mostFailures?: number;
  /** Before the try behind so many failures, in milliseconds. Default: a second, then twice as long each time, at most five minutes. */
  readonly pauseMs?: (failures: number) => number;
}

/** How a delivery ended. */
export interface PushEnd {
  readonly end: 'done' | 'disabled' | 'replaced';
}

const TIMEOUT_MS = 20_000;
const MOST_FAILURES = 20;
const LONGEST_PAUSE_MS = 5 * 60_000;
const REASON = 400;

function usualPause(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(failures - 1, 20));
}

/** A try that failed: the next one is made after the pause, by whichever worker is there. */
class FailedTry extends Error {
  /** Undefined = as long as Temporal pauses by itself. */
  readonly pauseMs: number | undefined;

  constructor(reason: string, pauseMs?: number) {
    super(reason);
    this.pauseMs = pauseMs;
  }
}

const FRESH: PushStatus = {
  state: 'active',
  delivered: 0,
  failures: 0,
  lastError: null,
  lastTryAt: null,
};

/**
 * Delivers the updates of a task to one address, in order, each at least once: the number of the newest that arrived is on disk before
 * the next one is sent. Whoever starts it names a configuration and brings nothing that is sent or decides where to.
 */
const deliverPush = defineStep<PushDependencies>()({
  input: pushOrderSchema,
  async run(order, { dependencies, heartbeat, signal }): Promise<PushEnd> {
    const { pushes, updatesOf } = dependencies;
    const record = await pushes.read(order.taskId, order.id);
    if (record?.generation !== order.generation) return { end: 'replaced' };
    let status = (await pushes.readStatus(order)) ?? { ...FRESH, delivered: record.behind };
    if (status.state !== 'active') return { end: status.state };
    const watch = new AbortController();
    const both = AbortSignal.any([signal, watch.signal]);
    try {
      const { taskId } = order;
      for await (const pushed of updatesOf({ taskId, cursor: status.delivered, signal: both })) {
        if (!(await isCurrent(pushes, order))) return { end: 'replaced' };
        const delivery = { record, pushed, status, signal };
        status = await deliverOne(dependencies, order, delivery);
        heartbeat.progress({ delivered: status.delivered });
        if (status.state !== 'active') return { end: status.state };
      }
      signal.throwIfAborted();
      // A stream that ends before the task does is opened again.
      throw new FailedTry('the updates of the task ended before the task');
    } finally {
      watch.abort();
    }
  },
  explain: (error) =>
    error instanceof FailedTry
      ? ApplicationFailure.create({
          type: 'ERR_PUSH_FAILED',
          message: error.message,
          ...(error.pauseMs === undefined ? {} : { nextRetryDelay: error.pauseMs }),
        })
      : undefined,
});

async function isCurrent(
  pushes: PushDependencies['pushes'],
  { taskId, id, generation }: PushOrder,
): Promise<boolean> {
  return (await pushes.read(taskId, id))?.generation === generation;
}

interface Delivery {
  readonly record: PushRecord;
  readonly pushed: Pushed;
  readonly status: PushStatus;
  readonly signal: AbortSignal;
}

/** One post, and how the deliveries stand behind it, on disk. Throws FailedTry when it is to be tried again. */
async function deliverOne(
  { pushes, post, mostFailures = MOST_FAILURES, pauseMs = usualPause }: PushDependencies,
  order: PushOrder,
  { record, pushed, status, signal }: Delivery,
): Promise<PushStatus> {
  const answer = await post({ ...postOf(record, pushed), timeoutMs: TIMEOUT_MS, signal });
  const lastTryAt = new Date().toISOString();
  if (answer.kind === 'delivered') {
    const next: PushStatus = {
      state: isLastPush(pushed) ? 'done' : 'active',
      delivered: pushedNumber(pushed),
      failures: 0,
      lastError: null,
      lastTryAt,
    };
    await pushes.writeStatus(order, next);
    return next;
  }
  const isGone = answer.kind === 'gone';
  const reason = isGone ? 'the address is gone (status 410)' : answer.reason;
  const failures = status.failures + 1;
  const isOver = isGone || failures >= mostFailures;
  const next: PushStatus = {
    ...status,
    state: isOver ? 'disabled' : 'active',
    failures,
    lastError: visibleLine(reason).slice(0, REASON),
    lastTryAt,
  };
  await pushes.writeStatus(order, next);
  if (isOver) return next;
  throw new FailedTry(next.lastError ?? reason, pauseMs(failures));
}

function postOf({ config, contextId }: PushRecord, pushed: Pushed) {
  const { url, taskId, token, authentication, protocolVersion, baseUrl } = config;
  const { type, body } = pushBody(pushed, { taskId, contextId, baseUrl }, protocolVersion);
  const { scheme = '', credentials = '' } = authentication ?? {};
  return {
    url,
    body: JSON.stringify(body),
    headers: {
      'content-type': type,
      'a2a-version': protocolVersion,
      ...(token === undefined ? {} : { 'x-a2a-notification-token': token }),
      ...(scheme === '' ? {} : { authorization: `${scheme} ${credentials}`.trim() }),
    },
  };
}

const steps = { deliverPush };

/** Delivers updates of tasks to addresses of others. */
export type PushActivities = Activities<typeof steps>;

/** The deliveries of one worker. */
export function createPushActivities(dependencies: PushDependencies): PushActivities {
  return bindSteps(dependencies, steps);
}
