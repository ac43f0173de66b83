import { eventReader, type StreamEvent } from '../../platform/index.js';
import { AnswerError } from './failure.js';

/** Characters of one event; what is longer ends the stream. */
const MOST_EVENT = 8 * 1024 * 1024;
/** Longest id that is kept. */
const MOST_ID = 100;

/** What an event stream has said of its places. */
export interface StreamPlaces {
  /** The `id` of each event that was handed on, in order; undefined = it had none. */
  readonly ids: (string | undefined)[];
}

/**
 * Server-sent events as they come, with nothing but whole events whose data is JSON handed on: the library behind it writes what it
 * cannot read to the terminal, and knows no `id`. Ends in an error at the first event that is none.
 */
export function readableEvents(places: StreamPlaces): TransformStream<Uint8Array, Uint8Array> {
  const encoder = new TextEncoder();
  let written: string[] = [];
  const read = eventReader({ maxCharacters: MOST_EVENT, tooLong }, (event) => {
    written.push(writtenEvent(event));
    places.ids.push(event.id?.slice(0, MOST_ID));
  });
  return new TransformStream({
    transform(chunk, controller) {
      read(chunk);
      for (const text of written) controller.enqueue(encoder.encode(text));
      written = [];
    },
  });
}

function tooLong(): AnswerError {
  return new AnswerError(`an event of the stream has more than ${MOST_EVENT} characters`);
}

function writtenEvent({ name, data }: StreamEvent): string {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new AnswerError('an event of the stream is no JSON');
  }
  return `event: ${name === 'error' ? 'error' : 'message'}\ndata: ${JSON.stringify(value)}\n\n`;
}
