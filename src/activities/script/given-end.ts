import { z } from 'zod';
import { blobRefSchema, SHORT_VALUE, type ScriptEnd } from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import { lastAnswer } from '../model/last-answer.js';
import { readJsonAnswer } from '../model/json-answer.js';
import { storedValue } from './stored-value.js';

/** How a call ended, as the workflow knows it. */
export const givenEndSchema = z.intersection(
  z.object({
    id: z.number().int().nonnegative(),
    spent: z.number().nonnegative(),
    again: z.literal(true).optional(),
  }),
  z.union([
    /** An agent that was done: its last words are the value. */
    z.object({
      conversation: blobRefSchema,
      /** JSON Schema that they have to fit. */
      schema: blobRefSchema.nullable(),
    }),
    /** The same where they lie in the store by themselves. */
    z.object({ text: blobRefSchema, schema: blobRefSchema.nullable() }),
    /** JSON of a value that is there already. */
    z.object({ ref: blobRefSchema }),
    z.object({ value: z.string().max(SHORT_VALUE) }),
    z.object({ code: z.string().min(1).max(60), message: z.string().max(1000) }),
  ]),
);

type GivenEnd = z.infer<typeof givenEndSchema>;

/** An answer that does not fit its schema. */
interface Misfit {
  readonly id: number;
  readonly problems: string[];
}

const PROBLEM_BOUNDS = { most: 5, length: 200 };
const schemaSchema = z.record(z.string(), z.unknown());

/** The ends with their values; those whose answers do not fit are left out and named. */
export async function endsOf(
  given: readonly GivenEnd[],
  blobs: BlobStore,
): Promise<{ readonly ends: ScriptEnd[]; readonly misfits: Misfit[] }> {
  const ends: ScriptEnd[] = [];
  const misfits: Misfit[] = [];
  for (const end of given) {
    const read = 'schema' in end ? await answered(end, blobs) : end;
    if ('problems' in read) misfits.push(read);
    else ends.push(read);
  }
  return { ends, misfits };
}

async function answered(
  end: Extract<GivenEnd, { schema: unknown }>,
  blobs: BlobStore,
): Promise<ScriptEnd | Misfit> {
  const { id, spent, schema } = end;
  const said =
    'text' in end ? await blobs.getText(end.text) : await lastAnswer(end.conversation, blobs);
  const text = said.trim();
  if (schema === null) return { id, spent, ...(await storedValue(JSON.stringify(text), blobs)) };
  const { json, problems } = readJsonAnswer(
    text,
    schemaSchema.parse(JSON.parse(await blobs.getText(schema))),
    PROBLEM_BOUNDS,
  );
  return json === null ? { id, problems } : { id, spent, ...(await storedValue(json, blobs)) };
}
