import { LRUCache } from 'lru-cache';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { InvariantError } from '../../domain/index.js';
import type { DataKey, DataKeys } from './data-keys.js';

/** Encrypts and decrypts bytes. */
export interface Envelope {
  /** Ciphertext with everything that is needed to open it but the key. `context` is bound to it and must be given again. */
  seal(plain: Uint8Array, context: string): Promise<Buffer>;
  /**
   * Throws {@link InvariantError} `ERR_CODEC_TAMPERED` for bytes or a context that are not the sealed ones; errors of the
   * key server go through.
   */
  open(sealed: Uint8Array, context: string): Promise<Buffer>;
}

/** Options of {@link createEnvelope}. */
export interface EnvelopeOptions {
  /** Milliseconds that one data key encrypts. Default 15 minutes. */
  readonly keyLifeMs?: number;
  /** Bytes that one data key encrypts. Default 256 MiB, far below the bound of AES-GCM. */
  readonly keyBytes?: number;
  /** Unwrapped keys kept in memory. Default 256. */
  readonly cachedKeys?: number;
  /** Clock for tests. Default Date.now. */
  readonly now?: () => number;
}

/** Marks sealed bytes: `CTE`, version 1. */
const MAGIC = Buffer.from('CTE\u0001', 'latin1');
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_LIFE_MS = 15 * 60_000;
const KEY_BYTES = 256 * 1024 * 1024;
const CACHED_KEYS = 256;

/** True for bytes that an envelope made. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes.length > MAGIC.length && MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/** Envelope encryption: AES-256-GCM under a data key that lies wrapped beside the data. */
export function createEnvelope(keys: DataKeys, options: EnvelopeOptions = {}): Envelope {
  const current = createCurrentKey(keys, options);
  const unwrapped = createUnwrappedKeys(keys, options.cachedKeys ?? CACHED_KEYS);
  return {
    async seal(plain, context) {
      const { plaintext, wrapped } = await current(plain.length);
      unwrapped.remember(wrapped, plaintext);
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', plaintext, iv).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      const name = Buffer.from(wrapped);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(name.length);
      return Buffer.concat([MAGIC, length, name, iv, cipher.getAuthTag(), body]);
    },
    async open(sealed, context) {
      const parts = split(Buffer.from(sealed));
      const key = await unwrapped.find(parts.wrapped);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, parts.iv)
          .setAAD(Buffer.from(context))
          .setAuthTag(parts.tag);
        return Buffer.concat([decipher.update(parts.body), decipher.final()]);
      } catch (error) {
        throw tampered('they were changed, or belong to another place', error);
      }
    },
  };
}

interface Parts {
  readonly wrapped: string;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly body: Buffer;
}

function split(sealed: Buffer): Parts {
  const start = MAGIC.length + 2;
  if (!isSealed(sealed) || sealed.length < start) throw tampered('they are no envelope');
  const ivAt = start + sealed.readUInt16BE(MAGIC.length);
  const tagAt = ivAt + IV_BYTES;
  const bodyAt = tagAt + TAG_BYTES;
  if (sealed.length < bodyAt) throw tampered('they are cut off');
  return {
    wrapped: sealed.subarray(start, ivAt).toString('utf8'),
    iv: sealed.subarray(ivAt, tagAt),
    tag: sealed.subarray(tagAt, bodyAt),
    body: sealed.subarray(bodyAt),
  };
}

function tampered(reason: string, cause?: unknown): InvariantError {
  return new InvariantError('ERR_CODEC_TAMPERED', {
    message: `encrypted bytes cannot be opened: ${reason}`,
    hint: 'restore them from a backup; if you changed namespace or key, change it back',
    cause,
  });
}

/** The key that encrypts now; a new one when its time or its bytes are used up. */
function createCurrentKey(
  keys: DataKeys,
  options: EnvelopeOptions,
): (bytes: number) => Promise<DataKey> {
  const now = options.now ?? Date.now;
  const lifeMs = options.keyLifeMs ?? KEY_LIFE_MS;
  const mostBytes = options.keyBytes ?? KEY_BYTES;
  let current:
    | { readonly key: Promise<DataKey>; readonly until: number; bytes: number }
    | undefined;
  return (bytes) => {
    if (current === undefined || now() >= current.until || current.bytes + bytes > mostBytes) {
      const fresh = { key: keys.create(), until: now() + lifeMs, bytes: 0 };
      fresh.key.catch(() => {
        if (current === fresh) current = undefined;
      });
      current = fresh;
    }
    current.bytes += bytes;
    return current.key;
  };
}

interface UnwrappedKeys {
  remember(wrapped: string, key: Buffer): void;
  find(wrapped: string): Promise<Buffer>;
}

/** Keys by their wrapped form, least recently used first out: one request of Vault for each would cost milliseconds. */
function createUnwrappedKeys(keys: DataKeys, limit: number): UnwrappedKeys {
  const known = new LRUCache<string, Promise<Buffer>>({ max: limit });
  return {
    remember: (wrapped, key) => void known.set(wrapped, Promise.resolve(key)),
    find(wrapped) {
      const key = known.get(wrapped) ?? keys.unwrap(wrapped);
      known.set(wrapped, key);
      key.catch(() => known.delete(wrapped));
      return key;
    },
  };
}
