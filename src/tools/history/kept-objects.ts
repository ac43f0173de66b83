import { createHash } from 'node:crypto';

/** Characters of an object id by SHA-1; longer ones are by SHA-256. */
const SHA1_CHARACTERS = 40;

/** True when `bytes` are the file that git has under this id. */
export function isObject(bytes: Uint8Array, id: string): boolean {
  const algorithm = id.length === SHA1_CHARACTERS ? 'sha1' : 'sha256';
  const hash = createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes);
  return hash.digest('hex') === id;
}
