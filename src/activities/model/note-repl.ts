import { z } from 'zod';
import {
  newMessageSchema,
  replPlaceSchema,
  rlmStateSchema,
  type BlobRef,
  type ReplNote,
} from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';

/** What notes of REPLs are kept with. */
export interface ReplNotes {
  readonly blobs: BlobStore;
  /** Notes how far a REPL has come. Default: nobody wants to know. */
  readonly noteRepl?: (runId: string, note: ReplNote) => Promise<void>;
}

/** How a REPL stands before the model is asked for the next cell. */
export const replyMarkSchema = replPlaceSchema.extend({ rlm: rlmStateSchema });

/** How a REPL stands before a step of a cell. */
export const cellMarkSchema = replPlaceSchema.extend({
  rlm: rlmStateSchema,
  /** Digest of the conversation whose last answer holds the code, and which of its calls it is; null = it is no call. */
  conversation: z.string(),
  index: z.number().int().nonnegative().nullable(),
  /** What the model is to be told of the calls before. */
  pending: z.array(newMessageSchema),
});

/** A note of what was just paid; one that cannot be written costs nothing but a later attempt. */
export async function noteQuietly(
  { noteRepl }: ReplNotes,
  runId: string,
  make: () => Promise<ReplNote>,
): Promise<void> {
  if (noteRepl === undefined) return;
  try {
    await noteRepl(runId, await make());
  } catch {
    // the work goes on, and is kept by its own journal
  }
}

/** Stores what a note refers to. */
export function putMark(blobs: BlobStore, mark: object): Promise<BlobRef> {
  return blobs.put(JSON.stringify({ version: 1, ...mark }));
}
