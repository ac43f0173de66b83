import { LRUCache } from 'lru-cache';
import { knownEndsSchema, KnownStock, type BlobRef, type ScriptEntry } from '../../domain/index.js';
import { readScriptJournal, type BlobStore } from '../../platform/index.js';

type Outline = Pick<ScriptEntry, 'ends' | 'chains'>;

/** What was asked and ended in a journal, by its digest: one that is a step longer is read by one step. */
const seen = new LRUCache<string, readonly Outline[]>({ max: 16 });

/** The ends that a run before has paid for and that were not told yet by what the journal says. */
export async function knownEnds(
  known: BlobRef | null,
  { journal, blobs }: { readonly journal: BlobRef | null; readonly blobs: BlobStore },
): Promise<KnownStock> {
  if (known === null) return new KnownStock([]);
  const ends = knownEndsSchema.parse(JSON.parse(await blobs.getText(known)));
  const stock = new KnownStock(ends);
  stock.replay(await outlineOf(journal, blobs));
  return stock;
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
