import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { ContextBlock } from '../../domain/index.js';
import { BLOCK_BYTES } from '../context/block-writer.js';
import { BlockDamagedError } from '../cell-error.js';
import type { ReadBlock } from '../context/context-reader.js';
import type { ContextBytes } from './repl-messages.js';

/** As many blocks as a reader keeps; it gives up the one that it got first. */
const SLOTS = 2;

/**
 * Reads blocks, plain ones from their files into memory that is used again and again: what was given before the last two is overwritten.
 * Each is compared with its digest once. Throws {@link BlockDamagedError} for one that cannot be read or holds something else.
 */
export function blockFiles(from: ContextBytes): ReadBlock {
  if (from.kind === 'memory') return ({ ref, start }) => Buffer.from(from.bytes, start, ref.bytes);
  const slots = Array.from({ length: SLOTS }, () => Buffer.alloc(0));
  const known = new Set<string>();
  let turn = 0;
  return (block) => {
    turn = (turn + 1) % SLOTS;
    if ((slots[turn]?.length ?? 0) < block.ref.bytes)
      slots[turn] = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, block.ref.bytes));
    const bytes = readInto(slots[turn] ?? Buffer.alloc(0), block, from.paths);
    if (!known.has(block.ref.digest)) verify(bytes, block);
    known.add(block.ref.digest);
    return bytes;
  };
}

function readInto(
  slot: Buffer,
  { ref }: ContextBlock,
  paths: Readonly<Record<string, string>>,
): Buffer {
  const file = opened(paths[ref.digest] ?? '', ref.digest);
  try {
    let read = 0;
    while (read < ref.bytes) {
      const more = readSync(file, slot, read, ref.bytes - read, read);
      if (more === 0) break;
      read += more;
    }
    return slot.subarray(0, read);
  } finally {
    closeSync(file);
  }
}

function opened(path: string, digest: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new BlockDamagedError(digest, `cannot be read: ${(error as Error).message}`);
  }
}

function verify(bytes: Buffer, { ref }: ContextBlock): void {
  const isWhole = createHash('sha256').update(bytes).digest('hex') === ref.digest;
  if (!isWhole)
    throw new BlockDamagedError(ref.digest, 'does not hold the bytes that it is named after');
}
