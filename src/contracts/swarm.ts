import { z } from 'zod';
import {
  blobRefSchema,
  checkSchema,
  NO_SETUP,
  notifyEventSchema,
  ralphOptionsSchema,
  runRecordSchema,
  scriptTaskSchema,
  subtaskSchema,
  swarmFactsSchema,
  swarmRowsSchema,
  swarmStrategySchema,
  workspaceSetupSchema,
} from '../domain/index.js';

/**
 * What a swarm that starts now is worked off by; one that was started before goes on by its own. 2: what does not land is kept on a
 * branch, every end publishes what landed, judges are asked about green results only, and a retry that stays red blames nobody new for it.
 * 3: agents lay out their lanes by themselves where that needs no set-up, and one timer watches the working time of all.
 */
export const SWARM_EDITION = 3;

/** What the planning call is told of the repository, and what its plan is held to. */
const swarmOutlineSchema = z.object({
  /** Files of the base, relative to the repository, sorted; cut to what a request can carry. */
  files: z.array(z.object({ path: z.string(), bytes: z.number().int().nonnegative() })),
  /** How many there are in all. */
  fileCount: z.number().int().nonnegative(),
  readme: z.string(),
});

/** See {@link swarmOutlineSchema}. */
export type SwarmOutline = z.infer<typeof swarmOutlineSchema>;

/** Input of `swarmWorkflow`: parsed, planned and validated before the workflow starts. */
export const swarmInputSchema = z.object({
  runId: z.string(),
  task: z.string().min(1),
  /** The same by reference, for steps of which there are many; absent = it is short. */
  taskRef: blobRefSchema.optional(),
  strategy: swarmStrategySchema,
  project: z.string(),
  /** Absolute path of the repository's top level, or of the folder where there is no repository. */
  repository: z.string(),
  /** False = no git repository: agents answer and have no files. */
  hasFiles: z.boolean(),
  workdir: z.string(),
  branch: z.string(),
  /** Empty without a repository. */
  baseCommit: z.string(),
  baseBranch: z.string().nullable(),
  author: z.object({ name: z.string(), email: z.string() }),
  checks: z.array(checkSchema),
  setup: workspaceSetupSchema.default(NO_SETUP),
  options: ralphOptionsSchema,
  maxSubagents: z.number().int().positive(),
  /** Working time of one subtask in milliseconds. */
  timeoutMs: z.number().int().positive(),
  /** Judges about the merged result. */
  verify: z.number().int().nonnegative(),
  planned: swarmFactsSchema.shape.planned,
  /** Empty = the model plans. */
  subtasks: z.array(subtaskSchema),
  /** For the planning call; null where nothing is to be planned. */
  outline: swarmOutlineSchema.nullable(),
  rows: swarmRowsSchema.optional(),
  /** The program that asks for the subtasks while it runs; absent = they are planned. */
  script: scriptTaskSchema.optional(),
  /** The record of the run that goes on: what has ended well in it stays. Absent = a new run. */
  carried: runRecordSchema.optional(),
  /** Of what did not end well in it, only these are done again; absent = all. */
  reopen: z.array(z.string()).optional(),
  /** A person agreed to as many agents as the plan has; else a plan above the limit waits for one. */
  isConfirmed: z.boolean().default(true),
  /** What a plan of the model is measured by before it is carried out; absent = by the number of its agents alone. */
  confirm: z
    .object({
      limits: z.object({ agents: z.number().int().nonnegative(), usd: z.number().nullable() }),
      /** US dollars for a million tokens; null = unknown. */
      price: z.object({ input: z.number(), output: z.number() }).nullable(),
    })
    .optional(),
  /** See {@link SWARM_EDITION}. */
  edition: z.number().int().positive().default(1),
  /** Plan and stop: nothing is worked on. */
  isDryRun: z.boolean().default(false),
  notes: z.array(z.string()),
  notify: z.array(notifyEventSchema).optional(),
  /** False on a cluster that lacks our search attributes; the workflow then sets none. */
  hasSearchAttributes: z.boolean(),
});

/** See {@link swarmInputSchema}. */
export type SwarmInput = z.infer<typeof swarmInputSchema>;
