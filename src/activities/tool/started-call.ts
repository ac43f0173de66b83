import { setTimeout as delay } from 'node:timers/promises';
import type { ToolResult } from '../../domain/index.js';
import type { CallSurroundings } from './tool-call-executor.js';

/** A tool call that runs in this process, whoever waits for it. */
export interface StartedCall {
  /** True once it was told to end: nobody may wait for it any more. */
  readonly isStopped: boolean;
  /** True once it was told to end, or has ended. */
  readonly isOver: boolean;
  /** What it gave within `patienceMs`, else null, and it goes on. */
  within(patienceMs: number): Promise<ToolResult | null>;
  /**
   * Its result. It ends when `surroundings` are cancelled and nobody else waits for it; else only this waiting ends, with the
   * reason.
   */
  finish(surroundings: CallSurroundings): Promise<ToolResult>;
  /** Ends it; resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/** How a call is carried out. */
export type Execute = (surroundings: CallSurroundings) => Promise<ToolResult>;

/** Starts a call under a signal and a heartbeat that outlive the activity which began it. */
export function startCall(execute: Execute): StartedCall {
  const controller = new AbortController();
  /** Of those that wait for its end; what it says goes to each. */
  const waiting = new Set<CallSurroundings>();
  const result = execute({
    signal: controller.signal,
    heartbeat: (details) => {
      for (const { heartbeat } of waiting) heartbeat(details);
    },
  });
  // Whoever waits hears of a failure; for a while that may be nobody.
  let isEnded = false;
  const end = (): void => {
    isEnded = true;
  };
  result.then(end, end);
  return {
    get isStopped() {
      return controller.signal.aborted;
    },
    get isOver() {
      return isEnded || controller.signal.aborted;
    },
    async within(patienceMs) {
      const timer = new AbortController();
      const patience = delay(patienceMs, null, { signal: timer.signal });
      patience.catch(() => undefined);
      try {
        return await Promise.race([result, patience]);
      } finally {
        timer.abort();
      }
    },
    async finish(surroundings) {
      const { signal } = surroundings;
      waiting.add(surroundings);
      let leave: () => void = () => undefined;
      const left = new Promise<never>((_resolve, reject) => {
        leave = () => {
          waiting.delete(surroundings);
          if (waiting.size > 0) reject(signal.reason as Error);
          else controller.abort(signal.reason);
        };
      });
      if (signal.aborted) leave();
      signal.addEventListener('abort', leave, { once: true });
      try {
        return await Promise.race([result, left]);
      } finally {
        waiting.delete(surroundings);
        signal.removeEventListener('abort', leave);
      }
    },
    async stop() {
      controller.abort();
      await result.catch(() => undefined);
    },
  };
}

/** A part in a running call. */
export interface Share {
  readonly call: StartedCall;
  /** Gives the part up, once. A call in which nobody has a part is stopped after a while. */
  readonly leave: () => void;
}

/** The calls that run in this process, by step: whoever begins one that runs already waits for that one. */
export interface RunningCalls {
  /** Takes part in the call of this step, which is started when there is none. */
  join(step: string, execute: Execute): Share;
  /** Ends the call of this step; does nothing when there is none. */
  stop(step: string): Promise<void>;
}

/** Nobody comes for a call when its workflow was terminated in between. */
const ABANDONED_MS = 10_000;

interface Running {
  readonly call: StartedCall;
  shares: number;
  timer: NodeJS.Timeout | undefined;
}

/** The running calls of this process; one in which nobody has a part is stopped after `abandonedMs`. */
export function createRunningCalls(abandonedMs = ABANDONED_MS): RunningCalls {
  const running = new Map<string, Running>();
  const forget = (step: string, entry: Running): void => {
    clearTimeout(entry.timer);
    // A later one may have taken its place.
    if (running.get(step) === entry) running.delete(step);
  };
  const leave = (step: string, entry: Running): void => {
    entry.shares -= 1;
    if (entry.call.isOver) forget(step, entry);
    if (entry.call.isOver || entry.shares > 0) return;
    entry.timer = setTimeout(() => {
      forget(step, entry);
      void entry.call.stop();
    }, abandonedMs);
    entry.timer.unref();
  };
  return {
    join(step, execute) {
      const found = running.get(step);
      const entry =
        found === undefined || found.call.isStopped
          ? { call: startCall(execute), shares: 0, timer: undefined }
          : found;
      running.set(step, entry);
      clearTimeout(entry.timer);
      entry.shares += 1;
      return { call: entry.call, leave: () => leave(step, entry) };
    },
    async stop(step) {
      const entry = running.get(step);
      if (entry === undefined) return;
      forget(step, entry);
      await entry.call.stop();
    },
  };
}
