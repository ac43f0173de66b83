import type { Readable } from 'node:stream';
import {
  AbstractMessageReader,
  Disposable,
  type DataCallback,
  type Message,
} from 'vscode-jsonrpc/node';
import { WaitingBytes } from '../../waiting-bytes.js';

/** How much a server may say; more is taken for a fault of it, and ends it. */
export interface ReaderLimits {
  readonly maxFrameBytes: number;
  readonly maxHeaderBytes: number;
  /** Frames and bytes within one window of {@link windowMs}. */
  readonly maxFramesInWindow: number;
  readonly maxBytesInWindow: number;
  readonly windowMs: number;
}

/** Generous to servers of large projects: a list of all symbols has some megabytes. */
export const READER_LIMITS: ReaderLimits = {
  maxFrameBytes: 16 * 1024 * 1024,
  maxHeaderBytes: 4096,
  maxFramesInWindow: 20_000,
  maxBytesInWindow: 64 * 1024 * 1024,
  windowMs: 10_000,
};

const HEADER_END = Buffer.from('\r\n\r\n');
/** Messages that are handed on before everything else of the worker gets a turn. */
const BURST = 50;

/** A server that does not keep to the protocol, or says too much. */
export class BadFrameError extends Error {}

/**
 * Reads frames of a server that may be anything: a header that is none, a length that is wrong or huge, no JSON, or messages without
 * end are told once as an error, and nothing is read from then on.
 */
export class BoundedMessageReader extends AbstractMessageReader {
  /** Messages so far. */
  heard = 0;
  private readonly stream: Readable;
  private readonly limits: ReaderLimits;
  private readonly held = new WaitingBytes();
  private wanted: number | undefined;
  private isOver = false;
  private frames = 0;
  private bytes = 0;
  private windowStart = performance.now();

  constructor(stream: Readable, limits: ReaderLimits = READER_LIMITS) {
    super();
    this.stream = stream;
    this.limits = limits;
  }

  listen(callback: DataCallback): Disposable {
    void this.read(callback);
    return Disposable.create(() => {
      this.isOver = true;
    });
  }

  private async read(callback: DataCallback): Promise<void> {
    try {
      for await (const chunk of this.stream) {
        if (this.isOver) return;
        this.count(0, (chunk as Buffer).length);
        this.held.push(chunk as Buffer);
        await this.handOn(callback);
      }
    } catch (error) {
      if (!this.isOver) this.fireError(error);
    } finally {
      this.isOver = true;
      this.held.clear();
      this.fireClose();
    }
  }

  private async handOn(callback: DataCallback): Promise<void> {
    for (let count = 1; ; count += 1) {
      const message = this.nextMessage();
      if (message === undefined || this.isOver) return;
      this.count(1, 0);
      this.heard += 1;
      callback(message);
      if (count % BURST === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  private nextMessage(): Message | undefined {
    this.wanted ??= this.readHeader();
    if (this.wanted === undefined || this.held.length < this.wanted) return undefined;
    const body = this.held.take(this.wanted);
    this.wanted = undefined;
    const value = parse(body);
    if (typeof value !== 'object' || value === null || !('jsonrpc' in value))
      throw new BadFrameError('a message is no JSON-RPC');
    return value as Message;
  }

  /** Length of the body that follows; undefined while the header is not there as a whole. */
  private readHeader(): number | undefined {
    if (this.held.length === 0) return undefined;
    const { maxHeaderBytes, maxFrameBytes } = this.limits;
    const start = this.held.peek(maxHeaderBytes);
    const end = start.indexOf(HEADER_END);
    if (end < 0) {
      if (this.held.length >= maxHeaderBytes)
        throw new BadFrameError('it writes what is no message');
      return undefined;
    }
    const header = start.toString('latin1', 0, end);
    const [, length] = /^content-length:[ \t]{0,20}(\d{1,15})[ \t]{0,20}$/im.exec(header) ?? [];
    if (length === undefined) throw new BadFrameError('a message does not say its length');
    if (Number(length) > maxFrameBytes)
      throw new BadFrameError(`a message of ${length} bytes; at most ${maxFrameBytes} are read`);
    this.held.take(end + HEADER_END.length);
    return Number(length);
  }

  private count(frames: number, bytes: number): void {
    const { windowMs, maxFramesInWindow, maxBytesInWindow } = this.limits;
    const now = performance.now();
    if (now - this.windowStart > windowMs) {
      this.windowStart = now;
      this.frames = 0;
      this.bytes = 0;
    }
    this.frames += frames;
    this.bytes += bytes;
    if (this.frames > maxFramesInWindow || this.bytes > maxBytesInWindow)
      throw new BadFrameError('it sends messages without end');
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new BadFrameError('a message is no JSON');
  }
}
