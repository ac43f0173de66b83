import { LRUCache } from 'lru-cache';
import {
  knownEndsSchema,
  KnownStock,
  type BlobRef,
  type KnownEnd,
  type ScriptEntry,
} from '../../domain/index.js';
import { readScriptJournal, type BlobStore } from '../../platform/index.js';

type Outline = Pick<ScriptEntry, 'ends' | 'chains'>;

/** What was asked and ended in a journal, by its digest: one that is a step longer is read by one step. */
const seen = new LRUCache<string, readonly Outline[]>({ max: 16 });

/** Ends that runs before have paid for, by the digest of their list. */
const parsed = new LRUCache<string, readonly KnownEnd[]>({ max: 4 });

/** The ends that a run before has paid for and that were not told yet by what the journal says. */
export async function knownEnds(
  known: BlobRef | null,
  { journal, blobs }: { readonly journal: BlobRef | null; readonly blobs: BlobStore },
): Promise<KnownStock> {
  if (known === null) return new KnownStock([]);
  const stock = new KnownStock(await endsIn(known, blobs));
  stock.replay(await outlineOf(journal, blobs));
  return stock;
}

/** The same for all steps of a run: read once. */
async function endsIn(known: BlobRef, blobs: BlobStore): Promise<readonly KnownEnd[]> {
  const read = parsed.get(known.digest);
  if (read !== undefined) return read;
  const ends = knownEndsSchema.parse(JSON.parse(await blobs.getText(known)));
  parsed.set(known.digest, ends);
  return ends;
}

async function outlineOf(journal: BlobRef | null, blobs: BlobStore): Promise<readonly Outline[]> {
  if (journal === null) return [];
  let before: readonly Outline[] = [];
  const added = await readScriptJournal(journal, blobs, (digest) => {
    const outline = seen.get(digest);
    before = outline ?? [];
    return outline !== undefined;
  });
  const outline = [...before, ...added.map(({ ends, chains }) => ({ ends, chains }))];
  seen.set(journal.digest, outline);
  return outline;
}
