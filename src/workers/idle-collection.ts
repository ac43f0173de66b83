import { Session } from 'node:inspector';
import { getHeapStatistics } from 'node:v8';
import { BroadcastChannel } from 'node:worker_threads';
import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';

/** Tells when a worker has nothing to do. */
export interface IdleNotice {
  /** For the worker's `interceptors.activity`. */
  intercept(context: Context): { inbound: ActivityInboundCallsInterceptor };
  /** Counts from now on: a worker that only started is idle, too. */
  start(): void;
  /** Tells nothing any more. */
  close(): void;
}

/** Between two steps of a run there is less. */
const QUIET_MS = 1000;
/** Less garbage is not worth a collection, which holds a thread for some 100 ms. */
const MIN_GROWTH_BYTES = 4 * 1024 * 1024;
const CHANNEL = 'codetether-idle';

/**
 * Tells every thread of this process when no activity, not even one that waits for a model, has run for a second: once each
 * time that work ends.
 */
export function createIdleNotice(quietMs = QUIET_MS): IdleNotice {
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  let running = 0;
  let patience: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(patience);
    patience = setTimeout(() => channel.postMessage(null), quietMs).unref();
  };
  return {
    start: wait,
    intercept: () => ({
      inbound: {
        async execute(input, proceed) {
          running += 1;
          clearTimeout(patience);
          try {
            return await proceed(input);
          } finally {
            running -= 1;
            if (running === 0) wait();
          }
        },
      },
    }),
    close: () => {
      clearTimeout(patience);
      channel.close();
    },
  };
}

/**
 * Collects the garbage of this thread at each idle notice. V8 looks at allocation alone: what a run left behind would stay until the
 * next one has made as much again, tens of megabytes in an idle process. Gives the function that ends it.
 */
export function collectWhenIdle(): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  let kept = 0;
  channel.onmessage = () => {
    if (usedBytes() - kept < MIN_GROWTH_BYTES) return;
    collectGarbage(() => {
      kept = usedBytes();
    });
  };
  channel.unref();
  return () => channel.close();
}

const usedBytes = (): number => getHeapStatistics().used_heap_size;

/** Collects as a debugger would ask for it: unlike V8's `gc` this gives the emptied pages back to the system, a fifth of a worker's memory. */
function collectGarbage(then: () => void): void {
  const session = new Session();
  session.connect();
  session.post('HeapProfiler.collectGarbage', () => {
    // a session that is closed inside its own answer leaves the thread hanging (Node 20.20)
    setImmediate(() => {
      session.disconnect();
      then();
    });
  });
}
