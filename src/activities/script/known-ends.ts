import {
  knownEndsSchema,
  type BlobRef,
  type KnownEnd,
  type ScriptEnd,
} from '../../domain/index.js';
import { readScriptJournal, type BlobStore } from '../../platform/index.js';

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
  for (const end of known === null
    ? []
    : knownEndsSchema.parse(JSON.parse(await blobs.getText(known))))
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
