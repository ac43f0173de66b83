import { z } from 'zod';
import { modelReferenceSchema } from '../agent/model.js';
import { blobRefSchema } from '../blob.js';

/** Characters of a quotation that is kept; what is left out of a longer one may hold marks of redaction. */
const QUOTE_LIMIT = 4000;

/** A quotation from the input, found there byte for byte. */
export const evidenceSpanSchema = z.object({
  quote: z.string().max(QUOTE_LIMIT),
  /** Bytes of the input. */
  start: z.number().int().nonnegative(),
  end: z.number().int().nonnegative(),
  line: z.number().int().positive(),
  source: z.string().max(1000),
});

/** What an agent that answers a question over an input works with. */
export const rlmTaskSchema = z.object({
  /** Stored manifest of the input. */
  context: blobRefSchema,
  /** Levels above it; 0 = the question that a person asked. */
  depth: z.number().int().nonnegative(),
  maxDepth: z.number().int().nonnegative(),
  maxIterations: z.number().int().positive(),
  subModel: modelReferenceSchema,
  /** Tokens that fit into one request to the sub-model. */
  subWindow: z.number().int().positive(),
  /** Window that pieces and prompts of the REPL are measured by; absent = `subWindow`. */
  engineWindow: z.number().int().positive().optional(),
  /** Tokens of one answer of the sub-model; absent = as it is usual. */
  answerTokens: z.number().int().positive().optional(),
  /** JSON Schema of the answer; null = text. */
  schema: blobRefSchema.nullable(),
  /** Sub-calls at once. */
  parallel: z.number().int().positive(),
  /** REPL to go on with; null = a new one. */
  journal: blobRefSchema.nullable(),
  /** Tools of the host that its code may call; absent = none. */
  tools: z.array(z.string().max(100)).max(20).optional(),
  /** Under which name it is noted how far it has come; absent = it is not noted. */
  place: z.string().min(1).max(500).optional(),
  /** Which attempt at the question it belongs to, from 1; absent = 1. */
  attempt: z.number().int().positive().optional(),
  /** It goes on where an earlier attempt had come to, if that has noted anything under its name. */
  resumes: z.boolean().optional(),
});

/** See {@link rlmTaskSchema}. */
export type RlmTask = z.infer<typeof rlmTaskSchema>;

/** How a question over an input ended. */
export const rlmEndSchema = z.object({
  status: z.enum(['answered', 'exhausted']),
  /** The answer: text, or JSON where a schema was asked for. Null when there is none: nothing is made up. */
  answer: z
    .object({
      ref: blobRefSchema,
      /** The same as JSON. */
      json: blobRefSchema,
      preview: z.string(),
      /** The answer with its quotations, for an agent that asked; absent = there are none. */
      quoted: blobRefSchema.optional(),
    })
    .nullable(),
  evidence: z.array(evidenceSpanSchema).max(50),
  /** Why it ended as it did, for people. */
  reason: z.string(),
  iterations: z.number().int().nonnegative(),
  subQueries: z.number().int().nonnegative(),
  /** Calls of tools of the host, with those of REPLs below; absent = none. */
  toolCalls: z.number().int().nonnegative().optional(),
  /** Levels that were used, 0 = no REPL below this one. */
  depth: z.number().int().nonnegative(),
  journal: blobRefSchema.nullable(),
  /** Digest of the REPL's state. */
  stateHash: z.string().max(64),
  /** It was ended from outside in the middle of its work: another attempt goes on there. */
  isCut: z.boolean().optional(),
});

/** See {@link rlmEndSchema}. */
export type RlmEnd = z.infer<typeof rlmEndSchema>;

/** What such an agent carries from turn to turn. */
export const rlmStateSchema = z.object({
  journal: blobRefSchema.nullable(),
  /** The journal before the cell that is open. */
  before: blobRefSchema.nullable(),
  stateHash: z.string(),
  iterations: z.number().int().nonnegative(),
  subQueries: z.number().int().nonnegative(),
  /** See {@link rlmEndSchema}. */
  toolCalls: z.number().int().nonnegative().optional(),
  depth: z.number().int().nonnegative(),
  /** The code has looked at the input, or asked somebody. */
  hasLooked: z.boolean(),
  /** Answers that were sent back: each kind once. */
  sentBack: z.array(z.enum(['unread', 'schema', 'evidence', 'prose'])),
  /** Messages in a row that held no code; absent = none. */
  idle: z.number().int().nonnegative().optional(),
  /** The last outputs, for the case that no answer comes. */
  lastOutput: z.string(),
  /** What the last cells found in the input and printed, the newest first, for the same case; absent = nothing. */
  seen: z.array(evidenceSpanSchema).max(50).optional(),
});

/** See {@link rlmStateSchema}. */
export type RlmState = z.infer<typeof rlmStateSchema>;

/** Nothing run yet. */
export function openRlmState({ journal }: RlmTask): RlmState {
  return {
    journal,
    before: journal,
    stateHash: '',
    iterations: 0,
    subQueries: 0,
    depth: 0,
    hasLooked: false,
    sentBack: [],
    lastOutput: '',
  };
}
