import { z } from 'zod';
import { modelReferenceSchema } from '../agent/model.js';
import { blobRefSchema } from '../blob.js';
import { agentNameSchema } from '../definitions/named-agent.js';

/** Name of a script: neither a path nor a flag. */
export const scriptNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'expected letters, digits, - and _, at most 64');

/** Folders of a repository in which scripts have a name, the first before the others. */
export const SCRIPT_FOLDERS: readonly string[] = ['.codetether/scripts', '.claude/workflows'];

/** Agents that a script starts in all, where nobody says otherwise. */
export const MOST_SCRIPT_AGENTS = 1000;

/** A script as a run carries it out: everything that its state is made of, beside the ends of its calls. */
export const scriptTaskSchema = z.object({
  name: z.string().max(64),
  /** The file that it was read from, absolute. */
  path: z.string().max(4096),
  /** Its text as it was read; nested ones by name beside it. */
  source: blobRefSchema,
  /** JSON of its arguments. */
  args: blobRefSchema,
  /** Tokens that `budget` shows; null = no limit. */
  budgetTokens: z.number().int().positive().nullable(),
  mostAgents: z.number().int().positive().max(MOST_SCRIPT_AGENTS),
  /** What its random numbers come from: the same however its text is edited. */
  seed: z.string().max(100),
  /** The moment that its clocks show, in milliseconds. */
  nowMs: z.number().int().nonnegative(),
  /** False where there are no files: agents only answer. */
  mayWrite: z.boolean(),
  /** Agents of people that it may name. */
  profiles: z
    .array(z.object({ name: agentNameSchema, agent: z.enum(['build', 'plan', 'explore']) }))
    .max(200),
  /** Models that its text names, as they were found. */
  models: z
    .array(
      z.object({
        name: z.string().max(200),
        model: modelReferenceSchema,
        contextWindow: z.number().int().positive(),
      }),
    )
    .max(50),
  /** Ends of calls of a run before, by what they asked for and all that came before them; null = none. */
  known: blobRefSchema.nullable(),
});

/** See {@link scriptTaskSchema}. */
export type ScriptTask = z.infer<typeof scriptTaskSchema>;

/** The text of a script, and of those that it may start by name. */
export const scriptSourceSchema = z.object({
  text: z.string(),
  nested: z.record(z.string(), z.string()),
});

/** What an agent is asked by a script. */
export const scriptAgentCallSchema = z.object({
  prompt: z.string().min(1),
  schema: z.record(z.string(), z.unknown()).optional(),
  label: z.string().optional(),
  phase: z.string().max(200).optional(),
  model: z.string().max(200).optional(),
  profile: z.string().max(100).optional(),
  isolation: z.enum(['lane', 'worktree', 'none']).optional(),
  touches: z.array(z.string().min(1).max(200)).max(20).optional(),
  /** Seconds. */
  timeout: z
    .number()
    .positive()
    .max(30 * 86_400)
    .optional(),
  effort: z.string().max(20).optional(),
});

/** See {@link scriptAgentCallSchema}. */
export type ScriptAgentCall = z.infer<typeof scriptAgentCallSchema>;
