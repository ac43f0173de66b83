import { ProviderError } from '../failures/errors.js';
import {
  KEPT_ALIVE_MS,
  type IdleLimits,
  type StreamControl,
  type StreamProgress,
} from '../provider.js';

/** Guards one stream: joins cancellation with silence limits and counts what came in. */
export interface StreamGuard {
  /** Hand this to the SDK; it aborts on cancellation and on silence. */
  readonly signal: AbortSignal;
  /** Call on every chunk with the characters it brought, and with what it says of the answer's text. */
  chunk(phase: StreamProgress['phase'], characters: number, text?: string): void;
  /** Call for a sign of life without content: it puts the silence off, for at most the kept-alive limit. */
  alive(): void;
  /** The answer has its end: what may still come is awaited so long, because some servers never close, and silence is no fault. */
  settle(waitMs: number): void;
  /**
   * Call after the read loop and in its catch: raw iterators may end without an error when they are aborted.
   * Throws `cancelled` or `idle` when that is why the stream ended.
   */
  check(): void;
  /** Stops the timer; call always. */
  stop(): void;
}

/** What the guards of open streams do when the machine wakes up. */
const wakes = new Set<(graceMs: number) => void>();

/**
 * The machine slept: sockets that look open may lead nowhere. Every open stream has `graceMs` to show a byte, else it ends as
 * silent and the call is made again. Gives how many streams that concerns.
 */
export function wakeStreams(graceMs: number): number {
  for (const wake of wakes) wake(graceMs);
  return wakes.size;
}

/** A guard with a first-token limit, then a between-chunks limit. */
export function guardStream(control: StreamControl, limits: IdleLimits): StreamGuard {
  const idle = new AbortController();
  const signal = AbortSignal.any([control.signal, idle.signal]);
  let chunks = 0;
  let characters = 0;
  // One timer that is refreshed: a timer per chunk would cost more than the chunk.
  let timer = setTimeout(() => idle.abort(), limits.firstTokenMs);
  let sinceWakeMs: number | undefined;
  let aliveSince: number | undefined;
  let isSettled = false;
  const waitFor = (milliseconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), milliseconds);
  };
  const wake = (graceMs: number): void => {
    sinceWakeMs = graceMs;
    waitFor(graceMs);
  };
  wakes.add(wake);
  return {
    signal,
    alive() {
      aliveSince ??= Date.now();
      if (isSettled || sinceWakeMs !== undefined) return;
      if (Date.now() - aliveSince > (limits.keptAliveMs ?? KEPT_ALIVE_MS)) idle.abort();
      else timer.refresh();
    },
    settle(waitMs) {
      isSettled = true;
      waitFor(waitMs);
    },
    chunk(phase, added, text) {
      chunks += 1;
      characters += added;
      aliveSince = undefined;
      const isUsual = chunks > 1 && sinceWakeMs === undefined;
      sinceWakeMs = undefined;
      if (!isSettled && !isUsual) waitFor(limits.betweenChunksMs);
      else if (!isSettled) timer.refresh();
      control.onProgress?.({ phase, characters, chunks });
      if (text !== undefined) control.onText?.(text);
    },
    check() {
      if (control.signal.aborted) {
        throw new ProviderError('cancelled', { message: 'the model call was cancelled' });
      }
      if (!idle.signal.aborted || isSettled) return;
      const usual = chunks === 0 ? limits.firstTokenMs : limits.betweenChunksMs;
      const message = describeSilence({ limitMs: sinceWakeMs ?? usual, chunks, aliveSince });
      throw new ProviderError('idle', { message, data: { chunks, characters } });
    },
    stop() {
      wakes.delete(wake);
      clearTimeout(timer);
    },
  };
}

function describeSilence(silence: {
  readonly limitMs: number;
  readonly chunks: number;
  readonly aliveSince: number | undefined;
}): string {
  const { limitMs, chunks, aliveSince } = silence;
  if (aliveSince !== undefined)
    return `the server said for ${Math.round((Date.now() - aliveSince) / 1000)} s only that it is alive`;
  const place = chunks === 0 ? '(no first chunk)' : `(after ${chunks} chunks)`;
  return `the model sent nothing for ${limitMs / 1000} s ${place}`;
}
