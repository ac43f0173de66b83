import type { Git } from '../git.js';

const LINE_FEED = 0x0a;

/** Bytes of the contents of files by their object ids, one process for all; what is no file's content, or not there, is left out. */
export async function objectSizes(
  git: Git,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  if (ids.length === 0) return sizes;
  const answer = await git.run(
    ['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'],
    { stdin: `${[...new Set(ids)].join('\n')}\n` },
  );
  for (const line of answer.stdout.toString('latin1').split('\n')) {
    const [object = '', type, size] = line.split(' ');
    if (type === 'blob') sizes.set(object, Number(size));
  }
  return sizes;
}

/** Objects by their ids, one process for all; those that are not there are left out. The caller bounds how much it is. */
export async function readObjects(
  git: Git,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (ids.length === 0) return found;
  const { stdout } = await git.run(['cat-file', '--batch'], { stdin: `${ids.join('\n')}\n` });
  for (let at = 0; at < stdout.length;) {
    const end = stdout.indexOf(LINE_FEED, at);
    if (end < 0) break;
    const [id = '', , size] = stdout.toString('latin1', at, end).split(' ');
    const length = Number(size);
    at = end + 1;
    if (size === undefined || !Number.isSafeInteger(length)) continue;
    found.set(id, stdout.subarray(at, at + length));
    at += length + 1;
  }
  return found;
}
