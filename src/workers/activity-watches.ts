import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { processEnvironment } from '../config/index.js';
import { sleepInhibition } from '../host/index.js';
import type { Logger } from '../observability/index.js';
import { homePaths } from '../platform/index.js';
import { createIdleNotice, type IdleNotice } from './idle-collection.js';
import { openInflight, type InflightRecorder } from './inflight.js';
import { createSleepGuard, type SleepGuard } from './sleep-guard.js';

/** All that sees each activity of a worker begin and end. */
export interface ActivityWatches {
  /** To be closed only by a worker that ends in order. */
  readonly inflight: InflightRecorder;
  readonly idle: IdleNotice;
  /** For the worker's `interceptors.activity`. */
  readonly interceptors: ActivityInterceptorsFactory[];
  /** Ends all but the notes of what runs. */
  close(): void;
}

/** Watches over the activities of this process: notes what runs, keeps the machine awake where that is wished, tells when nothing runs. */
export function watchActivities(
  home: string,
  options: { readonly logger: Logger; readonly inhibitsSleep: boolean },
): ActivityWatches {
  const inflight = openInflight(homePaths(home).inflight);
  const idle = createIdleNotice();
  const awake = options.inhibitsSleep ? guardSleep(options.logger) : null;
  const watches = [inflight, idle, ...(awake === null ? [] : [awake])];
  return {
    inflight,
    idle,
    interceptors: watches.map((watch) => (activity) => watch.intercept(activity)),
    close: () => {
      awake?.close();
      idle.close();
    },
  };
}

function guardSleep(logger: Logger): SleepGuard {
  const searchPath = processEnvironment()['PATH'] ?? '';
  return createSleepGuard({ inhibition: () => sleepInhibition({ searchPath }), logger });
}
