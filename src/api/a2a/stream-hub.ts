import type { Response } from 'express';
import { InvalidInputError } from '../../domain/index.js';

/** One open answer to which events are written. */
export interface EventStream {
  /** Writes a frame; resolves when the client may get the next one, false when it has gone. */
  send(frame: string): Promise<boolean>;
  end(): void;
}

/** Options of {@link StreamHub}. */
export interface StreamHubOptions {
  readonly pingMs: number;
  /** How long a reader may take nothing before its connection is dropped. */
  readonly slowReaderMs: number;
  readonly maxStreams: number;
  /** Told when a stream opens (1) and when it ends (-1). Default: nobody. */
  readonly onStream?: ((change: 1 | -1) => void) | undefined;
}

/** Headers of every stream; the last one is for proxies that would wait for more. */
const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache',
  Connection: 'keep-alive',
  'X-Accel-Buffering': 'no',
} as const;
const PING = ': ping\n\n';

/**
 * The open streams of a server. One clock pings them all. Nothing is kept for slow readers: an event is only fetched when the one
 * before has left, and a reader that takes none for too long is dropped; it comes back with its cursor.
 */
export class StreamHub {
  readonly #options: StreamHubOptions;
  readonly #open = new Set<Response>();
  /** Since when a reader takes nothing. */
  readonly #stuck = new WeakMap<Response, number>();
  #clock: NodeJS.Timeout | undefined;

  constructor(options: StreamHubOptions) {
    this.#options = options;
  }

  /** Streams that are open now. */
  get size(): number {
    return this.#open.size;
  }

  /** Throws `ERR_TOO_MANY_STREAMS` (429) at the cap. */
  requireRoom(): void {
    if (this.size < this.#options.maxStreams) return;
    throw new InvalidInputError('ERR_TOO_MANY_STREAMS', {
      message: `this server has ${this.#options.maxStreams} streams open already`,
      hint: 'poll the task, or try again later; [serve] max_streams sets the limit',
    });
  }

  /** Begins a stream on an answer that has sent nothing yet; `headers` are stronger than those of every stream. */
  open(response: Response, headers: Readonly<Record<string, string>> = {}): EventStream {
    response.status(200).set({ ...HEADERS, ...headers });
    response.flushHeaders();
    this.#open.add(response);
    this.#options.onStream?.(1);
    response.once('close', () => this.#forget(response));
    this.#clock ??= setInterval(() => this.#ping(), this.#options.pingMs).unref();
    return {
      send: async (frame) => {
        if (response.destroyed || response.writableEnded) return false;
        if (response.write(frame)) return true;
        return this.#drained(response);
      },
      end: () => void response.end(),
    };
  }

  /** Ends every stream, for the end of the server. */
  close(): void {
    for (const response of this.#open) response.end();
  }

  #forget(response: Response): void {
    this.#open.delete(response);
    this.#options.onStream?.(-1);
    if (this.#open.size > 0 || this.#clock === undefined) return;
    clearInterval(this.#clock);
    this.#clock = undefined;
  }

  #ping(): void {
    const now = Date.now();
    for (const response of this.#open) {
      if (!response.writableNeedDrain) {
        this.#stuck.delete(response);
        response.write(PING);
        continue;
      }
      const since = this.#stuck.get(response) ?? now;
      this.#stuck.set(response, since);
      if (now - since >= this.#options.slowReaderMs) response.destroy();
    }
  }

  #drained(response: Response): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isOpen: boolean) => (): void => {
        clearTimeout(limit);
        response.off('drain', onDrain);
        response.off('close', onClose);
        resolve(isOpen);
      };
      const onDrain = settle(true);
      const onClose = settle(false);
      const limit = setTimeout(() => response.destroy(), this.#options.slowReaderMs);
      limit.unref();
      response.once('drain', onDrain);
      response.once('close', onClose);
      // closed in the meantime, where no event comes any more
      if (response.destroyed) onClose();
    });
  }
}
