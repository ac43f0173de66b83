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
  const line = new LineParts(maxBytes);
  for await (const piece of stream) {
    onBytes();
    let start = 0;
    for (const [at, byte] of piece.entries()) {
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) continue;
      const whole = line.end(piece.subarray(start, at), byte);
      if (whole !== undefined) yield whole;
      start = at + 1;
    }
    line.add(piece.slice(start));
  }
}

/** The pieces of one line, until it ends. */
class LineParts {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #size = 0;
  #hasReturn = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#hasReturn = false;
    this.#size += piece.length;
    if (this.#size > this.#maxBytes) throw tooLong('line', this.#maxBytes);
    this.#parts.push(piece);
  }

  /** The line whose last piece this is; undefined for the line feed behind a carriage return, which ends nothing. */
  end(piece: Uint8Array, byte: number): string | undefined {
    this.add(piece);
    const isSecondHalf = this.#hasReturn && byte === LINE_FEED;
    this.#hasReturn = byte === CARRIAGE_RETURN;
    if (isSecondHalf) return undefined;
    const line = Buffer.concat(this.#parts).toString('utf8');
    [this.#parts, this.#size] = [[], 0];
    return line;
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
