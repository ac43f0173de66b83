import { lstat, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { homePaths, isSealed } from '../../platform/index.js';

/** A blob that nothing names. */
export interface LooseBlob {
  readonly path: string;
  readonly bytes: number;
}

/** What {@link findLooseBlobs} starts from. */
export interface SweepRequest {
  readonly home: string;
  /** Texts that name what they need: records of runs that stay. */
  readonly texts: readonly string[];
  /** Folders of journal entries that stay. */
  readonly journal: readonly string[];
  /** Blobs written or named again after this moment (milliseconds) stay: a history may hold the only reference. */
  readonly before: number;
}

const DIGEST = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/**
 * Marks from the roots through everything that a marked blob names, and gives the old blobs that were not reached
 * (docs/adr/0005). Whatever looks like a digest counts as a reference: too much is kept rather than too little. Null when
 * something that is needed is encrypted: what it names cannot be seen then, so nothing is loose for sure.
 */
export async function findLooseBlobs(request: SweepRequest): Promise<LooseBlob[] | null> {
  const known = await listBlobs(request.home);
  const marked = new Set<string>();
  const pending: string[] = [];
  const mark = (text: string): void => {
    for (const [digest] of text.matchAll(DIGEST)) {
      if (marked.has(digest) || !known.has(digest)) continue;
      marked.add(digest);
      pending.push(digest);
    }
  };
  for (const text of request.texts) mark(text);
  let isReadable = true;
  const markFile = async (path: string): Promise<void> => {
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    if (isSealed(bytes)) isReadable = false;
    else mark(bytes.toString('latin1'));
  };
  for (const folder of request.journal) {
    for (const name of await readdir(folder)) await markFile(join(folder, name));
  }
  // young blobs are roots as well: what they name may be older than they are
  for (const [digest, { at }] of known) if (at >= request.before) mark(digest);
  for (let digest = pending.pop(); digest !== undefined; digest = pending.pop()) {
    const path = known.get(digest)?.path;
    if (path !== undefined) await markFile(path);
  }
  if (!isReadable) return null;
  return [...known].flatMap(([digest, { path, bytes }]) =>
    marked.has(digest) ? [] : [{ path, bytes }],
  );
}

/**
 * Removes loose blobs; gives how many went. A worker may name one again at this very moment: it is moved aside first, and put
 * back when its time has become young.
 */
export async function sweepBlobs(loose: readonly LooseBlob[], before: number): Promise<number> {
  let count = 0;
  for (const { path } of loose) {
    const aside = `${path}.sweep`;
    try {
      await rename(path, aside);
    } catch {
      continue;
    }
    if ((await lstat(aside)).mtimeMs >= before) await rename(aside, path);
    else {
      await rm(aside, { force: true });
      count += 1;
    }
  }
  return count;
}

interface KnownBlob extends LooseBlob {
  readonly at: number;
}

async function listBlobs(home: string): Promise<Map<string, KnownBlob>> {
  const root = homePaths(home).blobs;
  const blobs = new Map<string, KnownBlob>();
  for (const prefix of await readdir(root).catch(() => [])) {
    for (const name of await readdir(join(root, prefix)).catch(() => [])) {
      // left by a cleanup or a writer that was killed: temporary names are blobs of nobody
      const digest = /^[0-9a-f]{64}$/.test(name) ? name : `unfinished:${name}`;
      const path = join(root, prefix, name);
      const facts = await lstat(path).catch(() => undefined);
      if (facts?.isFile() === true)
        blobs.set(digest, { path, bytes: facts.size, at: facts.mtimeMs });
    }
  }
  return blobs;
}
