import { z } from 'zod';
import { blobRefSchema, SHORT_VALUE, type BlobRef, type ScriptEnd } from '../../domain/index.js';
import { readScriptJournal, type BlobStore } from '../../platform/index.js';

/** A call that has ended with a value, by what it asked for and all that came before it. */
const knownSchema = z.array(
  z.intersection(
    z.object({ chain: z.string() }),
    z.union([z.object({ value: z.string().max(SHORT_VALUE) }), z.object({ ref: blobRefSchema })]),
  ),
);
type KnownEnd = z.infer<typeof knownSchema>[number];

/** What a run before has paid for. */
export interface KnownEnds {
  /** The end of the next call of this chain; undefined when there is none left. */
  take(chain: string, as: { readonly id: number; readonly spent: number }): ScriptEnd | undefined;
}

/** The ends that are known and were not taken yet by what the journal tells; the same call made several times has as many. */
export async function knownEnds(
  known: BlobRef | null,
  { journal, blobs }: { readonly journal: BlobRef | null; readonly blobs: BlobStore },
): Promise<KnownEnds> {
  const left = new Map<string, KnownEnd[]>();
  for (const end of known === null ? [] : knownSchema.parse(JSON.parse(await blobs.getText(known))))
    left.set(end.chain, [...(left.get(end.chain) ?? []), end]);
  const before = left.size === 0 ? [] : await readScriptJournal(journal, blobs);
  for (const { chain } of before.flatMap(({ chains }) => chains)) left.get(chain)?.shift();
  return {
    take(chain, as) {
      const end = left.get(chain)?.shift();
      if (end === undefined) return undefined;
      const { chain: _asked, ...value } = end;
      return { ...as, ...value };
    },
  };
}

/** What the journal of a run holds that a later run need not pay for again; failures are tried again. */
export async function keepKnown(journal: BlobRef, blobs: BlobStore): Promise<BlobRef> {
  const chains = new Map<number, string>();
  const known: KnownEnd[] = [];
  for (const entry of await readScriptJournal(journal, blobs)) {
    for (const end of entry.ends ?? []) {
      const chain = chains.get(end.id);
      if (chain === undefined || 'code' in end) continue;
      known.push('value' in end ? { chain, value: end.value } : { chain, ref: end.ref });
    }
    for (const { id, chain } of entry.chains) chains.set(id, chain);
  }
  return blobs.put(JSON.stringify(known));
}
