import { z } from 'zod';
import {
  agentResultSchema,
  attemptRecordSchema,
  baselineSchema,
  blobRefSchema,
  budgetSchema,
  checkSchema,
  NO_SETUP,
  notifyEventSchema,
  proofSchema,
  ralphOptionsSchema,
  storySchema,
  workspaceRefSchema,
  workspaceSetupSchema,
} from '../domain/index.js';
import { answerRequestSchema } from './messages.js';

/** Registered workflow type names: a public contract, never renamed. */
export const WORKFLOW_TYPES = {
  agent: 'agentWorkflow',
  story: 'storyWorkflow',
  ralph: 'ralphWorkflow',
  draftPrd: 'draftPrdWorkflow',
  draftScript: 'draftScriptWorkflow',
  merge: 'mergeRunWorkflow',
  probe: 'probeModelWorkflow',
  proof: 'proofWorkflow',
  swarm: 'swarmWorkflow',
  rlm: 'rlmWorkflow',
  remoteTask: 'remoteTaskWorkflow',
  session: 'sessionWorkflow',
} as const;

/** Failure type with which a run closes that did not pass; its first detail is the bounded record. A public contract. */
export const RUN_FAILED = 'RunFailed';

/** Input of `ralphWorkflow`: parsed, planned and validated before the workflow starts. */
export const ralphInputSchema = z.object({
  runId: z.string(),
  project: z.string(),
  feature: z.string(),
  /** Absolute path of the PRD file, as the person gave it. */
  prdPath: z.string(),
  /** Absolute path of the repository's top level. */
  repository: z.string(),
  /** Folder of the PRD inside the repository, `.` for its top level. */
  workdir: z.string(),
  branch: z.string(),
  baseCommit: z.string(),
  /** Who the commits are by. */
  author: z.object({ name: z.string(), email: z.string() }),
  stories: z.array(storySchema),
  technicalRequirements: z.array(z.string()),
  checks: z.array(checkSchema),
  options: ralphOptionsSchema,
  notes: z.array(z.string()),
  /** How lanes get their dependencies. */
  setup: workspaceSetupSchema.default(NO_SETUP),
  /** Branch that was checked out when the run was planned; null when HEAD was detached. `ralph merge` goes there. */
  baseBranch: z.string().nullable().optional(),
  /** True when `branch` was there already; `ralph discard` then puts it back instead of deleting it. */
  continuesBranch: z.boolean().optional(),
  /** The only files and folders that stories may change, relative to the repository; absent = all. */
  paths: z.array(z.string()).optional(),
  /** What a person wants changed about stories of an earlier run, for every attempt at them; absent = nothing. */
  changes: z.array(answerRequestSchema).max(20).optional(),
  /** Events of the run that somebody outside wants to be told of. */
  notify: z.array(notifyEventSchema).optional(),
  /** False on a cluster that lacks our search attributes; the workflow then sets none. */
  hasSearchAttributes: z.boolean(),
});

/** See {@link ralphInputSchema}. */
export type RalphInput = z.infer<typeof ralphInputSchema>;

/** Two changes that git cannot merge by itself. */
export const conflictSchema = z.object({
  /** Tree with conflict marks. */
  tree: z.string(),
  /** Files with marks, relative to the repository. */
  files: z.array(z.string()),
});

/** See {@link conflictSchema}. */
export type Conflict = z.infer<typeof conflictSchema>;

/** Input of `storyWorkflow`: one attempt at one story. */
export const storyInputSchema = z.object({
  runId: z.string(),
  story: storySchema,
  attempt: z.number().int().positive(),
  project: z.string(),
  feature: z.string(),
  technicalRequirements: z.array(z.string()),
  checks: z.array(checkSchema),
  options: ralphOptionsSchema,
  lane: workspaceRefSchema,
  proofLane: workspaceRefSchema,
  /** Commit the story starts from. */
  base: z.string(),
  /** Files that belong to the engine and are dropped from the story's tree, relative to the repository. */
  statePaths: z.array(z.string()),
  prdPath: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  branch: z.string(),
  /** What stood in the way of earlier attempts, as a blob; null on the first. */
  feedback: blobRefSchema.nullable(),
  setup: workspaceSetupSchema.default(NO_SETUP),
  /** Red checks of the base that a story may leave red; null when the base was green or not checked. */
  baseline: baselineSchema.nullable().default(null),
  /** Command lines of checks that existed before, so that they may not become absent; left out = all of them. */
  existing: z.array(z.string()).optional(),
  /** Commit from which the run started; absent where an earlier version began the story. */
  approved: z.string().optional(),
  /** Id of the run's workflow; see AgentInput. */
  owner: z.string().optional(),
  lease: budgetSchema.optional(),
  isPaused: z.boolean().optional(),
  /** Set for an agent that resolves a conflict: the lane holds `tree`, in which `files` have conflict marks. */
  conflict: conflictSchema.optional(),
  /** The only files and folders that the story may change; absent = all. */
  paths: z.array(z.string()).optional(),
  /** Decisions outside of the story that a person said yes to; absent = none. */
  granted: z.array(z.string().max(450)).max(200).optional(),
});

/** See {@link storyInputSchema}. */
export type StoryInput = z.infer<typeof storyInputSchema>;

/** Result of one attempt. */
export const storyResultSchema = z.object({
  attempt: attemptRecordSchema,
  agent: agentResultSchema,
  proof: proofSchema.nullable(),
});

/** See {@link storyResultSchema}. */
export type StoryResult = z.infer<typeof storyResultSchema>;
