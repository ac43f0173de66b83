import { z } from 'zod';
import { blobRefSchema } from '../blob.js';

/** A question that code in a cell asks: of a model (`llm`), or of a REPL of its own (`rlm`). */
export const replQuestionSchema = z.object({
  prompt: z.string(),
  instruction: z.string().nullable(),
  /** JSON Schema of the answer. */
  schema: z.record(z.string(), z.unknown()).nullable(),
  /** `PROVIDER/MODEL`; null = the sub-model. */
  model: z.string().nullable(),
  maxTokens: z.number().int().positive().nullable(),
  /** Input of a REPL of its own; null = the same input. */
  context: z.string().nullable(),
  /** Asked so many times before on purpose, for a vote. */
  round: z.number().int().nonnegative(),
});

/** See {@link replQuestionSchema}. */
export type ReplQuestion = z.infer<typeof replQuestionSchema>;

/** A question as the workflow sees it: its text is a blob. */
export const replRequestSchema = z.object({
  id: z.number().int().nonnegative(),
  kind: z.enum(['llm', 'rlm']),
  /** JSON of a {@link ReplQuestion}. */
  question: blobRefSchema,
  hasSchema: z.boolean(),
  /** Of the model that is to answer; null = the sub-model. */
  model: z.string().max(200).nullable(),
  /** Why it cannot be asked; absent = it can. */
  problem: z.string().max(500).optional(),
  /** What the call may cost at most; nothing for `rlm`, which pays call by call. */
  needed: z.object({
    costMicroUsd: z.number().int().nonnegative().nullable(),
    tokens: z.number().int().nonnegative(),
    calls: z.number().int().nonnegative(),
  }),
});

/** See {@link replRequestSchema}. */
export type ReplRequest = z.infer<typeof replRequestSchema>;
