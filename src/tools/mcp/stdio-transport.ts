import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import type { Writable } from 'node:stream';
import { modelText, visibleLine } from '../../domain/index.js';
import { MessageLines, type MessageLimits } from './message-lines.js';

/** A program that speaks the protocol on its standard streams. */
export interface StartedProgram {
  /** Ends it, with everything that it started; resolves when nothing of it is left. */
  stop(): Promise<void>;
  /** Resolves when it has ended, with a word about how; never rejects. */
  readonly ended: Promise<string>;
}

/** Where the streams of a program go. */
export interface ProgramStreams {
  readonly input: (stream: Writable) => void;
  readonly output: (chunk: Uint8Array) => void;
  readonly errors: (chunk: Uint8Array) => void;
}

/** Starts the program; nothing of it runs before. */
export type StartProgram = (streams: ProgramStreams) => StartedProgram;

const ERRORS_KEPT = 2000;
/** What a server that reads nothing may have waiting for it. */
const MOST_WAITING = 8 * 1024 * 1024;

/**
 * Messages over the standard streams of a program of ours, in place of the library's own transport: the program runs in the sandbox,
 * and what it writes is bounded in size, depth and number. The library knows a stdio transport by `stderr` and `pid`.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <T extends JSONRPCMessage>(message: T) => void;
  readonly stderr = null;
  readonly pid = null;
  private program: StartedProgram | undefined;
  private input: Writable | undefined;
  private errors = '';
  private failure: string | undefined;
  private isClosed = false;
  private readonly startProgram: StartProgram;
  private readonly parse: (value: unknown) => JSONRPCMessage;
  private readonly lines: MessageLines;

  constructor(
    startProgram: StartProgram,
    parse: (value: unknown) => JSONRPCMessage,
    limits?: MessageLimits,
  ) {
    this.startProgram = startProgram;
    this.parse = parse;
    this.lines = new MessageLines(
      { message: (value) => this.take(value), overrun: (what) => this.fail(what) },
      limits,
    );
  }

  start(): Promise<void> {
    this.program = this.startProgram({
      input: (stream) => {
        this.input = stream;
      },
      output: (chunk) => this.lines.push(chunk),
      errors: (chunk) => {
        this.lines.count(chunk.length);
        this.errors = (this.errors + Buffer.from(chunk).toString('utf8')).slice(-ERRORS_KEPT);
      },
    });
    void this.program.ended.then((how) => {
      this.failure ??= how;
      this.tellClosed();
    });
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    const { input } = this;
    if (input?.writable !== true || this.isClosed)
      return Promise.reject(new Error(this.failure ?? 'it has ended'));
    if (input.writableLength > MOST_WAITING) {
      this.fail('reads nothing of what it is sent');
      return Promise.reject(new Error(this.failure));
    }
    if ('method' in message) this.lines.renew();
    // Whether it reads is seen by its answers; who waits for them has a time limit.
    input.write(`${JSON.stringify(message)}\n`);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.program?.stop();
    this.tellClosed();
  }

  /** True when it ended by itself, or broke a limit. */
  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /** Why there is no answer of it, with the end of what it wrote to standard error. */
  describeEnd(): string {
    const last = visibleLine(this.errors.trim().slice(-500));
    const junk = visibleLine(this.lines.firstJunk);
    return [
      this.failure ?? 'was stopped',
      ...(last === '' ? [] : [`its last words: ${modelText(last, 500)}`]),
      ...(junk === '' ? [] : [`it wrote what is no message: ${modelText(junk, 300)}`]),
    ].join('; ');
  }

  private take(value: object): void {
    if (this.isClosed) return;
    let message: JSONRPCMessage;
    try {
      message = this.parse(value);
    } catch {
      // An object that is no message is passed over like other text: an answer that never comes has a time limit.
      return;
    }
    this.onmessage?.(message);
  }

  private fail(what: string): void {
    this.failure ??= what;
    void this.program?.stop();
    this.tellClosed();
  }

  private tellClosed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onclose?.();
  }
}
