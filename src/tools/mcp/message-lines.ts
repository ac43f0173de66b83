import { depthOf } from '../../domain/index.js';
import { WaitingBytes } from '../waiting-bytes.js';

/** What one server may send between two requests to it; more is no answer but a flood. */
export interface MessageLimits {
  /** Bytes of one line. */
  readonly lineBytes: number;
  /** Bytes in all, standard error included. */
  readonly bytes: number;
  readonly messages: number;
  /** Lines that are no message. */
  readonly junk: number;
}

/** The limits of every server. */
export const MESSAGE_LIMITS: MessageLimits = {
  lineBytes: 4 * 1024 * 1024,
  bytes: 64 * 1024 * 1024,
  messages: 20_000,
  junk: 1000,
};

/** No message is nested deeper; walks over deeper values end in an overflow of the stack. */
const MAX_DEPTH = 64;
const LINE_FEED = 0x0a;
const JUNK_SHOWN = 200;

/** Who is told what arrives. */
export interface MessageSink {
  /** One JSON object, not looked at yet. */
  readonly message: (value: object) => void;
  /** The server broke a limit, in words that go on after its name; nothing more is read of it. */
  readonly overrun: (what: string) => void;
}

/** Cuts what a server writes into messages, one a line; whatever it writes, so much is kept of it and no more. */
export class MessageLines {
  private readonly held = new WaitingBytes();
  private bytes = 0;
  private messages = 0;
  private junk = 0;
  private isOver = false;
  /** Beginning of the first line that was no message, for people; empty when there was none. */
  firstJunk = '';
  private readonly sink: MessageSink;
  private readonly limits: MessageLimits;

  constructor(sink: MessageSink, limits: MessageLimits = MESSAGE_LIMITS) {
    this.sink = sink;
    this.limits = limits;
  }

  /** A request goes out: what may come counts anew. */
  renew(): void {
    this.bytes = 0;
    this.messages = 0;
    this.junk = 0;
  }

  /** Counts what arrives beside the messages. */
  count(bytes: number): void {
    if (this.isOver) return;
    this.bytes += bytes;
    if (this.bytes > this.limits.bytes)
      this.end(`sent more than ${this.limits.bytes / (1024 * 1024)} MiB at once`);
  }

  push(chunk: Uint8Array): void {
    this.count(chunk.length);
    let rest = chunk;
    while (!this.isOver) {
      const at = rest.indexOf(LINE_FEED);
      if (at < 0) break;
      this.keep(rest.subarray(0, at));
      this.takeLine();
      rest = rest.subarray(at + 1);
    }
    if (!this.isOver) this.keep(rest);
  }

  private keep(part: Uint8Array): void {
    this.held.push(part);
    if (this.held.length > this.limits.lineBytes)
      this.end(`sent a line of more than ${this.limits.lineBytes / (1024 * 1024)} MiB`);
  }

  private takeLine(): void {
    if (this.isOver) return;
    const line = this.held.take(this.held.length).toString('utf8').trim();
    if (line === '') return;
    if (line.startsWith('{') && depthOf(line) > MAX_DEPTH)
      return this.end(`sent a message that is nested deeper than ${MAX_DEPTH} levels`);
    const value = parseObject(line);
    if (value === undefined) {
      if (this.firstJunk === '') this.firstJunk = line.slice(0, JUNK_SHOWN);
      this.junk += 1;
      if (this.junk > this.limits.junk) this.end('writes text where messages belong');
      return;
    }
    this.messages += 1;
    if (this.messages > this.limits.messages)
      this.end(`sent more than ${this.limits.messages} messages at once`);
    else this.sink.message(value);
  }

  private end(what: string): void {
    this.isOver = true;
    this.held.clear();
    this.sink.overrun(what);
  }
}

function parseObject(line: string): object | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
