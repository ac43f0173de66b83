import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Share of the window that shows the beginning; errors stand at the end, so the end gets more (tools facts, section 1). */
const HEAD_SHARE = 0.4;

/** Where the whole output goes when it does not fit the window. */
export interface OutputSpill {
  readonly path: string;
  /** Bytes kept in the file at most; what follows is dropped and `isWhole` says so. */
  readonly maxBytes: number;
}

/** The kept part of an output. `head` + `tail` is the whole when `omittedBytes` is 0. */
export interface OutputWindow {
  readonly head: string;
  readonly tail: string;
  readonly totalBytes: number;
  readonly omittedBytes: number;
  /** The file with more of it, when the window overflowed and a spill was given. */
  readonly spill: { readonly path: string; readonly isWhole: boolean } | null;
}

/** Collects a stream in bounded memory: the first 40 % and the last 60 % of `maxBytes`. */
export interface OutputCollector {
  add(chunk: Uint8Array): void;
  /** Closes the spill file and returns what was kept. */
  finish(): OutputWindow;
}

/** A collector for one stream. Nothing is written to disk before the window overflows. */
export function createOutputCollector(maxBytes: number, spill?: OutputSpill): OutputCollector {
  const headLimit = Math.floor(maxBytes * HEAD_SHARE);
  const tailLimit = Math.max(maxBytes - headLimit, 1);
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  let total = 0;
  let file: SpillFile | undefined;

  return {
    add(chunk) {
      const bytes = Buffer.from(chunk);
      total += bytes.length;
      if (file === undefined && spill !== undefined && total > maxBytes) {
        file = openSpill(spill);
        for (const part of [...head, ...tail]) file.write(part);
      }
      file?.write(bytes);
      const toHead = bytes.subarray(0, headLimit - headBytes);
      if (toHead.length > 0) head.push(toHead);
      headBytes += toHead.length;
      const toTail = bytes.subarray(toHead.length);
      if (toTail.length > 0) tail.push(toTail);
      tailBytes += toTail.length;
      tailBytes -= trimFront(tail, tailBytes - tailLimit);
    },
    finish() {
      file?.close();
      const omittedBytes = total - headBytes - tailBytes;
      const isCut = omittedBytes > 0;
      const headBuffer = Buffer.concat(head);
      const tailBuffer = Buffer.concat(tail);
      const whole = isCut ? undefined : Buffer.concat([headBuffer, tailBuffer]).toString('utf8');
      return {
        head: whole ?? withoutTornEnd(headBuffer).toString('utf8'),
        tail: whole === undefined ? withoutTornStart(tailBuffer).toString('utf8') : '',
        totalBytes: total,
        omittedBytes,
        spill:
          file === undefined || spill === undefined
            ? null
            : { path: spill.path, isWhole: file.isWhole() },
      };
    },
  };
}

interface SpillFile {
  write(bytes: Uint8Array): void;
  isWhole(): boolean;
  close(): void;
}

/** Writes are synchronous: they hold the reader back, so that a flood cannot grow in memory. */
function openSpill(spill: OutputSpill): SpillFile {
  mkdirSync(dirname(spill.path), { recursive: true });
  const descriptor = openSync(spill.path, 'w', 0o600);
  let written = 0;
  let isWhole = true;
  let limit = spill.maxBytes;
  return {
    write(bytes) {
      const fitting = bytes.subarray(0, Math.max(limit - written, 0));
      if (fitting.length < bytes.length) isWhole = false;
      if (fitting.length === 0) return;
      try {
        written += writeSync(descriptor, fitting);
      } catch {
        // A full disk costs the end of what was kept beside the window, not the command.
        isWhole = false;
        limit = 0;
      }
    },
    isWhole: () => isWhole,
    close: () => closeSync(descriptor),
  };
}

/** Drops at least `excess` bytes from the front, keeping the rest exactly; returns the number dropped. */
function trimFront(chunks: Buffer[], excess: number): number {
  let dropped = 0;
  while (dropped < excess) {
    const first = chunks[0];
    if (first === undefined) break;
    const needed = excess - dropped;
    if (first.length <= needed) {
      chunks.shift();
      dropped += first.length;
    } else {
      chunks[0] = first.subarray(needed);
      dropped += needed;
    }
  }
  return dropped;
}

/** A UTF-8 character cut at the end is left out rather than shown as a replacement character. */
function withoutTornEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

function withoutTornStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < Math.min(3, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}
