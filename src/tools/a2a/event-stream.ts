import { AnswerError } from './failure.js';

/** Characters of one event; what is longer ends the stream. */
const MOST_EVENT = 8 * 1024 * 1024;

/** What an event stream has said of its places. */
export interface StreamPlaces {
  /** The `id` of each event that was handed on, in order; undefined = it had none. */
  readonly ids: (string | undefined)[];
}

interface Pending {
  id: string | undefined;
  type: string;
  data: string[];
  size: number;
}

/**
 * Server-sent events as they come, with nothing but whole events whose data is JSON handed on: the library behind it writes what it
 * cannot read to the terminal, and knows no `id`. Ends in an error at the first event that is none.
 */
export function readableEvents(places: StreamPlaces): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  // Pieces of the line that has not ended: joined once, however many they are.
  let pieces: string[] = [];
  let waiting = 0;
  let event = emptyEvent();
  const takeLine = (line: string): string | undefined => {
    if (line !== '') {
      addField(event, line);
      return undefined;
    }
    const whole = event;
    event = emptyEvent();
    if (whole.data.length === 0) return undefined;
    places.ids.push(whole.id);
    return writtenEvent(whole);
  };
  return new TransformStream({
    transform(chunk, controller) {
      const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
      pieces.push(first);
      waiting += first.length;
      for (const next of others) {
        const text = takeLine(pieces.join('').replace(/\r$/, ''));
        if (text !== undefined) controller.enqueue(encoder.encode(text));
        pieces = [next];
        waiting = next.length;
      }
      if (waiting + event.size > MOST_EVENT)
        throw new AnswerError(`an event of the stream has more than ${MOST_EVENT} characters`);
    },
  });
}

function emptyEvent(): Pending {
  return { id: undefined, type: 'message', data: [], size: 0 };
}

function addField(event: Pending, line: string): void {
  event.size += line.length;
  const at = line.indexOf(':');
  const name = at === -1 ? line : line.slice(0, at);
  const value = at === -1 ? '' : line.slice(at + 1).replace(/^ /, '');
  if (name === 'data') event.data.push(value);
  else if (name === 'event') event.type = value.slice(0, 100);
  else if (name === 'id') event.id = value.slice(0, 100);
}

function writtenEvent({ type, data }: Pending): string {
  let value: unknown;
  try {
    value = JSON.parse(data.join('\n'));
  } catch {
    throw new AnswerError('an event of the stream is no JSON');
  }
  return `event: ${type === 'error' ? 'error' : 'message'}\ndata: ${JSON.stringify(value)}\n\n`;
}
