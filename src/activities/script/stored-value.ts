import { SHORT_VALUE, type BlobRef } from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';

/** JSON of a value as a journal and a history hold it: short ones as they are, others by reference. */
export async function storedValue(
  json: string,
  blobs: BlobStore,
): Promise<{ readonly value: string } | { readonly ref: BlobRef }> {
  return json.length <= SHORT_VALUE ? { value: json } : { ref: await blobs.put(json) };
}
