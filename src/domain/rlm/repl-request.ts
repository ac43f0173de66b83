import { z } from 'zod';
import { blobRefSchema } from '../blob.js';
import { replErrorCodeSchema } from './journal.js';

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
  /** Tools of the host that a REPL of its own may call as well; absent = none. */
  tools: z.array(z.string().max(100)).max(20).optional(),
});

/** See {@link replQuestionSchema}. */
export type ReplQuestion = z.infer<typeof replQuestionSchema>;

/** A call of a tool of the host, as code in a cell makes it. */
export const replToolCallSchema = z.object({
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()).default({}),
});

/** A question as the workflow sees it: its text is a blob. */
export const replRequestSchema = z.object({
  id: z.number().int().nonnegative(),
  kind: z.enum(['llm', 'rlm', 'tool']),
  /** JSON of a {@link ReplQuestion}; of a tool, a conversation whose one message calls it. */
  question: blobRefSchema,
  hasSchema: z.boolean(),
  /** Of the model that is to answer; null = the sub-model. */
  model: z.string().max(200).nullable(),
  /** Why it cannot be asked; absent = it can. */
  problem: z.string().max(500).optional(),
  /** What kind of problem it is; absent = `INVALID`. */
  problemCode: replErrorCodeSchema.optional(),
  /** Name of the tool that is called; absent = none. */
  tool: z.string().max(100).optional(),
  /** What the call may cost at most; nothing for `rlm`, which pays call by call, and for tools. */
  needed: z.object({
    costMicroUsd: z.number().int().nonnegative().nullable(),
    tokens: z.number().int().nonnegative(),
    calls: z.number().int().nonnegative(),
  }),
});

/** See {@link replRequestSchema}. */
export type ReplRequest = z.infer<typeof replRequestSchema>;
