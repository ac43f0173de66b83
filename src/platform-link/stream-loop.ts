import { CodetetherError, InfrastructureError } from '../domain/index.js';
import { readEvents, type StreamEvent } from '../platform/index.js';
import type { LinkListener } from './link-event.js';
import type { Pace } from './link-options.js';
import { Backoff, pause } from './patience.js';

/** Offers hold whole prompts. */
const MOST_EVENT = 4 * 1024 * 1024;
const LIMITS = { maxCharacters: MOST_EVENT, tooLong };
/** A connection that held that long was one: the next pause is a short one again. */
const LASTING_MS = 10_000;
/** What may be sent back as a header. */
const EVENT_ID = /^[\x21-\x7e]{1,200}$/;

function tooLong(): InfrastructureError {
  return new InfrastructureError('ERR_PLATFORM_STREAM', {
    message: `the platform sent an event of more than ${MOST_EVENT} characters in its stream`,
    hint: 'the stream is opened again; look at the platform if that goes on',
  });
}

/** What the stream needs from the worker. */
export interface StreamPorts {
  readonly pace: Pace;
  readonly stop: AbortSignal;
  readonly onEvent: LinkListener;
  /** Whatever has to be done before each connection; throws what `open` throws. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  readonly open: (
    lastEventId: string | undefined,
    signal: AbortSignal,
  ) => Promise<ReadableStream<Uint8Array>>;
  /** Called for each event in order; must neither throw nor take long. */
  readonly onStreamEvent: (event: StreamEvent) => void;
}

/** The stream of one worker, opened again whenever it ends. */
export class StreamLoop {
  readonly #ports: StreamPorts;
  #current: AbortController | undefined;
  #lastEventId: string | undefined;
  #hasBeenOpen = false;

  constructor(ports: StreamPorts) {
    this.#ports = ports;
  }

  /** Ends the connection, so that a new one is made. */
  reconnect(): void {
    this.#current?.abort();
  }

  /** Events behind it are asked for next. */
  resumeAt(lastEventId: string | undefined): void {
    if (lastEventId === undefined || EVENT_ID.test(lastEventId)) this.#lastEventId = lastEventId;
  }

  /** Runs until the worker stops. Throws what makes no sense to try again: a refused token or address, before the first connection. */
  async run(): Promise<void> {
    const { pace, stop, onEvent } = this.#ports;
    const backoff = new Backoff(pace);
    while (!stop.aborted) {
      const begun = performance.now();
      const reason = await this.#connectOnce();
      if (stop.aborted) return;
      if (performance.now() - begun > LASTING_MS) backoff.reset();
      const pauseMs = backoff.next();
      onEvent({ kind: 'disconnected', reason, pauseMs });
      await pause(pauseMs, stop);
    }
  }

  /** Why the connection ended, or did not come about. */
  async #connectOnce(): Promise<string> {
    const { pace, stop } = this.#ports;
    const current = new AbortController();
    this.#current = current;
    const silence = setTimeout(() => current.abort(), pace.silenceMs);
    const signal = AbortSignal.any([stop, current.signal]);
    try {
      await this.#ports.prepare(signal);
      const stream = await this.#ports.open(this.#lastEventId, signal);
      this.#hasBeenOpen = true;
      for await (const event of readEvents(stream, LIMITS, () => void silence.refresh())) {
        this.resumeAt(event.id ?? this.#lastEventId);
        this.#ports.onStreamEvent(event);
      }
      return 'the platform ended the stream';
    } catch (error) {
      if (current.signal.aborted) return 'nothing was heard from the platform any more';
      if (stop.aborted) return '';
      if (error instanceof CodetetherError) {
        if (!error.isRetryable && !this.#hasBeenOpen) throw error;
        return error.message;
      }
      return error instanceof Error ? error.message : String(error);
    } finally {
      clearTimeout(silence);
      current.abort();
    }
  }
}
