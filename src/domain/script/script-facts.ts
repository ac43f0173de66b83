import { z } from 'zod';
import { blobRefSchema } from '../blob.js';
import { scriptTaskSchema } from './script-task.js';

/** What the record of a run keeps of its script. Only grows optional fields. */
export const scriptFactsSchema = z.object({
  name: z.string(),
  /** What it runs with; absent in a carried record. */
  task: scriptTaskSchema.optional(),
  state: z.enum(['running', 'done', 'failed', 'cut']),
  /** Everything that happened in it; null = it has not begun. */
  journal: blobRefSchema.nullable(),
  /** Digest of its state. */
  hash: z.string(),
  /** Part that it said it is in. */
  phase: z.string().nullable(),
  /** Parts in the order in which it entered them, at most a hundred. */
  phases: z.array(z.string()).max(100),
  /** What it logged last, oldest first. */
  lines: z.array(z.string()).max(50),
  /** Calls that it made, and those whose ends a run before had paid for. */
  calls: z.number().int().nonnegative(),
  taken: z.number().int().nonnegative(),
  error: z.object({ message: z.string(), line: z.number().nullable() }).nullable(),
});

/** See {@link scriptFactsSchema}. */
export type ScriptFacts = z.infer<typeof scriptFactsSchema>;
