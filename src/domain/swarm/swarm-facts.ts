import { z } from 'zod';
import { blobRefSchema } from '../blob.js';
import { evidenceSchema } from '../proof/check.js';
import { scriptFactsSchema } from '../script/script-facts.js';
import { subtaskAgentSchema } from './subtask.js';
import { swarmStrategySchema } from './swarm-plan.js';

/** What a subtask has beside what every story of a run has. */
const subtaskTraitsSchema = z.object({
  id: z.string(),
  agent: subtaskAgentSchema,
  touches: z.array(z.string()),
  /** Part of a script to which it belongs; absent = none. */
  phase: z.string().optional(),
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
  /** The question about one row; only its beginning where `templateRef` has it. */
  template: z.string(),
  /** All of it by reference: neither a run's first message nor a thousand steps carry the text. Absent in older records. */
  templateRef: blobRefSchema.optional(),
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
  planned: z.enum(['file', 'model', 'rows', 'single', 'script']),
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
  /** How far the script has come whose agents these are. */
  script: scriptFactsSchema.optional(),
  /** It was planned and nothing more; absent = it was carried out. */
  isDryRun: z.boolean().optional(),
});

/** See {@link swarmFactsSchema}. */
export type SwarmFacts = z.infer<typeof swarmFactsSchema>;

/** What a judge's answer says: the verdict of its first line that names one, and the words around it. Pure. */
export function taskVerdict(answer: string): Judgement {
  const lines = answer.split('\n');
  const at = lines.findIndex((line) => verdictOf(line) !== undefined);
  const reason = lines
    .filter((_, index) => index !== at)
    .join('\n')
    .trim()
    .slice(0, 500);
  return { verdict: verdictOf(lines[at] ?? '') ?? 'none', reason };
}

function verdictOf(line: string): 'pass' | 'fail' | undefined {
  const words = line.toUpperCase().replace(/[^A-Z:]/g, '');
  if (words.startsWith('VERDICT:PASS')) return 'pass';
  return words.startsWith('VERDICT:FAIL') ? 'fail' : undefined;
}
