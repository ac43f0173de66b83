import { basename } from 'node:path';
import { processEnvironment, type Config } from '../../config/index.js';
import { SWARM_EDITION, type SwarmInput } from '../../contracts/index.js';
import {
  addSpending,
  carriedRecord,
  InvalidInputError,
  isEnded,
  isSatisfied,
  subtasksOfRecord,
  NO_SETUP,
  storySpending,
  ZERO_SPENDING,
  type RunRecord,
  type StoryRecord,
  type Subtask,
  type SwarmFacts,
} from '../../domain/index.js';
import { bareRepository, inspectRepository, setHostEnvironment } from '../../platform/index.js';
import { FALLBACK_AUTHOR } from '../plan/start-commit.js';
import { findSandbox, requireRoomInMessage } from '../plan/plan-run.js';
import { limitRuleAgain, type LimitFlags } from '../plan/run-limits.js';
import { confirmLimits, estimateSwarm, priceOf, requireYes } from './estimate.js';
import { outlineOf } from './swarm-base.js';
import { swarmOptions, taskByReference, type PlannedSwarm } from './plan-swarm-run.js';
import type { SwarmFlags } from './swarm-flags.js';
import { readPlanFile } from './read-plan-file.js';

/** What the command line says about a swarm that goes on; absent = as it was. */
export interface RetryFlags
  extends
    Omit<LimitFlags, 'parallel'>,
    Pick<
      SwarmFlags,
      'model' | 'maxParallel' | 'maxSteps' | 'timeout' | 'plan' | 'verify' | 'yes'
    > {}

/**
 * Lays out how an ended swarm goes on from its record: what ended well stays, everything else is done again. Throws InvalidInputError
 * `ERR_RUN_OPEN`, `ERR_RUN_DISCARDED`, `ERR_SWARM_FINISHED`, `ERR_SWARM_DRY_RUN`, `ERR_SWARM_NEEDS_YES`, `ERR_REQUEST_INVALID`,
 * `ERR_STORY_UNKNOWN`, and as the plan file does.
 */
export async function planSwarmRetry(
  record: RunRecord,
  flags: RetryFlags & { readonly subtask?: string | undefined },
  { config, cwd }: { readonly config: Config; readonly cwd: string },
): Promise<PlannedSwarm> {
  setHostEnvironment(processEnvironment());
  const { swarm } = record;
  if (swarm === undefined) throw refusal('ERR_REQUEST_INVALID', `run ${record.runId} is no swarm`);
  assertRetryable(record, swarm);
  const subtasks =
    flags.plan === undefined
      ? subtasksOfRecord(record)
      : [...(await readPlanFile(flags.plan, { cwd, maxSubagents: swarm.maxSubagents })).subtasks];
  const chosen = edited(record, subtasks);
  const reopen = reopened(record, subtasks, flags.subtask);
  const outline = await outlineFor(record, subtasks, config);
  const own = await goOnInput({ record, swarm }, flags, config);
  const input: SwarmInput = {
    ...own,
    ...limitsOf(swarm, flags),
    subtasks,
    outline,
    ...(swarm.rows === undefined ? {} : { rows: swarm.rows }),
    carried: carriedRecord(chosen),
    ...(reopen === undefined ? {} : { reopen }),
    // a plan that is yet to be made has to be agreed to when it is there
    isConfirmed: subtasks.length > 0 || flags.yes === true,
  };
  requireRoomInMessage(input, record.runId);
  const estimate = estimateSwarm({ ...input, subtasks: openOf(chosen, input) }, config);
  requireYes(flags, config, estimate);
  return { ...(await plannedAgain(record, input, config)), estimate };
}

/** A run that goes on under its own id. */
export async function plannedAgain(
  { workflowId }: RunRecord,
  input: SwarmInput,
  config: Config,
): Promise<PlannedSwarm> {
  const { level, kinds, reason } = await findSandbox(config);
  return {
    workflowId,
    input,
    estimate: undefined,
    dirtyFiles: [],
    sandbox: { level, kinds, reason },
  };
}

/** What of a run that goes on is as it was, or as flags say now. */
export async function goOnInput(
  { record, swarm }: { readonly record: RunRecord; readonly swarm: SwarmFacts },
  flags: RetryFlags,
  config: Config,
): Promise<
  Omit<SwarmInput, keyof ReturnType<typeof limitsOf> | 'subtasks' | 'outline' | 'isConfirmed'>
> {
  const options = optionsOf(record, flags, config);
  return {
    runId: record.runId,
    task: swarm.task,
    ...(await taskByReference(swarm.task, config)),
    strategy: swarm.strategy,
    project: basename(record.repository),
    repository: record.repository,
    hasFiles: swarm.hasFiles,
    workdir: record.workdir ?? '.',
    branch: record.branch,
    baseCommit: record.baseCommit,
    baseBranch: record.baseBranch ?? null,
    author: await authorOf(record, swarm),
    checks: record.checks,
    setup: record.setup ?? NO_SETUP,
    options,
    notes: record.notes,
    notify: [...(config.worker.notify?.events ?? [])],
    isDryRun: false,
    hasSearchAttributes: true,
    edition: SWARM_EDITION,
    confirm: { limits: confirmLimits(config), price: priceOf(options.model, config) },
  };
}

/** The subtasks that are worked on again. */
function openOf(
  { stories }: RunRecord,
  { subtasks, reopen }: Pick<SwarmInput, 'subtasks' | 'reopen'>,
): Subtask[] {
  const done = new Set(
    stories.filter(({ status }) => isSatisfied(status)).map(({ story }) => story.id),
  );
  return subtasks.filter(({ id }) => !done.has(id) && (reopen?.includes(id) ?? true));
}

/** A swarm that ended before it had a plan is planned now, by a model that sees the repository. */
async function outlineFor(
  { repository, baseCommit, swarm }: RunRecord,
  subtasks: readonly Subtask[],
  config: Config,
): Promise<SwarmInput['outline']> {
  if (subtasks.length > 0 || swarm?.hasFiles !== true) return null;
  return outlineOf(bareRepository(config.home, repository), baseCommit);
}

function assertRetryable(record: RunRecord, swarm: SwarmFacts): void {
  const { runId, status } = record;
  if (swarm.script !== undefined)
    throw refusal(
      'ERR_REQUEST_INVALID',
      `${runId} is a script: its program says what is asked again`,
      `codetether script retry ${runId}`,
    );
  if (!isEnded(status))
    throw refusal(
      'ERR_RUN_OPEN',
      `swarm ${runId} has not ended: ${status}`,
      `codetether swarm retry ${runId}/SUBTASK opens one subtask again`,
    );
  if (record.discardedAt !== undefined)
    throw refusal('ERR_RUN_DISCARDED', `swarm ${runId} was discarded at ${record.discardedAt}`);
  if (swarm.isDryRun === true || (status === 'passed' && record.reason.startsWith('dry run:')))
    throw refusal(
      'ERR_SWARM_DRY_RUN',
      `swarm ${runId} was a dry run: nothing of it was carried out that could be done again`,
      'codetether swarm "TASK" --dry-run --json > plan.json keeps a plan, and codetether swarm --plan plan.json carries it out',
    );
  const isDone =
    record.stories.length > 0 && record.stories.every((entry) => isSatisfied(entry.status));
  if (isDone && swarm.isVerified !== false && status === 'passed')
    throw refusal(
      'ERR_SWARM_FINISHED',
      `every subtask of swarm ${runId} is done`,
      `codetether swarm report ${runId}`,
    );
}

/** Limits of the run before, but for those that the command line gives anew. Pure. */
export function limitsOf(
  swarm: SwarmFacts,
  { timeout, verify, plan }: RetryFlags,
): Pick<SwarmInput, 'maxSubagents' | 'timeoutMs' | 'verify' | 'planned'> {
  return {
    maxSubagents: swarm.maxSubagents,
    timeoutMs: timeout === undefined ? swarm.timeoutMs : timeout * 1000,
    verify: verify ?? swarm.verify,
    planned: plan === undefined ? swarm.planned : 'file',
  };
}

async function authorOf(
  { repository }: RunRecord,
  swarm: SwarmFacts,
): Promise<SwarmInput['author']> {
  if (!swarm.hasFiles) return FALLBACK_AUTHOR;
  return (await inspectRepository(repository)).identity ?? FALLBACK_AUTHOR;
}

/**
 * The record as an edited plan leaves it: what it gives other work is open again, what it no longer has is gone. What either has cost
 * was paid all the same: attempts stay, and the spending of what is gone counts for the run.
 */
function edited(record: RunRecord, subtasks: readonly Subtask[]): RunRecord {
  const known = new Map(subtasks.map((subtask) => [subtask.id, subtask]));
  const gone = record.stories.filter(({ story }) => !known.has(story.id)).map(storySpending);
  const stories = record.stories
    .filter(({ story }) => known.has(story.id))
    .map((entry) => (isAsBefore(entry, known.get(entry.story.id)) ? entry : withOtherWork(entry)));
  if (gone.length === 0) return { ...record, stories };
  const overhead = gone.reduce(addSpending, record.overhead ?? ZERO_SPENDING);
  return { ...record, stories, overhead };
}

/** A subtask whose instruction was edited has no result yet. */
function withOtherWork({ attempts, ...entry }: StoryRecord): StoryRecord {
  const last = attempts.length - 1;
  return {
    ...entry,
    status: 'failed',
    commit: null,
    attempts: attempts.map((attempt, index) =>
      index === last
        ? { ...attempt, reason: `the plan gives it other work since; before: ${attempt.reason}` }
        : attempt,
    ),
  };
}

/** With one subtask named, it and what waits for it; the others that did not end well stay as they are. */
function reopened(
  record: RunRecord,
  subtasks: readonly Subtask[],
  only: string | undefined,
): string[] | undefined {
  if (only === undefined) return undefined;
  if (!subtasks.some(({ id }) => id === only))
    throw refusal('ERR_STORY_UNKNOWN', `the swarm has no subtask ${only}`);
  const entry = record.stories.find(({ story }) => story.id === only);
  if (entry !== undefined && isSatisfied(entry.status))
    throw refusal('ERR_STORY_DONE', `${only} is done and cannot be tried again`);
  return [
    only,
    ...record.stories.flatMap((other) => (dependsOn(only, other, record) ? [other.story.id] : [])),
  ];
}

/** What waited for it goes on with it. */
function dependsOn(only: string, entry: StoryRecord, record: RunRecord): boolean {
  const byId = new Map(record.stories.map((other) => [other.story.id, other.story.dependsOn]));
  const open = [...entry.story.dependsOn];
  const seen = new Set<string>();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === only) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(byId.get(id) ?? []));
  }
  return false;
}

function isAsBefore({ story }: StoryRecord, subtask: Subtask | undefined): boolean {
  return subtask !== undefined && subtask.instruction === story.description;
}

function optionsOf(record: RunRecord, flags: RetryFlags, config: Config): SwarmInput['options'] {
  const { options } = record;
  const { model, budgetUsd, budgetTokens, maxCalls, until, maxWait } = flags;
  const asked = swarmOptions(
    {
      ...flags,
      model: model ?? `${options.model.provider}/${options.model.model}`,
      maxSteps: flags.maxSteps ?? options.maxTurns,
      maxParallel: flags.maxParallel ?? options.parallel,
      allowRedBaseline: options.allowRedBaseline,
      checks: options.noChecks ? false : undefined,
    },
    config,
    record.stories.length,
  );
  return {
    ...asked,
    budget: {
      costMicroUsd:
        budgetUsd === undefined ? options.budget.costMicroUsd : asked.budget.costMicroUsd,
      tokens: budgetTokens === undefined ? options.budget.tokens : asked.budget.tokens,
      calls: maxCalls === undefined ? options.budget.calls : asked.budget.calls,
    },
    until: until === undefined ? null : asked.until,
    waitLimitMs: maxWait === undefined ? options.waitLimitMs : asked.waitLimitMs,
    ...limitRuleAgain(asked.limitRule, options.limitRule),
    subAgents: options.subAgents ?? asked.subAgents,
    // as they were when the swarm began
    ...(options.definitions === undefined ? {} : { definitions: options.definitions }),
  };
}

function refusal(code: string, message: string, hint = 'codetether runs list'): InvalidInputError {
  return new InvalidInputError(code, { message, hint });
}
