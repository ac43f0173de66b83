import { lstat, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  blobContext,
  homePaths,
  isNotFound,
  journalContext,
  openStored,
  type Envelope,
} from '../../platform/index.js';

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
  /** Opens what is encrypted: a reference that cannot be read must not count as none. */
  readonly envelope: Envelope | null;
}

const DIGEST = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/**
 * Marks from the roots through everything that a marked blob names, and gives the old blobs that were not reached
 * (docs/adr/0005). Whatever looks like a digest counts as a reference: too much is kept rather than too little. Throws
 * `ERR_CODEC_OFF` and errors of Vault when something encrypted cannot be opened.
 */
export async function findLooseBlobs(request: SweepRequest): Promise<LooseBlob[]> {
  const known = await listBlobs(request.home);
  const { journal } = homePaths(request.home);
  const read = (path: string, context: string) => readOpened({ path, context }, request.envelope);
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
  for (const folder of request.journal) {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      mark(await read(path, journalContext(relative(journal, path).replace(/\.json$/, ''))));
    }
  }
  // young blobs are roots as well: what they name may be older than they are
  for (const [digest, { at }] of known) if (at >= request.before) mark(digest);
  for (let digest = pending.pop(); digest !== undefined; digest = pending.pop()) {
    const path = known.get(digest)?.path;
    if (path !== undefined) mark(await read(path, blobContext(digest)));
  }
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

/** A file that is gone names nothing. */
async function readOpened(
  file: { readonly path: string; readonly context: string },
  envelope: Envelope | null,
): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file.path);
  } catch (error) {
    if (isNotFound(error)) return '';
    throw error;
  }
  return (await openStored({ ...file, bytes }, envelope)).toString('latin1');
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
