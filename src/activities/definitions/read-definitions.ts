import { LRUCache } from 'lru-cache';
import {
  definitionsSchema,
  NO_DEFINITIONS,
  type BlobRef,
  type Definitions,
} from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';

/** By digest: every call of every agent of a run asks for the same ones. */
const READ = new LRUCache<string, Definitions>({ max: 32 });

/** What people defined for an agent, as it was when it was started. Throws what the blob store throws, never "nothing" for what is lost. */
export async function readDefinitions(
  ref: BlobRef | undefined,
  blobs: Pick<BlobStore, 'getText'>,
): Promise<Definitions> {
  if (ref === undefined) return NO_DEFINITIONS;
  const known = READ.get(ref.digest);
  if (known !== undefined) return known;
  const read = definitionsSchema.parse(JSON.parse(await blobs.getText(ref)));
  READ.set(ref.digest, read);
  return read;
}
