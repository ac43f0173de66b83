import { knownEndsSchema, KnownStock, type BlobRef } from '../../domain/index.js';
import { readScriptJournal, type BlobStore } from '../../platform/index.js';

/** The ends that a run before has paid for and that were not taken yet by what the journal tells. */
export async function knownEnds(
  known: BlobRef | null,
  { journal, blobs }: { readonly journal: BlobRef | null; readonly blobs: BlobStore },
): Promise<KnownStock> {
  if (known === null) return new KnownStock([]);
  const ends = knownEndsSchema.parse(JSON.parse(await blobs.getText(known)));
  const before = await readScriptJournal(journal, blobs);
  return new KnownStock(
    ends,
    before.flatMap(({ chains }) => chains.map(({ chain }) => chain)),
  );
}
