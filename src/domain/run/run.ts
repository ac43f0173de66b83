import { z } from 'zod';
import { agentSpendingSchema, type AgentSpending } from '../agent/agent.js';
import { budgetSchema, NO_BUDGET } from './budget.js';
import { baselineSchema, checkSchema, evidenceSchema, isPassing } from '../proof/check.js';
import { leftOutSchema } from '../proof/left-out.js';
import {
  addCost,
  addUsage,
  formatModelReference,
  modelReferenceSchema,
  ZERO_USAGE,
} from '../agent/model.js';
import { storySchema, storyStatusSchema } from './story.js';
import { workspaceSetupSchema } from '../workspace-setup.js';

/** Where a run stands (design.md section 4, point 12). */
export const runStatusSchema = z.enum([
  'running',
  'waiting',
  'paused',
  'passed',
  'failed',
  'cancelled',
  // the dependencies of the untouched base could not be prepared: nothing was paid
  'setup_failed',
]);

/** See {@link runStatusSchema}. */
export type RunStatus = z.infer<typeof runStatusSchema>;

/** Options of a Ralph run, resolved: every default is filled in before the workflow starts. */
export const ralphOptionsSchema = z.object({
  model: modelReferenceSchema,
  contextWindow: z.number().int().positive(),
  maxAttempts: z.number().int().positive(),
  /** Story attempts over the whole run. */
  maxIterations: z.number().int().positive(),
  /** Agents may change tests and check scripts; the base's versions are not run again. */
  allowCheckChanges: z.boolean(),
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
  /** What the agent's lane held that the repository ignores, so that no commit and no check has it; absent = nothing. */
  leftOut: leftOutSchema.optional(),
  spending: agentSpendingSchema,
  startedAt: z.string(),
  endedAt: z.string(),
  durationMs: z.number().nonnegative(),
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

/** The durable record of one run: the answer about ended runs, independent of Temporal's retention. Only grows optional fields. */
export const runRecordSchema = z.object({
  version: z.literal(1),
  runId: z.string(),
  workflowId: z.string(),
  kind: z.enum(['ralph']),
  status: runStatusSchema,
  reason: z.string(),
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
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  notes: z.array(z.string()),
  /** What ended the run before its stories were done: an infrastructure fault, or an input that turned out to be bad. */
  failure: z
    .object({
      code: z.string(),
      message: z.string(),
      /** What the command ends with; absent = 3. */
      exitCode: z.number().int().optional(),
    })
    .nullable(),
  /** Checks of the untouched base. */
  baseline: baselineSchema.nullable().optional(),
  /** Why the run stands still, and since when; null or absent while it works. */
  standstill: z
    .object({
      kind: z.enum(['paused', 'waiting']),
      reason: z.string(),
      since: z.string(),
      /** Next try, ISO 8601; null when it waits for a person. */
      until: z.string().nullable(),
    })
    .nullable()
    .optional(),
  /** Folder where agents and checks started, relative to the repository; absent = the PRD's. */
  workdir: z.string().optional(),
  /** How lanes got their dependencies; absent = not at all. */
  setup: workspaceSetupSchema.optional(),
  /** Branch that was checked out at the start; null when HEAD was detached, absent in old records. */
  baseBranch: z.string().nullable().optional(),
  /** True when the branch of the run was there before it. */
  continuesBranch: z.boolean().optional(),
  /** What `ralph merge` published, oldest first. */
  merges: z.array(mergeRecordSchema).optional(),
  /** When `ralph discard` removed the run's work, ISO 8601. */
  discardedAt: z.string().optional(),
  /** True for a record that was cut to travel in a message: the whole one is on disk. */
  isCut: z.boolean().optional(),
});

/** See {@link runRecordSchema}. */
export type RunRecord = z.infer<typeof runRecordSchema>;

/** Spending of nothing. */
export const ZERO_SPENDING: AgentSpending = {
  turns: 0,
  modelCalls: 0,
  repeatedModelCalls: 0,
  usage: ZERO_USAGE,
  costMicroUsd: 0,
};

/** Sum of what two agents spent. */
export function addSpending(left: AgentSpending, right: AgentSpending): AgentSpending {
  return {
    turns: left.turns + right.turns,
    modelCalls: left.modelCalls + right.modelCalls,
    repeatedModelCalls: left.repeatedModelCalls + right.repeatedModelCalls,
    usage: addUsage(left.usage, right.usage),
    costMicroUsd: addCost(left.costMicroUsd, right.costMicroUsd),
  };
}

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
    ZERO_SPENDING,
  );
}

/** US dollars with six decimals from millionths; null stays null. */
export function toUsd(costMicroUsd: number | null): number | null {
  return costMicroUsd === null ? null : costMicroUsd / 1_000_000;
}

/** True for a status that no longer changes by itself. */
export function isEnded(status: RunStatus): boolean {
  return ['passed', 'failed', 'cancelled', 'setup_failed'].includes(status);
}

/** The one JSON document that `--json` prints for a run (snake_case, an unknown price is null). */
export function runDocument(record: RunRecord, now: Date): Record<string, unknown> {
  const spending = runSpending(record);
  const end = record.endedAt === null ? now : new Date(record.endedAt);
  return {
    run_id: record.runId,
    workflow_id: record.workflowId,
    status: record.status,
    reason: record.reason,
    prd_path: record.prdPath,
    branch: record.publishedBranch ?? record.branch,
    base_commit: record.baseCommit,
    head_commit: record.headCommit,
    model: formatModelReference(record.options.model),
    sandbox: record.sandbox,
    stories: record.stories.map(storyDocument),
    totals: {
      model_calls: spending.modelCalls,
      repeated_model_calls: spending.repeatedModelCalls,
      input_tokens: spending.usage.inputTokens,
      cached_input_tokens: spending.usage.cachedInputTokens,
      output_tokens: spending.usage.outputTokens,
      cost_usd: toUsd(spending.costMicroUsd),
      duration_ms: Math.max(0, end.getTime() - new Date(record.startedAt).getTime()),
    },
    standstill: record.standstill ?? null,
    red_base: redBase(record),
    failure: record.failure,
    notes: record.notes,
  };
}

/** What an attempt left behind that git ignores; null = nothing. */
export function ignoredFiles(attempt: AttemptRecord | undefined): Record<string, unknown> | null {
  const leftOut = attempt?.leftOut;
  return leftOut === undefined
    ? null
    : { files: leftOut.files, more: leftOut.more, caches: leftOut.caches };
}

/** Checks that failed before any change, with the last lines that they printed. */
function redBase({ baseline }: RunRecord): Record<string, unknown>[] {
  const red = (baseline?.evidence ?? []).filter((evidence) => !isPassing(evidence));
  return red.map((evidence) => ({
    check: evidence.check,
    command: evidence.command,
    exit_code: evidence.exitCode,
    is_timed_out: evidence.isTimedOut,
    output_tail: baseline?.tails?.[evidence.check] ?? '',
  }));
}

function storyDocument(record: StoryRecord): Record<string, unknown> {
  const spending = storySpending(record);
  const last = record.attempts.at(-1);
  return {
    id: record.story.id,
    title: record.story.title,
    status: record.status,
    reason: record.reason,
    attempts: record.attempts.length,
    commit: record.commit,
    kept_branch: record.branch ?? null,
    evidence: (last?.evidence ?? []).map((evidence) => ({
      check: evidence.check,
      command: evidence.command,
      exit_code: evidence.exitCode,
      tree: evidence.tree,
      definitions: evidence.definitions,
      kind: evidence.kind ?? 'check',
      is_known_failure: evidence.isKnownFailure ?? false,
      output_ref: evidence.output.digest,
    })),
    changed_files: last?.changedFiles ?? [],
    changed_check_definitions: last?.changedDefinitions ?? [],
    ignored_files: ignoredFiles(last),
    input_tokens: spending.usage.inputTokens,
    output_tokens: spending.usage.outputTokens,
    cost_usd: toUsd(spending.costMicroUsd),
    duration_ms: record.attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0),
  };
}
