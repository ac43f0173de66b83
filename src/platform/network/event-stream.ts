import { createParser } from 'eventsource-parser';

/** One event of a stream. */
export interface StreamEvent {
  /** Undefined = the event has none of its own. */
  readonly id: string | undefined;
  readonly name: string;
  readonly data: string;
}

/** Bounds of a stream, and what happens beyond them. */
export interface StreamLimits {
  /** Characters of one event with all that it holds; whoever sends more is not listened to. */
  readonly maxCharacters: number;
  /** What is thrown then. */
  readonly tooLong: () => Error;
}

/**
 * Takes the bytes of a server-sent stream (WHATWG HTML section 9.2) as they come and tells every whole event that has data. Throws what
 * `tooLong` makes beyond the limit, and takes nothing after that.
 */
export function eventReader(
  { maxCharacters, tooLong }: StreamLimits,
  onEvent: (event: StreamEvent) => void,
): (piece: Uint8Array) => void {
  const decoder = new TextDecoder();
  let isTooLong = false;
  const parser = createParser({
    maxBufferSize: maxCharacters,
    onEvent: ({ id, event = 'message', data }) => {
      // one that began and ended within a piece was never in the buffer that is measured
      isTooLong ||= data.length > maxCharacters;
      if (!isTooLong) onEvent({ id, name: event, data });
    },
    onError: ({ type }) => {
      isTooLong ||= type === 'max-buffer-size-exceeded';
    },
  });
  return (piece) => {
    if (!isTooLong) parser.feed(decoder.decode(piece, { stream: true }));
    if (isTooLong) throw tooLong();
  };
}

/** The events of a stream, until it ends. Every piece that arrives is told to `onBytes`. */
export async function* readEvents(
  stream: AsyncIterable<Uint8Array>,
  limits: StreamLimits,
  onBytes: () => void = () => undefined,
): AsyncGenerator<StreamEvent> {
  let events: StreamEvent[] = [];
  const read = eventReader(limits, (event) => events.push(event));
  for await (const piece of stream) {
    onBytes();
    read(piece);
    const ready = events;
    events = [];
    yield* ready;
  }
}
