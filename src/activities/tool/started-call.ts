import { setTimeout as delay } from 'node:timers/promises';
import type { ToolResult } from '../../domain/index.js';
import type { CallSurroundings } from './tool-call-executor.js';

/** A tool call that runs in this process, whoever waits for it. */
export interface StartedCall {
  /** What it gave within `patienceMs`, else null, and it goes on. */
  within(patienceMs: number): Promise<ToolResult | null>;
  /** Its result; it ends when `surroundings` are cancelled. */
  finish(surroundings: CallSurroundings): Promise<ToolResult>;
  /** Ends it; resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/** Starts a call under a signal and a heartbeat that outlive the activity which began it. */
export function startCall(
  execute: (surroundings: CallSurroundings) => Promise<ToolResult>,
): StartedCall {
  const controller = new AbortController();
  let heartbeat: CallSurroundings['heartbeat'] = () => undefined;
  const result = execute({
    signal: controller.signal,
    heartbeat: (details) => heartbeat(details),
  });
  // Whoever waits hears of a failure; for a while that may be nobody.
  result.catch(() => undefined);
  return {
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
      heartbeat = surroundings.heartbeat;
      const cancel = (): void => controller.abort(signal.reason);
      if (signal.aborted) cancel();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        return await result;
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
    async stop() {
      controller.abort();
      await result.catch(() => undefined);
    },
  };
}

/** Calls between two activities: one began them, another is to wait for their end. */
export interface Handovers {
  leave(step: string, call: StartedCall): void;
  /** The call that was left for this step; it is then the caller's. */
  take(step: string): StartedCall | undefined;
}

/** Nobody comes for a call when its workflow was terminated in between. */
const ABANDONED_MS = 10_000;

/** Handovers of this process; what is not taken within `abandonedMs` is stopped. */
export function createHandovers(abandonedMs = ABANDONED_MS): Handovers {
  const open = new Map<string, { readonly call: StartedCall; readonly timer: NodeJS.Timeout }>();
  const take = (step: string): StartedCall | undefined => {
    const found = open.get(step);
    open.delete(step);
    clearTimeout(found?.timer);
    return found?.call;
  };
  return {
    take,
    leave(step, call) {
      const timer = setTimeout(() => void take(step)?.stop(), abandonedMs);
      timer.unref();
      open.set(step, { call, timer });
    },
  };
}
