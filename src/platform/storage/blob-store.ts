import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
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
      if (cache.get(ref.digest) === undefined && !(await existsWithSize(path(ref), ref.bytes))) {
        await writeDurableFile(path(ref), bytes);
      }
      cache.set(ref.digest, bytes);
      return ref;
    },
    async getText(ref) {
      return (await get(ref)).toString('utf8');
    },
  };
}

/** Lower-case hex SHA-256. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function existsWithSize(path: string, bytes: number): Promise<boolean> {
  try {
    return (await stat(path)).size === bytes;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
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
