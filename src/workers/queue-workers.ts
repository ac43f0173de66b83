import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { hostQueue } from '../contracts/index.js';
import type { ServedBundles, ServedQueue } from '../domain/index.js';
import type { Logger } from '../observability/index.js';
import {
  bundlePath,
  openWorkflows,
  readServedBundles,
  removeBundle,
  unusedBundles,
  writeServedBundles,
} from '../host/index.js';

/** What {@link createQueueWorkers} works with. */
export interface QueueWorkersOptions {
  readonly client: Client;
  readonly home: string;
  readonly hostId: string;
  readonly served: ServedBundles;
  /** The bundle of this build. */
  readonly bundle: { readonly digest: string; readonly codePath: string };
  readonly create: (taskQueue: string, codePath: string) => Promise<Worker>;
  readonly logger: Logger;
}

/** The workers of all queues of this host. */
export interface QueueWorkers {
  /** Runs until `stop` and everything is drained; rejects when the worker of new runs fails. */
  run(stop: AbortSignal): Promise<void>;
}

interface OlderWorker {
  readonly queue: ServedQueue;
  readonly worker: Worker;
}

/** Between looks at queues of older bundles; there is nothing to look at but after an upgrade. */
const DRAIN_POLL_MS = 5000;

/**
 * One worker for new runs, and one for each queue whose open workflows need an older bundle. An older bundle that cannot be
 * loaded is noted with the reason: its runs stay open, and nothing of them is lost.
 */
export async function createQueueWorkers(options: QueueWorkersOptions): Promise<QueueWorkers> {
  const { hostId, served, bundle } = options;
  const newest = await options.create(hostQueue(hostId, served.generation), bundle.codePath);
  const older: OlderWorker[] = [];
  const noted: ServedQueue[] = [];
  for (const queue of served.older) {
    const { worker, problem } = await createOlder(options, queue);
    noted.push({ ...queue, problem });
    if (worker !== null) older.push({ queue, worker });
  }
  if (noted.length > 0) writeServedBundles(options.home, { ...served, older: noted });
  return { run: (stop) => runAll(options, { newest, older, stop }) };
}

async function createOlder(
  options: QueueWorkersOptions,
  queue: ServedQueue,
): Promise<{ worker: Worker | null; problem: string | null }> {
  const { home, hostId, bundle, logger } = options;
  const codePath =
    queue.digest === bundle.digest ? bundle.codePath : bundlePath(home, queue.digest);
  const taskQueue = hostQueue(hostId, queue.generation);
  const note = (code: string, reason: string) => {
    const problem = `${code}: ${reason}`;
    logger.log('error', 'open runs wait for their own version', { task_queue: taskQueue, problem });
    return { worker: null, problem };
  };
  if (!existsSync(codePath)) {
    return note('ERR_BUNDLE_MISSING', 'the workflow bundle that started these runs was not kept');
  }
  try {
    const worker = await options.create(taskQueue, codePath);
    logger.log('info', 'an older bundle serves its open runs', {
      task_queue: taskQueue,
      digest: queue.digest.slice(0, 12),
    });
    return { worker, problem: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return note('ERR_BUNDLE_UNUSABLE', `this version cannot load the older bundle: ${reason}`);
  }
}

async function runAll(
  options: QueueWorkersOptions,
  running: {
    readonly newest: Worker;
    readonly older: readonly OlderWorker[];
    readonly stop: AbortSignal;
  },
): Promise<void> {
  const { newest, older, stop } = running;
  const halt = (): void => {
    for (const worker of [newest, ...older.map((entry) => entry.worker)])
      if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const ended = new AbortController();
  const runs = [newest.run(), ...older.map((entry) => runOlder(options, entry))];
  const drains = older.map((entry) => drainWhenOver(options, entry, ended.signal));
  if (stop.aborted) halt();
  else stop.addEventListener('abort', halt, { once: true });
  try {
    await runs[0];
  } finally {
    ended.abort();
    halt();
    await Promise.all([...runs.slice(1), ...drains]);
  }
}

/** A failing older worker must not take the newest with it. */
async function runOlder(options: QueueWorkersOptions, { queue, worker }: OlderWorker) {
  try {
    await worker.run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.logger.log('error', 'the worker of an older bundle ended', { error });
    change(options.home, (served) => ({
      ...served,
      older: served.older.map((entry) =>
        entry.generation === queue.generation
          ? { ...entry, problem: `ERR_BUNDLE_UNUSABLE: its worker ended: ${reason}` }
          : entry,
      ),
    }));
  }
}

/** Ends the older worker once nothing is open on its queue, seen twice: a listing may lag behind. */
async function drainWhenOver(
  options: QueueWorkersOptions,
  { queue, worker }: OlderWorker,
  ended: AbortSignal,
): Promise<void> {
  const taskQueue = hostQueue(options.hostId, queue.generation);
  let emptyLooks = 0;
  while (emptyLooks < 2) {
    await delay(DRAIN_POLL_MS, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    const open = await openWorkflows(options.client, taskQueue).catch(() => undefined);
    emptyLooks = open?.length === 0 ? emptyLooks + 1 : 0;
  }
  change(options.home, (served) => ({
    ...served,
    older: served.older.filter(({ generation }) => generation !== queue.generation),
  }));
  for (const digest of unusedBundles(options.home)) removeBundle(options.home, digest);
  options.logger.log('info', 'no run needs the older bundle any more', { task_queue: taskQueue });
  if (worker.getState() === 'RUNNING') worker.shutdown();
}

function change(home: string, edit: (served: ServedBundles) => ServedBundles): void {
  const served = readServedBundles(home);
  if (served !== null) writeServedBundles(home, edit(served));
}
