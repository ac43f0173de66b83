import { ProviderError } from './errors.js';
import type { ModelProvider, StreamControl } from './provider.js';
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
  const { provider, maxConcurrent = Infinity, requestsPerMinute = Infinity } = options;
  const jitter = options.jitter ?? Math.random;
  const door = createRateDoor();
  const queue = createQueue();
  const begun: number[] = [];
  const told = new Set<string>();
  let running = 0;

  const byOwnLimits = (now: number): number => {
    while (begun[0] !== undefined && begun[0] <= now - WINDOW_MS) begun.shift();
    if (running >= maxConcurrent) return Infinity;
    const [oldest] = begun;
    return oldest === undefined || begun.length < requestsPerMinute ? 0 : oldest + WINDOW_MS - now;
  };
  const take = (): (() => void) => {
    running += 1;
    begun.push(Date.now());
    const isProbe = door.startProbe();
    return once(() => {
      running -= 1;
      if (isProbe) door.endProbe();
      queue.wake();
    });
  };
  const refuse = (waitMs: number, caller: Caller): ProviderError => {
    const wait = waitMs === Infinity ? ASK_AGAIN_MS * (1 + 2 * jitter()) : waitMs;
    tell(wait, caller);
    return tooLong(provider, wait);
  };
  const tell = (waitMs: number, { caller }: Caller): void => {
    if (caller !== undefined && waitMs > LONGEST_RETRY_WAIT_MS) told.add(caller);
  };
  const isSent = ({ caller }: Caller, now: number): boolean =>
    caller !== undefined && told.delete(caller) && Number.isFinite(door.waitMs(now));

  return {
    async enter(caller) {
      const deadline = Date.now() + LONGEST_HELD_MS;
      if (isSent(caller, Date.now()) && byOwnLimits(Date.now()) === 0) return take();
      for (let wasHeld = false; ;) {
        if (caller.signal.aborted)
          throw new ProviderError('cancelled', { message: 'the model call was cancelled' });
        const now = Date.now();
        const wait = Math.max(door.waitMs(now), byOwnLimits(now));
        if (wait === 0 && !wasHeld) return take();
        const left = deadline - now;
        if (wait > 0 && (left <= 0 || (wait !== Infinity && wait > left)))
          throw refuse(wait, caller);
        // Those that were held back together do not go on together.
        const pause = wait === 0 ? jitter() * door.spreadMs() : Math.min(wait, left);
        wasHeld = wait > 0;
        await (wasHeld ? queue.wait(pause, caller.signal) : sleep(pause, caller.signal));
      }
    },
    observe(response) {
      if (response.status >= 400) return;
      door.opened();
      queue.wake();
      const closed = closedFor(response.headers, Date.now());
      if (closed > 0) door.close(closed);
    },
    failed(error, caller) {
      if (!(error instanceof ProviderError)) return;
      const { kind, retryAfterMs } = error;
      if (kind === 'rate_limit' || (kind === 'overloaded' && retryAfterMs !== null))
        door.close(retryAfterMs);
      tell(retryAfterMs ?? 0, caller);
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

function once(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) run();
    isDone = true;
  };
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
      for (const wake of [...waiting]) wake();
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
