import { open } from 'node:fs/promises';
import { isNotFound } from '../storage/durable-file.js';

/** Git ends an index file with a SHA-1 of all before it (gitformat-index, "checksum"). */
const CHECKSUM_BYTES = 20;
const MAX_KNOWN = 1000;

const known = new Map<string, { readonly checksum: string; readonly tree: string }>();

/**
 * Remembers which tree an index file stands for, so that staging without a change needs no `write-tree`. The same
 * checksum means the same entries, and the same entries make the same tree.
 */
export async function treeOfIndex(
  indexFile: string,
  writeTree: () => Promise<string>,
): Promise<string> {
  const before = known.get(indexFile);
  if (before !== undefined && before.checksum === (await readChecksum(indexFile)))
    return before.tree;
  const tree = await writeTree();
  // Read afterwards: write-tree itself puts what it computed into the index.
  const checksum = await readChecksum(indexFile);
  known.delete(indexFile);
  if (checksum !== undefined) known.set(indexFile, { checksum, tree });
  for (const oldest of known.keys()) {
    if (known.size <= MAX_KNOWN) break;
    known.delete(oldest);
  }
  return tree;
}

async function readChecksum(indexFile: string): Promise<string | undefined> {
  try {
    const handle = await open(indexFile, 'r');
    try {
      const { size } = await handle.stat();
      if (size < CHECKSUM_BYTES) return undefined;
      const bytes = Buffer.alloc(CHECKSUM_BYTES);
      await handle.read(bytes, 0, CHECKSUM_BYTES, size - CHECKSUM_BYTES);
      return bytes.toString('hex');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
