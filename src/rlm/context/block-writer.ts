import { isUtf8 } from 'node:buffer';
import type { ContextBlock } from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';

/** Bytes of a block; small enough to be searched as one string, large enough that 100 MB are few. */
export const BLOCK_BYTES = 4 * 1024 * 1024;
const LINE_END = 0x0a;
const REPLACEMENT = Buffer.from('\u{FFFD}');

/** Writes a stream of bytes as blocks of UTF-8 that end with a line where they can. Holds two blocks at most. */
export class BlockWriter {
  readonly blocks: ContextBlock[] = [];
  private readonly blobs: BlobStore;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  /** The beginning of a character whose rest has not come. */
  private open: Buffer = Buffer.alloc(0);
  private written = 0;
  private writtenLineEnds = 0;
  private lineEnds = 0;
  private lastByte = LINE_END;
  private replacements = 0;

  constructor(blobs: BlobStore) {
    this.blobs = blobs;
  }

  /** Bytes of UTF-8 so far. */
  get bytes(): number {
    return this.written + this.waitingBytes;
  }

  /** Number of the line that the next byte belongs to, from 1. */
  get line(): number {
    return this.lineEnds + 1;
  }

  /** Places that were no UTF-8. */
  get replaced(): number {
    return this.replacements;
  }

  /** Lines so far; a last one without an end counts. */
  get lines(): number {
    return this.lineEnds + (this.isInLine ? 1 : 0);
  }

  /** True where a line is open. */
  get isInLine(): boolean {
    return this.lastByte !== LINE_END;
  }

  /** Takes bytes in. */
  async write(chunk: Uint8Array): Promise<void> {
    const all = this.open.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.open, chunk]);
    const end = wholeCharacters(all);
    this.open = all.subarray(end);
    await this.take(all.subarray(0, end));
  }

  /** A text ends here: a character that has not come whole is none. */
  async endText(): Promise<void> {
    const rest = this.open;
    this.open = Buffer.alloc(0);
    await this.take(rest);
  }

  /** Writes what waits, as the last block. */
  async finish(): Promise<void> {
    await this.endText();
    const rest = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    if (rest.length > 0) await this.put(rest);
  }

  private async take(raw: Buffer): Promise<void> {
    if (raw.length === 0) return;
    const bytes = this.asUtf8(raw);
    this.lineEnds += countLineEnds(bytes);
    this.lastByte = bytes.at(-1) ?? LINE_END;
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    if (this.waitingBytes > BLOCK_BYTES) await this.cut();
  }

  private async cut(): Promise<void> {
    let all = Buffer.concat(this.waiting);
    while (all.length > BLOCK_BYTES) {
      const end = all.lastIndexOf(LINE_END, BLOCK_BYTES - 1);
      const at = end >= 0 ? end + 1 : characterStart(all, BLOCK_BYTES);
      await this.put(all.subarray(0, at));
      all = all.subarray(at);
    }
    this.waiting = [all];
    this.waitingBytes = all.length;
  }

  private async put(bytes: Buffer): Promise<void> {
    const lineEnds = countLineEnds(bytes);
    const ref = await this.blobs.put(bytes);
    const firstLine = this.writtenLineEnds + 1;
    this.blocks.push({ ref, start: this.written, firstLine, lineEnds });
    this.written += bytes.length;
    this.writtenLineEnds += lineEnds;
  }

  private asUtf8(raw: Buffer): Buffer {
    if (isUtf8(raw)) return raw;
    const text = Buffer.from(raw.toString('utf8'), 'utf8');
    this.replacements += occurrences(text, REPLACEMENT) - occurrences(raw, REPLACEMENT);
    return text;
  }
}

/** Length of what ends with a whole character, or with bytes that no character begins with. Pure. */
export function wholeCharacters(bytes: Buffer): number {
  const start = characterStart(bytes, bytes.length - 1);
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + length > bytes.length ? start : bytes.length;
}

/** The last place at or before `at` where a character begins. Pure. */
export function characterStart(bytes: Uint8Array, at: number): number {
  let place = Math.min(Math.max(0, at), bytes.length);
  const lowest = Math.max(0, place - 3);
  while (place > lowest && ((bytes[place] ?? 0) & 0xc0) === 0x80) place -= 1;
  return place;
}

/** How many lines end in these bytes. Pure. */
export function countLineEnds(bytes: Buffer): number {
  return occurrences(bytes, '\n');
}

function occurrences(bytes: Buffer, wanted: string | Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + wanted.length))
    count += 1;
  return count;
}
