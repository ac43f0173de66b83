import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { createRedactionStream } from '../../observability/index.js';
import { createOutputCollector, type OutputSpill, type OutputWindow } from './output-window.js';
import { ambientSignal } from './ambient-signal.js';
import { innerInit, killGroup, type Containment } from './containment.js';
import { watchFreeSpace } from './free-space.js';
import { startChild, startFailure, type ChildRequest } from './start-child.js';
import { watchTreeMemory } from './tree-memory.js';

/** After SIGTERM a process has this long before SIGKILL. */
const TERM_GRACE_MS = 2_000;
/** A stray child may hold our pipe open after the command ended; its output is waited for this long at most. */
const DRAIN_GRACE_MS = 500;

/** One command to run. */
export interface ProcessRequest extends ChildRequest {
  /** Written to standard input, which is then closed. Default: no input. */
  readonly stdin?: string;
  /** Takes its standard input, which then stays open, and its process id; not with `stdin`. Its errors need no listener. */
  readonly onInput?: (input: Writable, pid: number | undefined) => void;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called with every chunk of output, in order of arrival. */
  readonly onOutput?: (chunk: Uint8Array) => void;
  /** Takes standard error, which is then no part of the output; a sandboxed command keeps it apart with `isErrorApart`. */
  readonly onErrorOutput?: (chunk: Uint8Array) => void;
  /** Output kept in memory; the rest goes to `spill` or is dropped. */
  readonly maxOutputBytes: number;
  readonly spill?: OutputSpill;
  /** The engine itself reads the output and shows it to nobody: secrets in it stay. Default false. */
  readonly isRaw?: boolean;
  /** Private memory of the command's processes together, above which it is ended. Default: no limit. */
  readonly maxMemoryBytes?: number;
}

/** How a command ended. A non-zero exit is a result, not an error. */
export interface ProcessResult {
  readonly outcome: 'exited' | 'timed-out' | 'cancelled';
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
  /** Standard output and error, mixed as they arrived, without secrets unless `isRaw`. */
  readonly output: OutputWindow;
  readonly durationMs: number;
  /** The watch of ours that ended it; null = none did. */
  readonly stoppedBy: 'memory' | 'disk' | null;
}

/**
 * Runs a command in its own process group and waits until it and everything left in its group is gone.
 * On time-out or abort: SIGTERM, 2 s, SIGKILL. Without a signal of its own it ends with the work it is part of (`underSignal`),
 * and throws that signal's reason. Throws InfrastructureError `ERR_PROCESS_START` when it cannot start.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const ambient = ambientSignal();
  if (request.signal !== undefined || ambient === undefined) return runOne(request);
  ambient.throwIfAborted();
  const result = await runOne({ ...request, signal: ambient });
  // Who gave no signal of its own does not know of a cancelled end.
  ambient.throwIfAborted();
  return result;
}

async function runOne(request: ProcessRequest): Promise<ProcessResult> {
  const startedAt = performance.now();
  const containment = request.containment ?? 'group';
  const child = startChild(request, 'pipe');
  const collector = createOutputCollector(request.maxOutputBytes, request.spill);
  const redaction = request.isRaw === true ? null : createRedactionStream();
  const collect = (chunk: Uint8Array): void => {
    collector.add(redaction?.push(chunk) ?? chunk);
    request.onOutput?.(chunk);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', request.onErrorOutput ?? collect);
  giveInput(child, request);

  const supervision = superviseEnd(child, request, containment);
  const watch = watchUse(child, request);
  try {
    const end = await waitForEnd(child, request);
    if (redaction !== null) collector.add(redaction.end());
    return {
      outcome: supervision.outcome(),
      exitCode: end.exitCode,
      killedBy: end.killedBy,
      output: collector.finish(),
      durationMs: performance.now() - startedAt,
      stoppedBy: watch.stoppedBy(),
    };
  } catch (error) {
    collector.finish();
    throw error;
  } finally {
    supervision.stop();
    watch.stop();
  }
}

function giveInput({ stdin, pid }: ChildProcess, request: ProcessRequest): void {
  // The child may close its input early; that is its right and shows in its exit code.
  stdin?.on('error', () => undefined);
  if (request.onInput === undefined || stdin === null) stdin?.end(request.stdin ?? '');
  else request.onInput(stdin, pid);
}

interface UseWatch {
  stoppedBy(): ProcessResult['stoppedBy'];
  stop(): void;
}

/** Ends the command, and nothing else, when its processes use too much memory or fill the disk. */
function watchUse(child: ChildProcess, request: ProcessRequest): UseWatch {
  let stoppedBy: ProcessResult['stoppedBy'] = null;
  const { pid } = child;
  if (pid === undefined || request.maxMemoryBytes === undefined)
    return { stoppedBy: () => stoppedBy, stop: () => undefined };
  const end = (reason: 'memory' | 'disk'): void => {
    stoppedBy ??= reason;
    const init = request.containment === 'inner-init' ? innerInit(pid) : undefined;
    killGroup(init ?? pid, 'SIGKILL');
  };
  const memory = watchTreeMemory(pid, request.maxMemoryBytes, () => end('memory'));
  const disk = watchFreeSpace(request.cwd, () => end('disk'));
  return {
    stoppedBy: () => stoppedBy,
    stop() {
      memory.stop();
      disk.stop();
    },
  };
}

interface ProcessEnd {
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
}

async function waitForEnd(child: ChildProcess, request: ProcessRequest): Promise<ProcessEnd> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await new Promise<ProcessEnd>((resolve, reject) => {
    child.once('error', (cause) => reject(startFailure(request, cause)));
    child.once('exit', (exitCode, killedBy) => resolve({ exitCode, killedBy }));
  });
  // Background children of the command end with it, at the latest now.
  killGroup(child.pid, 'SIGKILL');
  let timer: NodeJS.Timeout | undefined;
  const drained = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DRAIN_GRACE_MS);
  });
  await Promise.race([closed, drained]);
  clearTimeout(timer);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return end;
}

interface Supervision {
  outcome(): ProcessResult['outcome'];
  stop(): void;
}

function superviseEnd(
  child: ChildProcess,
  request: ProcessRequest,
  containment: Containment,
): Supervision {
  let outcome: ProcessResult['outcome'] = 'exited';
  let killTimer: NodeJS.Timeout | undefined;
  const terminate = (reason: 'timed-out' | 'cancelled'): void => {
    if (outcome !== 'exited' || child.exitCode !== null) return;
    outcome = reason;
    // Looked up now: after the wrapper is gone nobody could tell which namespace was its own.
    const init = containment === 'inner-init' ? innerInit(child.pid) : undefined;
    killGroup(init ?? child.pid, 'SIGTERM');
    killTimer = setTimeout(() => {
      // The gentlest end that takes everything along: the namespace's init, or the wrapper's own sweep.
      if (containment === 'lifeline') child.stdio[3]?.destroy();
      else killGroup(init ?? child.pid, 'SIGKILL');
      if (containment !== 'group') {
        killTimer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), TERM_GRACE_MS);
      }
    }, TERM_GRACE_MS);
  };
  const timer = setTimeout(() => terminate('timed-out'), request.timeoutMs);
  const onAbort = (): void => terminate('cancelled');
  if (request.signal?.aborted === true) onAbort();
  request.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    outcome: () => outcome,
    stop() {
      clearTimeout(timer);
      clearTimeout(killTimer);
      request.signal?.removeEventListener('abort', onAbort);
    },
  };
}
