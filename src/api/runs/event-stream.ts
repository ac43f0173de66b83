import type { Response } from 'express';
import type { TaskEvent } from '../../client/index.js';
import type { EventStream, StreamHub } from '../a2a/stream-hub.js';
import { eventDocument } from './schemas.js';

/** What streams for scripts and browsers have besides. */
const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** A stream that has begun; undefined when its reader has left already. It asks browsers to come back after a second. */
export async function openStream(
  response: Response,
  hub: StreamHub,
): Promise<EventStream | undefined> {
  const stream = hub.open(response, HEADERS);
  return (await stream.send('retry: 1000\n\n')) ? stream : undefined;
}

/**
 * Writes events as server-sent events, each with its number as `id`, at the pace of the reader, and ends the response. Never rejects but
 * with what `events` throws.
 */
export async function streamEvents(
  response: Response,
  events: AsyncIterable<TaskEvent>,
  hub: StreamHub,
): Promise<void> {
  const stream = await openStream(response, hub);
  try {
    if (stream === undefined) return;
    for await (const event of events) if (!(await stream.send(eventText(event)))) return;
    stream.end();
  } finally {
    if (!response.writableEnded) response.destroy();
  }
}

function eventText(event: TaskEvent): string {
  const seq = event.kind === 'gap' ? event.view.cursor : event.update.seq;
  const document = eventDocument(event);
  return `id: ${seq}\nevent: ${document.kind}\ndata: ${JSON.stringify(document)}\n\n`;
}
