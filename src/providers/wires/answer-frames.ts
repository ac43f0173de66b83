import { ProviderError } from '../failures/errors.js';
import { shortened } from '../reading.js';
import { NO_JSON, parseJson } from '../reply/json-text.js';

/** One thing that a server said: a JSON value, that it is alive, or that the answer is over. */
export type Frame =
  | { readonly kind: 'alive' }
  | {
      readonly kind: 'data';
      readonly event: string;
      readonly value: unknown;
      /** It came without the framing of a stream. */
      readonly isBare: boolean;
    }
  | { readonly kind: 'end' };

/** A line without an end, and a body that is no stream, are held in memory: no answer of a model is longer. */
const LONGEST_LINE = 8 * 1024 * 1024;
const ALIVE: Frame = { kind: 'alive' };

/**
 * The body of an answer as frames: server-sent events as servers really send them (empty ones, comments, no blank line in
 * between, no event lines), lines of bare JSON, or one JSON value. Own code, because the parsers of the SDKs and of the
 * packages refuse or drop what is read here. Ends silently when the signal aborts; throws `malformed` for what is none of it.
 */
export async function* readFrames(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Frame> {
  const reader = body.getReader();
  const abort = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', abort, { once: true });
  const decoder = new TextDecoder();
  const lines = createLineReader();
  const events = createEventReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const texts = done ? lines.end() : lines.push(decoder.decode(value, { stream: true }));
      for (const line of texts) yield* events.line(line);
      if (done) break;
    }
    yield* events.end();
  } finally {
    signal.removeEventListener('abort', abort);
    await reader.cancel().catch(() => undefined);
  }
}

interface LineReader {
  push(text: string): string[];
  end(): string[];
}

/** Lines that end with LF, CR or both; an open line is kept in parts, because joining at each chunk would be quadratic. */
function createLineReader(): LineReader {
  let open: string[] = [];
  let length = 0;
  let isFirst = true;
  const add = (text: string): void => {
    if (text === '') return;
    open.push(text);
    length += text.length;
    if (length > LONGEST_LINE) {
      throw new ProviderError('malformed', {
        message: `the server sent a line of more than ${LONGEST_LINE / 1024 / 1024} MiB`,
      });
    }
  };
  const take = (): string => {
    const line = open.join('');
    open = [];
    length = 0;
    return line;
  };
  return {
    push(text) {
      const pieces = (isFirst ? text.replace(/^\uFEFF/, '') : text).split(/\r\n|\n|\r/);
      isFirst &&= text === '';
      const last = pieces.pop() ?? '';
      const lines = pieces.map((piece) => {
        add(piece);
        return take();
      });
      add(last);
      return lines;
    },
    end: () => (length === 0 ? [] : [take()]),
  };
}

interface EventReader {
  line(line: string): Frame[];
  end(): Frame[];
}

function createEventReader(): EventReader {
  const loose = createLooseText();
  let event = '';
  let parts: string[] = [];
  let hasData = false;
  const flush = (): Frame[] => {
    const whole = parts.join('\n');
    parts = [];
    if (whole === '') return [];
    const value = parseJson(whole);
    if (value === NO_JSON) throw unreadable(whole);
    return [toData(value)];
  };
  const toData = (value: unknown, isBare = false): Frame => {
    hasData = true;
    return { kind: 'data', event, value: Array.isArray(value) ? value[0] : value, isBare };
  };
  const data = (text: string): Frame[] => {
    if (text === '') return [ALIVE];
    if (/^\[done\]$/i.test(text)) return [...flush(), { kind: 'end' }];
    // Most events are one line; some servers send the next one without a blank line.
    const value = parts.length === 0 ? parseJson(text) : NO_JSON;
    if (value !== NO_JSON) return [toData(value)];
    parts.push(text);
    if (parts.length === 1) loose.count(text.length);
    return [ALIVE];
  };
  return {
    line(line) {
      if (line.trim() === '') {
        const frames = flush();
        event = '';
        return frames.length === 0 ? [ALIVE] : frames;
      }
      if (line.startsWith(':')) return [ALIVE];
      const field = /^\s{0,8}(data|event|id|retry)(?::\s?|$)/.exec(line);
      if (field === null) {
        const value = loose.add(line);
        return value === NO_JSON ? [ALIVE] : [toData(value, true)];
      }
      const rest = line.slice(field[0].length).trim();
      if (field[1] === 'data') return data(rest);
      if (field[1] === 'event') event = rest;
      return [ALIVE];
    },
    end() {
      const frames = flush();
      const text = loose.text().trim();
      if (text === '' || hasData) return frames;
      const value = parseJson(text);
      if (value === NO_JSON) throw unreadable(text);
      return [toData(value, true)];
    },
  };
}

interface LooseText {
  /** A line without framing; the value when it is one JSON object by itself. */
  add(line: string): unknown;
  count(characters: number): void;
  text(): string;
}

/** What came without framing: an error that a proxy wrote, lines of JSON, or a whole answer. */
function createLooseText(): LooseText {
  const lines: string[] = [];
  let length = 0;
  const count = (characters: number): void => {
    length += characters;
    if (length > LONGEST_LINE) {
      throw new ProviderError('malformed', {
        message: `the server sent more than ${LONGEST_LINE / 1024 / 1024} MiB that are no stream`,
      });
    }
  };
  return {
    add(line) {
      count(line.length);
      const text = line.trim();
      const isAlone = lines.length === 0 && (text.startsWith('{') || text.startsWith('[{'));
      const value = isAlone ? parseJson(text) : NO_JSON;
      if (value === NO_JSON) lines.push(line);
      return value;
    },
    count,
    text: () => lines.join('\n'),
  };
}

function unreadable(text: string): ProviderError {
  const what = /^\s{0,20}<(!doctype|html)/i.test(text) ? 'a web page' : 'no JSON';
  return new ProviderError('malformed', {
    message: `the server's answer is ${what}: ${shortened(text, 100)}`,
    hint: 'check wire and base_url of the provider: a proxy or another program may have answered',
  });
}
