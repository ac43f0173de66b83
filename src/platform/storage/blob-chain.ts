import { z } from 'zod';
import { blobRefSchema, type BlobRef } from '../../domain/index.js';
import type { BlobStore } from './blob-store.js';

/** A list in the blob store that only grows: each link holds one entry and the reference of the link before it. */
export interface BlobChain<Entry> {
  /** Adds an entry; gives the reference of the list with it. */
  readonly add: (previous: BlobRef | null, entry: Entry, blobs: BlobStore) => Promise<BlobRef>;
  /** All entries, oldest first; with `until` only those behind the first whose digest it knows, seen from the newest. */
  readonly read: (
    newest: BlobRef | null,
    blobs: BlobStore,
    until?: (digest: string) => boolean,
  ) => Promise<Entry[]>;
}

/** A chain of entries of one form. */
export function blobChain<Entry>(entry: z.ZodType<Entry>): BlobChain<Entry> {
  const linkSchema = z.object({
    version: z.literal(1),
    /** Entries up to this one. */
    length: z.number().int().positive(),
    previous: blobRefSchema.nullable(),
    entry,
  });
  const readLink = async (ref: BlobRef, blobs: BlobStore) =>
    linkSchema.parse(JSON.parse(await blobs.getText(ref)));
  return {
    async add(previous, added, blobs) {
      const length = previous === null ? 1 : (await readLink(previous, blobs)).length + 1;
      return blobs.put(JSON.stringify({ version: 1, length, previous, entry: added }));
    },
    async read(newest, blobs, until = () => false) {
      const entries: Entry[] = [];
      for (let at = newest; at !== null && !until(at.digest);) {
        const link = await readLink(at, blobs);
        entries.push(link.entry);
        at = link.previous;
      }
      return entries.reverse();
    },
  };
}
