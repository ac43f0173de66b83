import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { innerInit, killGroup } from './containment.js';
import type { ProcessRequest } from './run-process.js';
import { startChild, startFailure, type ChildRequest } from './start-child.js';
import { watchTreeMemory } from './tree-memory.js';

const SWEEP_MS = 2000;

/** A program that is talked to while it runs. */
export type LiveProcessRequest = ChildRequest & Pick<ProcessRequest, 'maxMemoryBytes'>;

/** How a program ended: by itself, by a signal, or by us. */
export interface LiveEnd {
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
  /** It used more memory than it was given. */
  readonly isTooLarge: boolean;
}

/** A running program with its two pipes; it ends with this process wherever its containment can make it. */
export interface LiveProcess {
  readonly stdin: Writable;
  /** Standard output; standard error too where the command was wrapped by a sandbox. */
  readonly stdout: Readable;
  readonly pid: number;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<LiveEnd>;
  /** Ends it and all that it started, at once. Harmless when it has ended. */
  kill(): void;
}

/**
 * Starts a program and hands its pipes over. It keeps no event loop alive. Throws InfrastructureError `ERR_PROCESS_START` (not
 * retryable) when it cannot start.
 */
export async function startProcess(request: LiveProcessRequest): Promise<LiveProcess> {
  const { containment = 'group' } = request;
  const child = startChild(request, 'ignore');
  const pid = await whenSpawned(child, request);
  let isTooLarge = false;
  const kill = (): void => {
    // The wrapper's own sweep also finds who left the group; it needs a moment.
    if (containment === 'lifeline') {
      child.stdio[3]?.destroy();
      setTimeout(() => killGroup(pid, 'SIGKILL'), SWEEP_MS).unref();
      return;
    }
    if (containment === 'inner-init') killGroup(innerInit(pid), 'SIGKILL');
    killGroup(pid, 'SIGKILL');
  };
  const memory =
    request.maxMemoryBytes === undefined
      ? undefined
      : watchTreeMemory(pid, request.maxMemoryBytes, () => {
          isTooLarge = true;
          kill();
        });
  const ended = new Promise<LiveEnd>((resolve) => {
    child.once('exit', (exitCode, killedBy) => {
      memory?.stop();
      // What it left behind in its group ends with it.
      killGroup(pid, 'SIGKILL');
      resolve({ exitCode, killedBy, isTooLarge });
    });
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw startFailure(request, new Error('it has no pipes'));
  // Whoever writes to one that has ended hears of it by `ended`.
  stdin.on('error', () => undefined);
  stdout.on('error', () => undefined);
  letProcessEnd(child);
  return { stdin, stdout, pid, ended, kill };
}

function whenSpawned(child: ChildProcess, request: LiveProcessRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(startFailure(request, cause)));
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}

/** A worker that drains must not wait for a server that nobody needs any more. */
function letProcessEnd(child: ChildProcess): void {
  child.unref();
  for (const stream of child.stdio)
    if (stream !== null && stream !== undefined && 'unref' in stream)
      (stream as { unref(): void }).unref();
}
