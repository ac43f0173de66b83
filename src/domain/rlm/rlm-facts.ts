import { z } from 'zod';
import { modelReferenceSchema } from '../agent/model.js';
import { blobRefSchema } from '../blob.js';
import { contentTypeSchema } from './context-manifest.js';
import { rlmEndSchema } from './rlm-task.js';

/** How a question over an input was answered: by one call that held all of it, or by code. */
export const rlmRouteSchema = z.enum(['direct', 'repl']);

/** What only a question over an input has in its record. Only grows optional fields. */
export const rlmFactsSchema = z.object({
  query: z.string(),
  /** Names of the input's files, the first hundred. */
  files: z.array(z.string()),
  fileCount: z.number().int().nonnegative(),
  requestedType: z.union([contentTypeSchema, z.literal('auto')]),
  subModel: modelReferenceSchema,
  maxIterations: z.number().int().positive(),
  maxDepth: z.number().int().nonnegative(),
  schema: blobRefSchema.nullable(),
  /** Name under which its REPL goes on with the next question. */
  session: z.string().nullable(),
  /** Stored input; null until it is stored. */
  context: blobRefSchema.nullable(),
  /** What the input was found to be; null until it is stored. */
  input: z
    .object({
      type: contentTypeSchema,
      format: z.string().nullable(),
      bytes: z.number().int().nonnegative(),
      lines: z.number().int().nonnegative(),
      /** Places that were no UTF-8. */
      replaced: z.number().int().nonnegative(),
    })
    .nullable(),
  route: rlmRouteSchema.nullable(),
  /** REPL of a question that was cancelled; absent = `end` has it. */
  journal: blobRefSchema.nullable().optional(),
  /** Window that the REPL was measured by, in tokens; absent = not yet known. */
  window: z.number().int().positive().optional(),
  /** Tools of the host that its code may call; absent = none. */
  tools: z.array(z.string()).optional(),
  /** Attempts at it so far; absent = one, or none that noted anything. */
  attempt: z.number().int().positive().optional(),
  /** Under which name it is noted how far its REPL has come; absent = it is not noted. */
  place: z.string().optional(),
  /** How it ended; null while it has not. */
  end: rlmEndSchema.nullable(),
});

/** See {@link rlmFactsSchema}. */
export type RlmFacts = z.infer<typeof rlmFactsSchema>;
