import { z } from 'zod';
import { blobRefSchema } from '../blob.js';

/** Characters of a value that stands in the journal itself. */
export const SHORT_VALUE = 8 * 1024;

/** How one call of a script ended. */
export const scriptEndSchema = z.intersection(
  z.object({
    /** The call, in the order in which they were made, from 0. */
    id: z.number().int().nonnegative(),
    /** Tokens of the whole script until then. */
    spent: z.number().nonnegative(),
  }),
  z.union([
    /** JSON of its value. */
    z.object({ value: z.string().max(SHORT_VALUE) }),
    z.object({ ref: blobRefSchema }),
    z.object({ code: z.string().min(1).max(60), message: z.string().max(1000) }),
  ]),
);

/** See {@link scriptEndSchema}. */
export type ScriptEnd = z.infer<typeof scriptEndSchema>;

/** One step of a script: it began, or was told the ends of calls. Its state is what comes of all of them in their order. */
export const scriptEntrySchema = z.object({
  /** Null = it began. */
  ends: z.array(scriptEndSchema).nullable(),
  /** Digests of what the calls of this step asked for and of all that came before them, by the calls' numbers. */
  chains: z.array(z.object({ id: z.number().int().nonnegative(), chain: z.string() })),
  /** Digest of the state after it. */
  hash: z.string(),
});

/** See {@link scriptEntrySchema}. */
export type ScriptEntry = z.infer<typeof scriptEntrySchema>;

/** Calls that have ended with a value, by what they asked for and all that came before them. */
export const knownEndsSchema = z.array(
  z.intersection(
    z.object({ chain: z.string() }),
    z.union([z.object({ value: z.string().max(SHORT_VALUE) }), z.object({ ref: blobRefSchema })]),
  ),
);

/** See {@link knownEndsSchema}. */
export type KnownEnd = z.infer<typeof knownEndsSchema>[number];

/** What a journal holds that a later run need not pay for again; failures are tried again. Pure. */
export function knownEndsOf(entries: readonly ScriptEntry[]): KnownEnd[] {
  const chains = new Map<number, string>();
  const known: KnownEnd[] = [];
  for (const { ends, chains: asked } of entries) {
    for (const end of ends ?? []) {
      const chain = chains.get(end.id);
      if (chain === undefined || 'code' in end) continue;
      known.push('value' in end ? { chain, value: end.value } : { chain, ref: end.ref });
    }
    for (const { id, chain } of asked) chains.set(id, chain);
  }
  return known;
}
