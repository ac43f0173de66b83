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
    /** Asked again by a run that goes on: nobody has answered. */
    again: z.literal(true).optional(),
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

/** Calls that have ended with a value. */
export const knownEndsSchema = z.array(
  z.intersection(
    z.object({
      /** What it asked for, and all that came before it. */
      chain: z.string(),
      /** How often the same was asked before it. */
      nth: z.number().int().nonnegative(),
      /** Its place in the order in which calls ended. */
      at: z.number().int().nonnegative(),
      spent: z.number().nonnegative(),
    }),
    z.union([z.object({ value: z.string().max(SHORT_VALUE) }), z.object({ ref: blobRefSchema })]),
  ),
);

/** See {@link knownEndsSchema}. */
export type KnownEnd = z.infer<typeof knownEndsSchema>[number];

/** The name under which an end is known. */
export const knownName = ({ chain, nth }: Pick<KnownEnd, 'chain' | 'nth'>): string =>
  `${chain} ${nth}`;

/**
 * What a journal holds that a later run need not pay for again, and behind it what the run before that had and this one did not come to.
 * Failures are tried again. Pure.
 */
export function knownEndsOf(
  entries: readonly ScriptEntry[],
  before: readonly KnownEnd[] = [],
): KnownEnd[] {
  const asked = new Map<number, { readonly chain: string; readonly nth: number }>();
  const counts = new Map<string, number>();
  const known = new Map<string, KnownEnd>();
  let at = 0;
  for (const { ends, chains } of entries) {
    for (const end of ends ?? []) {
      const call = asked.get(end.id);
      if (call === undefined || 'code' in end || end.again === true) continue;
      const { spent } = end;
      const as = { ...call, at, spent };
      known.set(
        knownName(call),
        'value' in end ? { ...as, value: end.value } : { ...as, ref: end.ref },
      );
      at += 1;
    }
    for (const { id, chain } of chains) {
      const nth = counts.get(chain) ?? 0;
      counts.set(chain, nth + 1);
      asked.set(id, { chain, nth });
    }
  }
  const earlier = before
    .filter((end) => !known.has(knownName(end)))
    .map((end, index) => ({ ...end, at: at + index }));
  return [...known.values(), ...earlier];
}
