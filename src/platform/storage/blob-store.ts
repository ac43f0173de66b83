import { createHash } from 'node:crypto';
import { readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { InfrastructureError, InvariantError, type BlobRef } from '../../domain/index.js';
import { isNotFound, writeDurableFile } from './durable-file.js';

/** Immutable bytes by SHA-256. A reference that `put` returned is on disk (fsync done) before anybody sees it. */
export interface BlobStore {
  put(content: string | Uint8Array): Promise<BlobRef>;
  /**
   * Throws {@link InfrastructureError} `ERR_BLOB_MISSING` or {@link InvariantError} `ERR_BLOB_CORRUPT`, both with the path.
   */
  get(ref: BlobRef): Promise<Buffer>;
  getText(ref: BlobRef): Promise<string>;
  /** Absolute path of the blob's file, whether it exists or not. */
  path(ref: BlobRef): string;
}

/** A blob store in `directory`, fanned out over 256 folders. Recent blobs are kept in memory up to `cacheBytes` (default 8 MiB). */
export function createBlobStore(directory: string, cacheBytes = 8 * 1024 * 1024): BlobStore {
  const cache = createByteCache(cacheBytes);
  const touches = createTouches();
  const path = (ref: BlobRef): string => join(directory, ref.digest.slice(0, 2), ref.digest);

  const get = async (ref: BlobRef): Promise<Buffer> => {
    const cached = cache.get(ref.digest);
    if (cached !== undefined) return cached;
    const content = await readBlob(path(ref), ref);
    cache.set(ref.digest, content);
    return content;
  };

  return {
    path,
    get,
    async put(content) {
      const bytes =
        typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
      const ref = { digest: sha256(bytes), bytes: bytes.length };
      const isFresh = cache.get(ref.digest) !== undefined && !touches.isDue(ref.digest);
      if (!isFresh && !(await touchWithSize(path(ref), ref.bytes))) {
        await writeDurableFile(path(ref), bytes);
      }
      cache.set(ref.digest, bytes);
      touches.note(ref.digest);
      return ref;
    },
    async getText(ref) {
      return (await get(ref)).toString('utf8');
    },
  };
}

const TOUCH_AFTER_MS = 60 * 60_000;
const MAX_TOUCHES = 4096;

/** Lower-case hex SHA-256. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * True when the blob is there; its time is set to now then, because the collector takes old blobs that nothing on disk names,
 * and the new reference may only be on its way to a history.
 */
async function touchWithSize(path: string, bytes: number): Promise<boolean> {
  try {
    const known = await stat(path);
    if (known.size !== bytes) return false;
    if (Date.now() - known.mtimeMs > TOUCH_AFTER_MS) {
      const now = new Date();
      await utimes(path, now, now);
    }
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Remembers which blobs were seen on disk lately; far below the day for which the collector spares young blobs. */
function createTouches() {
  const seen = new Map<string, number>();
  return {
    isDue: (digest: string): boolean => Date.now() - (seen.get(digest) ?? 0) > TOUCH_AFTER_MS,
    note(digest: string): void {
      seen.delete(digest);
      seen.set(digest, Date.now());
      for (const oldest of seen.keys()) {
        if (seen.size <= MAX_TOUCHES) break;
        seen.delete(oldest);
      }
    },
  };
}

async function readBlob(path: string, ref: BlobRef): Promise<Buffer> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new InfrastructureError('ERR_BLOB_MISSING', {
      message: `blob ${ref.digest.slice(0, 12)} is not in the store`,
      where: { file: path },
      hint: 'restore the file from a backup, or cancel the run and start it again',
      isRetryable: false,
      cause: error,
    });
  }
  if (content.length !== ref.bytes || sha256(content) !== ref.digest) {
    throw new InvariantError('ERR_BLOB_CORRUPT', {
      message: `blob ${ref.digest.slice(0, 12)} does not hold the bytes it is named after`,
      where: { file: path },
      hint: 'check the disk; restore the file from a backup, or cancel the run and start it again',
    });
  }
  return content;
}

interface ByteCache {
  get(digest: string): Buffer | undefined;
  set(digest: string, content: Buffer): void;
}

function createByteCache(limit: number): ByteCache {
  const entries = new Map<string, Buffer>();
  let total = 0;
  return {
    get(digest) {
      const content = entries.get(digest);
      if (content === undefined) return undefined;
      entries.delete(digest);
      entries.set(digest, content);
      return content;
    },
    set(digest, content) {
      if (entries.has(digest) || content.length > limit / 4) return;
      entries.set(digest, content);
      total += content.length;
      for (const [oldest, bytes] of entries) {
        if (total <= limit) break;
        entries.delete(oldest);
        total -= bytes.length;
      }
    },
  };
}
