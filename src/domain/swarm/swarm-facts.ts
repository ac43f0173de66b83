import { z } from 'zod';
import { blobRefSchema } from '../blob.js';
import { evidenceSchema } from '../proof/check.js';
import { subtaskAgentSchema } from './subtask.js';
import { swarmStrategySchema } from './swarm-plan.js';

/** What a subtask has beside what every story of a run has. */
const subtaskTraitsSchema = z.object({
  id: z.string(),
  agent: subtaskAgentSchema,
  touches: z.array(z.string()),
});

/** One judge's word about the merged result. */
const judgementSchema = z.object({
  /** `none` = it gave no verdict. */
  verdict: z.enum(['pass', 'fail', 'none']),
  reason: z.string(),
});

/** See {@link judgementSchema}. */
export type Judgement = z.infer<typeof judgementSchema>;

/** A table whose rows are subtasks. */
export const swarmRowsSchema = z.object({
  /** Absolute paths. */
  input: z.string(),
  output: z.string(),
  /** The rows as they were read, one JSON object a line; row n is subtask `row-n`, from 1. */
  table: blobRefSchema,
  template: z.string(),
  /** JSON Schema of each answer. */
  schema: blobRefSchema,
  columns: z.array(z.string()),
});

/** See {@link swarmRowsSchema}. */
export type SwarmRows = z.infer<typeof swarmRowsSchema>;

/** What only a swarm's record has. Only grows optional fields. */
export const swarmFactsSchema = z.object({
  task: z.string(),
  strategy: swarmStrategySchema,
  /** Where the subtasks came from. */
  planned: z.enum(['file', 'model', 'rows', 'single']),
  maxSubagents: z.number().int().positive(),
  /** Longest working time of one subtask, in milliseconds; waits for a provider or a person do not count. */
  timeoutMs: z.number().int().positive(),
  /** Judges that were asked for. */
  verify: z.number().int().nonnegative(),
  traits: z.array(subtaskTraitsSchema),
  /** False where there is no git repository: results, no files. */
  hasFiles: z.boolean(),
  /** The joined result; null until it is made. */
  answer: z.object({ ref: blobRefSchema, preview: z.string() }).nullable(),
  /** Every subtask ended well. */
  isFinished: z.boolean(),
  /** Checks or judges passed on the merged tree; null = nobody looked. */
  isVerified: z.boolean().nullable(),
  /** Checks of the merged tree. */
  evidence: z.array(evidenceSchema).optional(),
  judgements: z.array(judgementSchema).optional(),
  /** Most subtasks that worked at once. */
  peak: z.number().int().nonnegative().optional(),
  rows: swarmRowsSchema.optional(),
});

/** See {@link swarmFactsSchema}. */
export type SwarmFacts = z.infer<typeof swarmFactsSchema>;

const VERDICT = /^[\s*_`#>]*VERDICT[\s*_`]*:[\s*_`]*(PASS|FAIL)\b/im;

/** What a judge's answer says: its verdict, and the words behind it. Pure. */
export function taskVerdict(answer: string): Judgement {
  const found = VERDICT.exec(answer);
  const reason = answer.replace(VERDICT, '').trim().slice(0, 500);
  if (found === null) return { verdict: 'none', reason };
  return { verdict: found[1]?.toUpperCase() === 'PASS' ? 'pass' : 'fail', reason };
}
