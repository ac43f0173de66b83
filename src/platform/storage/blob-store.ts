import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { InfrastructureError, InvariantError, type BlobRef } from '../../domain/index.js';
import type { Envelope } from '../codec/envelope.js';
import { blobContext, openStored } from '../codec/stored-bytes.js';
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

/** Options of {@link createBlobStore}. */
export interface BlobStoreOptions {
  /** Recent blobs kept in memory, in bytes. Default 8 MiB. */
  readonly cacheBytes?: number;
  /** Encrypts what is written; null or absent = plain. Names are the digests of the plain bytes either way. */
  readonly envelope?: Envelope | null;
}

/** A blob store in `directory`, fanned out over 256 folders. */
export function createBlobStore(directory: string, options: BlobStoreOptions = {}): BlobStore {
  const cache = createByteCache(options.cacheBytes ?? 8 * 1024 * 1024);
  const envelope = options.envelope ?? null;
  const touches = createTouches();
  const path = (ref: BlobRef): string => join(directory, ref.digest.slice(0, 2), ref.digest);

  const get = async (ref: BlobRef): Promise<Buffer> => {
    const cached = cache.get(ref.digest);
    if (cached !== undefined) return cached;
    const content = await readBlob(path(ref), ref, envelope);
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
      // An envelope's size tells nothing; files are whole or absent.
      const size = envelope === null ? ref.bytes : null;
      if (!isFresh && !(await touchIfThere(path(ref), size))) {
        const stored =
          envelope === null ? bytes : await envelope.seal(bytes, blobContext(ref.digest));
        await writeDurableFile(path(ref), stored);
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
async function touchIfThere(path: string, bytes: number | null): Promise<boolean> {
  try {
    const known = await stat(path);
    if (bytes !== null && known.size !== bytes) return false;
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
  const seen = new LRUCache<string, number>({ max: MAX_TOUCHES });
  return {
    isDue: (digest: string): boolean => Date.now() - (seen.get(digest) ?? 0) > TOUCH_AFTER_MS,
    note: (digest: string): void => void seen.set(digest, Date.now()),
  };
}

async function readBlob(path: string, ref: BlobRef, envelope: Envelope | null): Promise<Buffer> {
  let stored: Buffer;
  try {
    stored = await readFile(path);
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
  const context = blobContext(ref.digest);
  const content = await openStored({ bytes: stored, path, context }, envelope);
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
  if (limit <= 0) return { get: () => undefined, set: () => undefined };
  const entries = new LRUCache<string, Buffer>({
    maxSize: limit,
    maxEntrySize: Math.max(1, Math.floor(limit / 4)),
    sizeCalculation: (content) => Math.max(1, content.length),
  });
  return {
    get: (digest) => entries.get(digest),
    set: (digest, content) => void entries.set(digest, content),
  };
}
