import { z } from 'zod';
import {
  blobRefSchema,
  notifyEventSchema,
  ralphOptionsSchema,
  rlmFactsSchema,
  runRecordSchema,
  workspaceRefSchema,
} from '../domain/index.js';

/** Input and REPL of earlier questions that the next one goes on with. */
export const earlierQuestionsSchema = z.object({
  context: blobRefSchema,
  journal: blobRefSchema.nullable(),
  /** Window that the REPL was measured by; absent = that of the sub-model. */
  window: z.number().int().positive().optional(),
  /** The same question goes on in the middle of its work, where what is noted under this name has come to; absent = it begins with a new conversation. */
  place: z.string().optional(),
  /** Attempts at the same question before; absent = none. */
  attempts: z.number().int().nonnegative().optional(),
  /** What was asked before, for the model. */
  questions: z.array(z.object({ query: z.string(), answer: z.string() })),
});

/** Input of `rlmWorkflow`: parsed and validated before the workflow starts. */
export const rlmInputSchema = z.object({
  runId: z.string(),
  project: z.string(),
  /** Absolute path of the folder in which the question was asked. */
  folder: z.string(),
  query: z.string().min(1),
  /** Files of the input: absolute paths, with the names that people know them by. */
  files: z.array(z.object({ name: z.string(), path: z.string() })),
  /** A text in place of files. */
  content: blobRefSchema.nullable(),
  requestedType: rlmFactsSchema.shape.requestedType,
  schema: blobRefSchema.nullable(),
  session: z.string().nullable(),
  /** Input and REPL of an earlier question of the same session, or of the run that goes on; null = new ones. */
  earlier: earlierQuestionsSchema.nullable(),
  subModel: ralphOptionsSchema.shape.model,
  /** Tokens that fit into one request to the sub-model. */
  subWindow: z.number().int().positive(),
  /** Tokens of one answer of the sub-model; absent = as it is usual. */
  answerTokens: z.number().int().positive().optional(),
  maxIterations: z.number().int().positive(),
  maxDepth: z.number().int().nonnegative(),
  /** Sub-calls at once. */
  parallel: z.number().int().positive(),
  /** Inputs up to so many tokens are answered by one call; 0 = none. */
  directTokens: z.number().int().nonnegative(),
  /** Tools of the host that the code may call, and the workspace in which they see `folder`; absent = none. */
  tools: z.object({ names: z.array(z.string()), workspace: workspaceRefSchema }).optional(),
  options: ralphOptionsSchema,
  /** Working time in milliseconds; waits do not count. */
  timeoutMs: z.number().int().positive(),
  /** The record of the run that goes on. Absent = a new run. */
  carried: runRecordSchema.optional(),
  notes: z.array(z.string()),
  notify: z.array(notifyEventSchema).optional(),
  /** False on a cluster that lacks our search attributes; the workflow then sets none. */
  hasSearchAttributes: z.boolean(),
});

/** See {@link rlmInputSchema}. */
export type RlmInput = z.infer<typeof rlmInputSchema>;
