import { ProviderError } from '../failures/errors.js';
import type { ModelProvider, StreamControl } from '../provider.js';
import { createRateDoor } from './rate-door.js';
import { closedFor } from './rate-headers.js';

/** What a provider's server takes at a time; absent = no limit. */
export interface ProviderLimits {
  readonly maxConcurrent?: number | undefined;
  /** Calls begun in any 60 s. */
  readonly requestsPerMinute?: number | undefined;
}

/** Options of {@link createLimiter}. */
export interface LimiterOptions extends ProviderLimits {
  /** Provider's name, for messages. */
  readonly provider: string;
  /** A number from 0 to 1 that spreads what was held back together. Default: random. */
  readonly jitter?: () => number;
}

/** Who asks for a place. */
export type Caller = Pick<StreamControl, 'signal' | 'caller'>;

/** The one door to a provider's server in this process. */
export interface ProviderLimiter {
  /**
   * Waits for a place and gives back the function that frees it. A wait over 30 s is not held: it throws `rate_limit` with
   * `retryAfterMs`, so that the caller's own timer waits. A caller that comes back before the time it was told was sent by
   * a person, and may try. Throws `cancelled` when the signal aborts.
   */
  enter(caller: Caller): Promise<() => void>;
  /** Takes in an answer's status and headers: a used-up window closes the door, a good answer opens it after a probe. */
  observe(response: Pick<Response, 'status' | 'headers'>): void;
  /** Takes in a failed call: after a rate limit everybody waits as long as the server asks. */
  failed(error: unknown, caller: Caller): void;
}

/** A longer wait belongs to a timer that holds no activity slot (design.md section 9). */
const LONGEST_HELD_MS = 30_000;
/** Longer waits are timers of workflows, which a person may cut short. */
const LONGEST_RETRY_WAIT_MS = 60_000;
const WINDOW_MS = 60_000;
/** When somebody who waited in vain for a place asks again: 5 to 15 s later. */
const ASK_AGAIN_MS = 5000;

/** A limiter that lets everybody pass until it learns better. */
export function createLimiter(options: LimiterOptions): ProviderLimiter {
  const jitter = options.jitter ?? Math.random;
  const door = createRateDoor();
  const queue = createQueue();
  const allowance = createAllowance(options);
  const told = createToldCallers();

  const waitMs = (): number => Math.max(door.waitMs(Date.now()), allowance.waitMs(Date.now()));
  const take = (): (() => void) => {
    const giveBack = allowance.take();
    const isProbe = door.startProbe();
    return () => {
      giveBack();
      if (isProbe) door.endProbe();
      queue.wake();
    };
  };
  /** Until nothing stands in the way, or the wait is too long to be held. */
  const hold = async (caller: Caller, deadline: number): Promise<void> => {
    for (let wait = waitMs(); wait > 0 && !caller.signal.aborted; wait = waitMs()) {
      const left = deadline - Date.now();
      if (left <= 0 || (wait !== Infinity && wait > left)) {
        const asked = wait === Infinity ? ASK_AGAIN_MS * (1 + 2 * jitter()) : wait;
        told.add(caller, asked);
        throw tooLong(options.provider, asked);
      }
      await queue.wait(Math.min(wait, left), caller.signal);
    }
  };

  return {
    async enter(caller) {
      const deadline = Date.now() + LONGEST_HELD_MS;
      if (told.remove(caller) && waitMs() !== Infinity) return take();
      while (waitMs() > 0 && !caller.signal.aborted) {
        await hold(caller, deadline);
        // Those that were held back together do not go on together.
        await sleep(jitter() * door.spreadMs(), caller.signal);
      }
      if (caller.signal.aborted)
        throw new ProviderError('cancelled', { message: 'the model call was cancelled' });
      return take();
    },
    observe(response) {
      if (response.status >= 400) return;
      door.opened();
      told.clear();
      queue.wake();
      const closed = closedFor(response.headers, Date.now());
      if (closed > 0) door.close(closed);
    },
    failed(error, caller) {
      if (!(error instanceof ProviderError)) return;
      const { kind, retryAfterMs } = error;
      if (kind === 'rate_limit' || (kind === 'overloaded' && retryAfterMs !== null))
        door.close(retryAfterMs);
      told.add(caller, retryAfterMs ?? 0);
    },
  };
}

/** Those who were told to wait for minutes: whoever comes back before was sent by a person. */
function createToldCallers(): {
  add(caller: Caller, waitMs: number): void;
  remove(caller: Caller): boolean;
  clear(): void;
} {
  const told = new Set<string>();
  return {
    add({ caller }, waitMs) {
      if (caller !== undefined && waitMs > LONGEST_RETRY_WAIT_MS) told.add(caller);
    },
    remove: ({ caller }) => caller !== undefined && told.delete(caller),
    clear: () => told.clear(),
  };
}

interface Allowance {
  /** Milliseconds until a call may begin; Infinity = when another one ends. */
  waitMs(now: number): number;
  /** Begins a call; the result ends it. */
  take(): () => void;
}

/** The limits of the configuration. */
function createAllowance(limits: ProviderLimits): Allowance {
  const { maxConcurrent = Infinity, requestsPerMinute = Infinity } = limits;
  const begun: number[] = [];
  let running = 0;
  return {
    waitMs(now) {
      while (begun[0] !== undefined && begun[0] <= now - WINDOW_MS) begun.shift();
      if (running >= maxConcurrent) return Infinity;
      const oldest = begun.length < requestsPerMinute ? undefined : begun[0];
      return oldest === undefined ? 0 : oldest + WINDOW_MS - now;
    },
    take() {
      running += 1;
      begun.push(Date.now());
      return () => {
        running -= 1;
      };
    },
  };
}

/** The same provider behind its limiter. */
export function withLimiter(inner: ModelProvider, limiter: ProviderLimiter): ModelProvider {
  return {
    async stream(request, control) {
      const leave = await limiter.enter(control);
      try {
        return await inner.stream(request, control);
      } catch (error) {
        limiter.failed(error, control);
        throw error;
      } finally {
        leave();
      }
    },
  };
}

function tooLong(provider: string, waitMs: number): ProviderError {
  return new ProviderError('rate_limit', {
    message: `${provider} takes no further call for about ${Math.ceil(waitMs / 1000)} s: its rate limit, or [providers.${provider}] max_concurrent or requests_per_minute`,
    retryAfterMs: Math.ceil(waitMs),
    data: { provider },
  });
}

interface Queue {
  /** Resolves at the next {@link Queue.wake}, after the time, or when the signal aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  wake(): void;
}

/** First come, first woken. */
function createQueue(): Queue {
  const waiting = new Set<() => void>();
  return {
    async wait(milliseconds, signal) {
      const woken = new AbortController();
      const wake = (): void => woken.abort();
      waiting.add(wake);
      await sleep(milliseconds, AbortSignal.any([signal, woken.signal]));
      waiting.delete(wake);
    },
    wake() {
      for (const wake of waiting) wake();
    },
  };
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.ceil(milliseconds));
    signal.addEventListener('abort', done, { once: true });
  });
}
