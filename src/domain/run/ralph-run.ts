import { z } from 'zod';
import { agentSpendingSchema, type AgentSpending } from '../agent/agent.js';
import { modelReferenceSchema } from '../agent/model.js';
import { denialsSchema } from '../agent/denial.js';
import { reachesSchema } from '../agent/reach.js';
import { envelopeSchema } from '../definitions/envelope.js';
import { outsideSchema } from '../definitions/outside-decisions.js';
import { agentNameSchema } from '../definitions/named-agent.js';
import { assumptionsSchema, openQuestionSchema, questionRulesSchema } from '../agent/question.js';
import { subAgentLimitsSchema } from '../agent/sub-agents.js';
import { blobRefSchema, type BlobRef } from '../blob.js';
import { baselineSchema, checkSchema, evidenceSchema } from '../proof/check.js';
import { leftOutSchema } from '../proof/left-out.js';
import { canaryModeSchema, trialSchema } from '../proof/trial.js';
import { workspaceSetupSchema } from '../workspace-setup.js';
import { budgetSchema, NO_BUDGET } from './budget.js';
import { limitRuleSchema } from './limit-rule.js';
import { proofVerdictSchema } from './proof-verdict.js';
import { runSchema } from './run.js';
import { addSpending, ZERO_SPENDING } from './spending.js';
import { storySchema, storyStatusSchema } from './story.js';
import { rlmFactsSchema } from '../rlm/rlm-facts.js';
import { sessionFactsSchema } from '../session/session.js';
import { swarmFactsSchema } from '../swarm/swarm-facts.js';

/** Options of a Ralph run, resolved: every default is filled in before the workflow starts. */
export const ralphOptionsSchema = z.object({
  model: modelReferenceSchema,
  contextWindow: z.number().int().positive(),
  maxAttempts: z.number().int().positive(),
  /** Story attempts over the whole run. */
  maxIterations: z.number().int().positive(),
  /** Agents may change tests and check scripts; the base's versions are not run again. */
  allowCheckChanges: z.boolean(),
  /** When a proof tries whether checks still notice failures. */
  canaries: canaryModeSchema.default('auto'),
  /** Turns of one agent. */
  maxTurns: z.number().int().positive(),
  /** Stories worked on at once, each in a lane of its own. */
  parallel: z.number().int().min(1).default(1),
  /** Checks that fail on the untouched base do not stop the run; a story may fail them in the same way only. */
  allowRedBaseline: z.boolean().default(false),
  /** Run without any check; stories end as `unverified`. */
  noChecks: z.boolean().default(false),
  /** Limits of the whole run; reaching one pauses it. */
  budget: budgetSchema.default(NO_BUDGET),
  /** ISO 8601: the run pauses at this moment; null = never. */
  until: z.string().nullable().default(null),
  /** How long the run waits for a network, a provider or Vault that does not answer, in milliseconds. */
  waitLimitMs: z
    .number()
    .int()
    .nonnegative()
    .default(12 * 60 * 60 * 1000),
  /** What becomes of it at a limit of a provider; absent = it waits. */
  limitRule: limitRuleSchema.optional(),
  /** How far the run's agents may hand work on; absent = the default, or an older run. */
  subAgents: subAgentLimitsSchema.optional(),
  /** What becomes of questions of its agents; absent = they can ask nobody, as in older runs. */
  questions: questionRulesSchema.optional(),
  /** What people defined for its agents, as it was at the start; absent = nothing. */
  definitions: blobRefSchema.optional(),
  /** The named agent that works on its stories; absent = the one that is built in. */
  agent: agentNameSchema.optional(),
  /** What becomes of decisions that are not a story's own; absent = they are listed. */
  envelope: envelopeSchema.optional(),
});

/** See {@link ralphOptionsSchema}. */
export type RalphOptions = z.infer<typeof ralphOptionsSchema>;

/** What happened in one attempt at a story. */
export const attemptRecordSchema = z.object({
  number: z.number().int().positive(),
  outcome: z.enum([
    'passed',
    'checks_failed',
    'no_change',
    'blocked',
    'limit',
    'stalled',
    'refused',
    'cancelled',
    'already_satisfied',
    'unverified',
    'setup_failed',
    'merge_failed',
  ]),
  reason: z.string(),
  summary: z.string(),
  learnings: z.array(z.string()),
  evidence: z.array(evidenceSchema),
  changedDefinitions: z.array(z.string()),
  changedFiles: z.array(z.string()),
  /** What was tried to find out whether green means anything; absent = nothing, or in an older record. */
  trial: trialSchema.optional(),
  /** What the agent's lane held that the repository ignores, so that no commit and no check has it; absent = nothing. */
  leftOut: leftOutSchema.optional(),
  spending: agentSpendingSchema,
  startedAt: z.string(),
  endedAt: z.string(),
  durationMs: z.number().nonnegative(),
  /** Set while it travels with the start of a run that goes on: how many files it changed. The record on disk has all of it. */
  cut: z.object({ files: z.number().int().nonnegative() }).optional(),
  /** Whole conversation of the agent, whose last message is its result; absent where it is not kept. */
  conversation: blobRefSchema.optional(),
  /** What its agent asked and nobody answered, so that the story was set aside; absent = nothing. */
  question: openQuestionSchema.optional(),
  /** What its agent went on with where nobody answered; absent = nothing. */
  assumptions: assumptionsSchema.optional(),
  /** Calls of its agent that rules of people refused; absent = none. */
  denials: denialsSchema.optional(),
  /** Calls of its agents that reached beyond their walls; absent = none. */
  reaches: reachesSchema.optional(),
  /** What it decided that is not a story's own; absent = nothing, or in an older record. */
  outside: outsideSchema.optional(),
});

/** See {@link attemptRecordSchema}. */
export type AttemptRecord = z.infer<typeof attemptRecordSchema>;

/** One story within a run record. */
export const storyRecordSchema = z.object({
  story: storySchema,
  status: storyStatusSchema,
  commit: z.string().nullable(),
  attempts: z.array(attemptRecordSchema),
  reason: z.string(),
  /** Attempts that were granted beyond the limit, by `retry` or an answer; absent = none. */
  extraAttempts: z.number().int().nonnegative().optional(),
  /** Branch that keeps work which could not be merged; absent or null when there is none. */
  branch: z.string().nullable().optional(),
  /** What was spent that no attempt of `attempts` tells: by the one in progress, or by one that could not report; absent = nothing is known. */
  openSpending: agentSpendingSchema.optional(),
  /** Decisions outside of it that a person said yes to; absent = none. */
  granted: z.array(z.string().max(450)).max(200).optional(),
});

/** See {@link storyRecordSchema}. */
export type StoryRecord = z.infer<typeof storyRecordSchema>;

/** One `ralph merge` of a run that was published. */
export const mergeRecordSchema = z.object({
  /** Branch of the person's repository. */
  into: z.string(),
  /** Its commit afterwards. */
  commit: z.string(),
  /** Ids of the stories that it brought. */
  stories: z.array(z.string()),
  mode: z.enum(['fast-forward', 'rebase', 'squash']),
  mergedAt: z.string(),
});

/** See {@link mergeRecordSchema}. */
export type MergeRecord = z.infer<typeof mergeRecordSchema>;

/** The durable record of one Ralph run. Only grows optional fields. */
export const runRecordSchema = runSchema.extend({
  /**
   * `proof` = two given trees without an agent: one story, which is what lies between them; `swarm` = its stories are subtasks; `rlm` = one
   * question over an input; `session` = a conversation: its stories are prompts.
   */
  kind: z.enum(['ralph', 'proof', 'swarm', 'rlm', 'session']),
  project: z.string(),
  feature: z.string(),
  prdPath: z.string(),
  repository: z.string(),
  /** The branch that was asked for. */
  branch: z.string(),
  /** The branch that holds the result; differs when the wanted one was checked out or had moved. Null before the first commit. */
  publishedBranch: z.string().nullable(),
  baseCommit: z.string(),
  headCommit: z.string(),
  options: ralphOptionsSchema,
  checks: z.array(checkSchema),
  sandbox: z.string(),
  stories: z.array(storyRecordSchema),
  /** Checks of the untouched base. */
  baseline: baselineSchema.nullable().optional(),
  /** Folder where agents and checks started, relative to the repository; absent = the PRD's. */
  workdir: z.string().optional(),
  /** The only files and folders that its stories may change; absent = all, or an older record. */
  paths: z.array(z.string()).optional(),
  /** How lanes got their dependencies; absent = not at all. */
  setup: workspaceSetupSchema.optional(),
  /** Branch that was checked out at the start; null when HEAD was detached, absent in old records. */
  baseBranch: z.string().nullable().optional(),
  /** True when the branch of the run was there before it. */
  continuesBranch: z.boolean().optional(),
  /** What `ralph merge` published, oldest first. */
  merges: z.array(mergeRecordSchema).optional(),
  /** What a proof of two given trees found; absent for other runs, and until it is known. */
  proofVerdict: proofVerdictSchema.optional(),
  /** What only a swarm has; absent for other runs. */
  swarm: swarmFactsSchema.optional(),
  /** What only a question over an input has; absent for other runs. */
  rlm: rlmFactsSchema.optional(),
  /** What only a session has; absent for other runs. */
  session: sessionFactsSchema.optional(),
  /** What the run itself spent beside its stories: planning, answers, judges; absent = nothing. */
  overhead: agentSpendingSchema.optional(),
  /** When `ralph discard` removed the run's work, ISO 8601. */
  discardedAt: z.string().optional(),
});

/** See {@link runRecordSchema}. */
export type RunRecord = z.infer<typeof runRecordSchema>;

/** What one story spent over all its attempts, also the one that has not ended. */
export function storySpending(record: StoryRecord): AgentSpending {
  return record.attempts.reduce(
    (sum, attempt) => addSpending(sum, attempt.spending),
    record.openSpending ?? ZERO_SPENDING,
  );
}

/** What a run spent. */
export function runSpending(record: RunRecord): AgentSpending {
  return record.stories.reduce(
    (sum, story) => addSpending(sum, storySpending(story)),
    record.overhead ?? ZERO_SPENDING,
  );
}

/** Outputs that a report may show, oldest first. */
export function evidenceOutputs(record: RunRecord): BlobRef[] {
  const attempts = record.stories.flatMap((entry) => entry.attempts);
  const evidence = [
    ...(record.baseline?.evidence ?? []),
    ...attempts.flatMap((attempt) => attempt.evidence),
  ];
  return evidence.map(({ output }) => output);
}
