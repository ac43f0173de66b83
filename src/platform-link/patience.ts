import { setTimeout as delay } from 'node:timers/promises';
import { CodetetherError } from '../domain/index.js';
import type { Pace } from './link-options.js';

/** Pauses between tries that double up to a limit; with a share of chance, so that many workers do not come back at once. */
export class Backoff {
  readonly #pace: Pick<Pace, 'firstPauseMs' | 'longestPauseMs'>;
  readonly #random: () => number;
  #next: number;

  constructor(
    pace: Pick<Pace, 'firstPauseMs' | 'longestPauseMs'>,
    random: () => number = Math.random,
  ) {
    this.#pace = pace;
    this.#random = random;
    this.#next = pace.firstPauseMs;
  }

  /** Milliseconds until the next try. */
  next(): number {
    const pause = this.#next;
    this.#next = Math.min(pause * 2, this.#pace.longestPauseMs);
    return Math.round(pause * (0.75 + this.#random() / 2));
  }

  /** Something worked. */
  reset(): void {
    this.#next = this.#pace.firstPauseMs;
  }
}

/** Waits; ends early, without an error, when the signal aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Room is made by tasks that end. */
const FULL: ReadonlySet<string> = new Set(['ERR_TOO_MANY_TASKS', 'ERR_TOO_MANY_OWN_TASKS']);

/** True for what may work later without anybody changing the call: also a token that the platform does not take for now. */
export function isPassing(error: unknown): error is CodetetherError {
  if (!(error instanceof CodetetherError)) return false;
  return error.isRetryable || error.code === 'ERR_PLATFORM_TOKEN' || FULL.has(error.code);
}

/**
 * Does something until it works: as often as it fails for reasons that pass, each told to `onFailure`. Throws every other error, and the
 * signal's reason when it aborts.
 */
export async function persist<Value>(
  attempt: (tries: number) => Promise<Value>,
  how: {
    readonly pace: Pick<Pace, 'firstPauseMs' | 'longestPauseMs'>;
    readonly signal: AbortSignal;
    readonly onFailure: (error: CodetetherError) => void;
  },
): Promise<Value> {
  const backoff = new Backoff(how.pace);
  for (let tries = 0; ; tries += 1) {
    how.signal.throwIfAborted();
    try {
      return await attempt(tries);
    } catch (error) {
      how.signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      how.onFailure(error);
      await pause(backoff.next(), how.signal);
    }
  }
}
