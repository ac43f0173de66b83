import { createHash } from 'node:crypto';
import type { Git } from '../../platform/index.js';

/** Objects of git by their ids; those that are not there are missing. One process for all of them. */
export async function readObjects(
  git: Git,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (ids.length === 0) return found;
  const { stdout } = await git.run(['cat-file', '--batch'], { stdin: `${ids.join('\n')}\n` });
  let at = 0;
  while (at < stdout.length) {
    const end = stdout.indexOf(0x0a, at);
    if (end < 0) break;
    const [id = '', , size] = stdout.toString('utf8', at, end).split(' ');
    const length = Number(size);
    at = end + 1;
    if (size === undefined || !Number.isSafeInteger(length)) continue;
    found.set(id, stdout.subarray(at, at + length));
    at += length + 1;
  }
  return found;
}

/** Sizes in bytes of objects of git; those that are not there are missing. */
export async function objectSizes(
  git: Git,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const format = '--batch-check=%(objectname) %(objectsize)';
  const { stdout } = await git.run(['cat-file', format], { stdin: `${ids.join('\n')}\n` });
  const sizes = new Map<string, number>();
  for (const line of stdout.toString('utf8').split('\n')) {
    const [id = '', size] = line.split(' ');
    if (/^\d+$/.test(size ?? '')) sizes.set(id, Number(size));
  }
  return sizes;
}

/** Characters of an object id by SHA-1; longer ones are by SHA-256. */
const SHA1_CHARACTERS = 40;

/** True when `bytes` are the file that git has under this id. */
export function isObject(bytes: Uint8Array, id: string): boolean {
  const algorithm = id.length === SHA1_CHARACTERS ? 'sha1' : 'sha256';
  const hash = createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes);
  return hash.digest('hex') === id;
}
