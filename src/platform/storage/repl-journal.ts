import { journalNodeSchema, type BlobRef, type JournalEntry } from '../../domain/index.js';
import type { BlobStore } from './blob-store.js';

/** Adds an entry; gives the journal with it. */
export async function addToJournal(
  previous: BlobRef | null,
  entry: JournalEntry,
  blobs: BlobStore,
): Promise<BlobRef> {
  const length = previous === null ? 1 : (await readNode(previous, blobs)).length + 1;
  return blobs.put(JSON.stringify({ version: 1, length, previous, entry }));
}

/** All entries, oldest first. */
export async function readJournal(
  newest: BlobRef | null,
  blobs: BlobStore,
): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (let at = newest; at !== null;) {
    const { entry, previous } = await readNode(at, blobs);
    entries.push(entry);
    at = previous;
  }
  return entries.reverse();
}

async function readNode(ref: BlobRef, blobs: BlobStore) {
  return journalNodeSchema.parse(JSON.parse(await blobs.getText(ref)));
}
