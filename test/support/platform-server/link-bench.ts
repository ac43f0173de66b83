import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  CAPABILITIES,
  type LeftTask,
  type LinkEvent,
  type LinkOptions,
  runPlatformLink,
} from '../../../src/platform-link/index.js';
import { FakePlatformTasks, type FakeTask } from '../fake-platform-tasks.js';
import { temporaryFolder } from '../temporary-folder.js';
import {
  platformServer,
  type Dialect,
  type Fault,
  type PlatformServer,
  type Seen,
} from './platform-server.js';

/** Clocks of the worker, for tests: nothing waits long. */
export const QUICK = {
  pollMs: 60,
  heartbeatMs: 60,
  leaseMs: 60,
  quietMs: 60_000,
  silenceMs: 5000,
  firstPauseMs: 10,
  longestPauseMs: 50,
};

/** A worker that runs in this process. */
export interface RunningLink {
  readonly events: LinkEvent[];
  /** Stops it as Ctrl+C does. */
  stop(): Promise<readonly LeftTask[]>;
  /** The promise of the worker itself. */
  readonly done: Promise<readonly LeftTask[]>;
}

/** A platform, tasks and a folder, with workers that can be started one after the other. */
export interface LinkBench {
  readonly server: PlatformServer;
  readonly tasks: FakePlatformTasks;
  readonly folder: string;
  readonly start: (options?: Partial<LinkOptions>) => RunningLink;
}

/** See {@link LinkBench}. */
export async function linkBench(dialect: Dialect = 'new'): Promise<LinkBench> {
  const server = await platformServer(dialect);
  const tasks = new FakePlatformTasks();
  const folder = join(await temporaryFolder(), 'platform');
  return {
    server,
    tasks,
    folder,
    start(options = {}) {
      const stop = new AbortController();
      const events: LinkEvent[] = [];
      const done = runPlatformLink({
        options: { ...linkOptions(server.url, folder), ...options },
        tasks,
        fetch,
        onEvent: (event) => events.push(event),
        stop: stop.signal,
      });
      done.catch(() => undefined);
      onTestFinished(async () => {
        stop.abort();
        await done.catch(() => undefined);
      });
      return {
        events,
        done,
        async stop() {
          stop.abort();
          return done;
        },
      };
    },
  };
}

/** Options of a worker as its defaults are, with quick clocks. */
export function linkOptions(server: string, folder: string): LinkOptions {
  return {
    server,
    token: undefined,
    name: 'worker-of-tests',
    hostname: 'host-of-tests',
    prefix: undefined,
    capabilities: CAPABILITIES,
    workspaces: [],
    models: ['moonshotai/kimi-k2.5'],
    autoApprove: 'safe',
    maxTasks: 4,
    email: undefined,
    pushUrl: undefined,
    folder,
    pace: QUICK,
  };
}

/** Waits until it holds; fails after 15 s with what is known. */
export async function until(
  condition: () => boolean,
  known: () => unknown = () => '',
): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`it never came true: ${JSON.stringify(known())}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A bench whose tasks are done at once. */
export async function quickBench(dialect: 'old' | 'new' = 'new'): Promise<LinkBench> {
  const bench = await linkBench(dialect);
  bench.tasks.onTask = (task) => bench.tasks.complete(task, ['one', 'two'], 'the answer');
  return bench;
}

/** A task of the bench. */
export function taskOf({ tasks }: LinkBench, at = 0): FakeTask {
  const task = tasks.tasks[at];
  if (task === undefined) throw new Error('no such task was handed in');
  return task;
}

/** The worker has the platform's word that the task was given back. */
export function isReleased({ events }: RunningLink, id: string): boolean {
  return events.some((event) => event.kind === 'released' && event.task === id);
}

/** A fault for the first requests whose path ends so. */
export function firstOf(
  method: string,
  end: string,
  faults: readonly Fault[],
): (seen: Seen) => Fault | undefined {
  const left = [...faults];
  return (seen) => (seen.method === method && seen.path.endsWith(end) ? left.shift() : undefined);
}
