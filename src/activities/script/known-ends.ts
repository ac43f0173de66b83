import { LRUCache } from 'lru-cache';
import { knownEndsSchema, KnownStock, type BlobRef } from '../../domain/index.js';
import { readScriptJournal, type BlobStore } from '../../platform/index.js';

/** Chains of the calls that a journal holds, by its digest: a journal that is one step longer is read by one step. */
const seen = new LRUCache<string, readonly string[]>({ max: 16 });

/** The ends that a run before has paid for and that were not taken yet by what the journal tells. */
export async function knownEnds(
  known: BlobRef | null,
  { journal, blobs }: { readonly journal: BlobRef | null; readonly blobs: BlobStore },
): Promise<KnownStock> {
  if (known === null) return new KnownStock([]);
  const ends = knownEndsSchema.parse(JSON.parse(await blobs.getText(known)));
  return new KnownStock(ends, await askedIn(journal, blobs));
}

async function askedIn(journal: BlobRef | null, blobs: BlobStore): Promise<readonly string[]> {
  if (journal === null) return [];
  let before: readonly string[] = [];
  const added = await readScriptJournal(journal, blobs, (digest) => {
    const chains = seen.get(digest);
    before = chains ?? [];
    return chains !== undefined;
  });
  const asked = [...before, ...added.flatMap(({ chains }) => chains.map(({ chain }) => chain))];
  seen.set(journal.digest, asked);
  return asked;
}
