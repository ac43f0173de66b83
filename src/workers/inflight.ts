import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { isAlive, ownIdentity, type ProcessIdentity } from '../host/index.js';

/** Notes which activities this process works on, so that the next worker can end them if this one dies. */
export interface InflightRecorder {
  /** For the worker's `interceptors.activity`. */
  intercept(context: Context): { inbound: ActivityInboundCallsInterceptor };
  /** Forgets everything: the worker ended in order. */
  close(): void;
}

const OWNER = 'owner.json';

/**
 * Opens a folder of this process below `folder` (the home's `inflight`). One small file stands for each running
 * activity; they survive SIGKILL, which is all they are for, so nothing is fsynced.
 */
export function openInflight(folder: string): InflightRecorder {
  const own = join(folder, `${process.pid}-${randomBytes(4).toString('hex')}`);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  writeFileSync(join(own, OWNER), JSON.stringify(ownIdentity()), { mode: 0o600 });
  let next = 0;
  return {
    intercept: (context) => ({
      inbound: {
        async execute(input, proceed) {
          // a local activity has no task of its own on the server: it is repeated with its workflow task
          if (context.info.isLocal) return proceed(input);
          next += 1;
          const note = join(own, `${next}.token`);
          writeFileSync(note, context.info.taskToken, { mode: 0o600 });
          try {
            return await proceed(input);
          } finally {
            rmSync(note, { force: true });
          }
        },
      },
    }),
    close: () => rmSync(own, { recursive: true, force: true }),
  };
}

/** Options of {@link failDeadTasks}. */
export interface FailDeadTasksOptions {
  /** The home's `inflight` folder. */
  readonly folder: string;
  /** Ends one activity attempt so that it is retried at once; must ignore tasks that the server no longer knows. */
  readonly fail: (taskToken: Uint8Array) => Promise<void>;
  /** Default: looks at the system's processes. */
  readonly isAlive?: (owner: ProcessIdentity) => boolean;
}

/**
 * Ends the activities that dead workers left, instead of waiting for their heartbeats to time out. Only a proven death
 * counts: the process of that pid and start time is gone. Returns how many were ended.
 */
export async function failDeadTasks(options: FailDeadTasksOptions): Promise<number> {
  const alive = options.isAlive ?? isAlive;
  let count = 0;
  for (const name of await readFolder(options.folder)) {
    const folder = join(options.folder, name);
    const owner = await readOwner(join(folder, OWNER));
    if (owner === null || alive(owner)) continue;
    const notes = (await readFolder(folder)).filter((file) => file.endsWith('.token'));
    await Promise.all(notes.map(async (note) => options.fail(await readFile(join(folder, note)))));
    count += notes.length;
    await rm(folder, { recursive: true, force: true });
  }
  return count;
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

async function readOwner(path: string): Promise<ProcessIdentity | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isIdentity(value) ? value : null;
  } catch {
    return null;
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    'startTime' in value &&
    'bootId' in value
  );
}
