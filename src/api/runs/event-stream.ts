import { once } from 'node:events';
import type { Response } from 'express';
import type { TaskEvent } from '../../client/index.js';
import { eventDocument } from './schemas.js';

/** Options of {@link streamEvents}. */
export interface StreamOptions {
  /** Between signs of life. Default 15 s. */
  readonly pingMs?: number;
  /** A reader that takes nothing for so long is left. Default 60 s. */
  readonly patienceMs?: number;
}

const PING_MS = 15_000;
const PATIENCE_MS = 60_000;

/**
 * Writes events as server-sent events, each with its number as `id`, at the pace of the reader, and ends the response. Never rejects but
 * with what `events` throws.
 */
export async function streamEvents(
  response: Response,
  events: AsyncIterable<TaskEvent>,
  { pingMs = PING_MS, patienceMs = PATIENCE_MS }: StreamOptions,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  });
  response.write('retry: 1000\n\n');
  const ping = setInterval(() => {
    // What a reader does not take must not pile up.
    if (!response.writableNeedDrain) response.write(': ping\n\n');
  }, pingMs);
  try {
    for await (const event of events) {
      if (!response.write(eventText(event)) && !(await isTaken(response, patienceMs))) return;
      if (response.destroyed) return;
    }
    response.end();
  } finally {
    clearInterval(ping);
    if (!response.writableEnded) response.destroy();
  }
}

function eventText(event: TaskEvent): string {
  const seq = event.kind === 'gap' ? event.view.cursor : event.update.seq;
  const document = eventDocument(event);
  return `id: ${seq}\nevent: ${document.kind}\ndata: ${JSON.stringify(document)}\n\n`;
}

async function isTaken(response: Response, patienceMs: number): Promise<boolean> {
  const limit = AbortSignal.timeout(patienceMs);
  // Ends the listener that lost the race.
  const over = new AbortController();
  const signal = AbortSignal.any([limit, over.signal]);
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
    return !response.destroyed;
  } catch {
    return false;
  } finally {
    over.abort();
  }
}
