import { InfrastructureError } from '../../domain/index.js';

/** One event of a stream. */
export interface StreamEvent {
  /** Undefined = the event has none of its own. */
  readonly id: string | undefined;
  readonly name: string;
  readonly data: string;
}

/** Bounds of what one event may be; a server that sends more is not listened to. */
export interface StreamLimits {
  readonly maxLineBytes: number;
  readonly maxEventBytes: number;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Events of a server-sent stream (WHATWG HTML section 9.2): LF, CRLF and CR end lines, comments are passed over, and an event without
 * data is none. Every piece that arrives is told to `onBytes`. Throws `ERR_PLATFORM_STREAM` beyond the limits; ends with the stream.
 */
export async function* readEvents(
  stream: AsyncIterable<Uint8Array>,
  limits: StreamLimits,
  onBytes: () => void = () => undefined,
): AsyncGenerator<StreamEvent> {
  const event = new EventParts(limits.maxEventBytes);
  for await (const line of readLines(stream, limits.maxLineBytes, onBytes)) {
    if (line !== '') event.add(line);
    else {
      const whole = event.take();
      if (whole !== undefined) yield whole;
    }
  }
}

async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
  onBytes: () => void,
): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let hasReturn = false;
  for await (const piece of stream) {
    onBytes();
    let start = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at];
      const isSecondHalf = hasReturn && byte === LINE_FEED;
      hasReturn = byte === CARRIAGE_RETURN;
      if (isSecondHalf) start = at + 1;
      else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        const end = piece.subarray(start, at);
        if (size + end.length > maxBytes) throw tooLong('line', maxBytes);
        yield Buffer.concat([...parts, end]).toString('utf8');
        [parts, size, start] = [[], 0, at + 1];
      }
    }
    const rest = piece.slice(start);
    size += rest.length;
    if (size > maxBytes) throw tooLong('line', maxBytes);
    if (rest.length > 0) parts.push(rest);
  }
}

/** The lines of one event, until it ends. */
class EventParts {
  readonly #maxBytes: number;
  #data: string[] = [];
  #size = 0;
  #name = '';
  #id: string | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const rest = colon === -1 ? '' : line.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    if (field === 'event') this.#name = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'data') {
      this.#size += value.length + 1;
      if (this.#size > this.#maxBytes) throw tooLong('event', this.#maxBytes);
      this.#data.push(value);
    }
  }

  take(): StreamEvent | undefined {
    const [data, name, id] = [this.#data, this.#name, this.#id];
    [this.#data, this.#size, this.#name, this.#id] = [[], 0, '', undefined];
    if (data.length === 0) return undefined;
    return { id, name: name === '' ? 'message' : name, data: data.join('\n') };
  }
}

function tooLong(what: string, maxBytes: number): InfrastructureError {
  return new InfrastructureError('ERR_PLATFORM_STREAM', {
    message: `the platform sent a ${what} of more than ${maxBytes} bytes in its stream`,
    hint: 'the stream is opened again; look at the platform if that goes on',
  });
}
