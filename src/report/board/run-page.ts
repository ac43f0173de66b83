import {
  formatModelReference,
  isEnded,
  runSpending,
  storySpending,
  toUsd,
  type AgentSpending,
  type AttemptRecord,
  type RunEvent,
  type RunRecord,
  type StoryRecord,
} from '../../domain/index.js';
import {
  evidenceWord,
  excerptOf,
  formatOutcome,
  nextSteps,
  type OutputExcerpts,
} from '../format.js';
import { trialLines } from '../proof-words.js';
import { storyActions } from './actions.js';
import { boardRow } from './board-row.js';
import { asksAfter } from './open-asks.js';
import { reviewEffort, storySummary } from './review.js';
import { timeLedger } from './time-ledger.js';
import { waitingItems } from './waiting.js';

/** What the page of a run is made of. */
export interface RunPageFacts {
  readonly record: RunRecord;
  readonly events: readonly RunEvent[];
  readonly outputs: OutputExcerpts;
  /** Lines that a story's commit adds and removes, by its id; absent = not counted. */
  readonly changedLines: ReadonlyMap<string, number>;
  readonly now: Date;
}

/** One document with everything that the board shows of a run (snake_case, an unknown price is null). Pure. */
export function runPage(facts: RunPageFacts): Record<string, unknown> {
  const { record, events, now } = facts;
  const { options } = record;
  const asks = asksAfter(new Map(), events);
  return {
    ...boardRow(record),
    workflow_id: record.workflowId,
    prd_path: record.prdPath,
    published_branch: record.publishedBranch,
    base_commit: record.baseCommit,
    head_commit: record.headCommit,
    model: record.kind === 'proof' ? null : formatModelReference(options.model),
    sandbox: record.sandbox,
    standstill: record.standstill ?? null,
    failure: record.failure,
    notes: record.notes,
    budget: {
      usd: toUsd(options.budget.costMicroUsd),
      tokens: options.budget.tokens,
      calls: options.budget.calls,
    },
    spent: spendingDocument(runSpending(record)),
    models: modelsOf(record),
    waiting: waitingItems(record, asks),
    ledger: timeLedger(record, events, now),
    actions: runActions(record),
    stories: record.stories.map((entry) => storyPage(entry, facts)),
    tree: swarmTree(record),
    next_steps: nextSteps(record),
  };
}

function runActions({ status, kind, standstill }: RunRecord): string[] {
  if (isEnded(status)) return [];
  const isSteered = kind === 'ralph' || kind === 'swarm';
  const pause =
    standstill?.kind === 'paused' || standstill?.kind === 'waiting' ? 'resume' : 'pause';
  return [...(isSteered ? [pause, 'say'] : []), 'cancel'];
}

function storyPage(entry: StoryRecord, facts: RunPageFacts): Record<string, unknown> {
  const { record, outputs, changedLines } = facts;
  const { story } = entry;
  return {
    id: story.id,
    title: story.title,
    description: story.description,
    acceptance_criteria: story.acceptanceCriteria,
    depends_on: story.dependsOn,
    priority: story.priority,
    status: entry.status,
    reason: entry.reason,
    commit: entry.commit,
    kept_branch: entry.branch ?? null,
    spent: spendingDocument(storySpending(entry)),
    review: reviewEffort(entry, changedLines.get(story.id) ?? null),
    ...storySummary(entry),
    actions: storyActions(record, entry.status),
    attempts: entry.attempts.map((attempt) => attemptPage(attempt, outputs)),
  };
}

function attemptPage(attempt: AttemptRecord, outputs: OutputExcerpts): Record<string, unknown> {
  return {
    number: attempt.number,
    outcome: attempt.outcome,
    reason: attempt.reason,
    summary: attempt.summary,
    learnings: attempt.learnings,
    changed_files: attempt.changedFiles,
    changed_checks: attempt.changedDefinitions,
    trial: trialLines(attempt.trial),
    evidence: attempt.evidence.map((evidence) => ({
      check: evidence.check,
      command: evidence.command,
      word: evidenceWord(evidence),
      outcome: formatOutcome(evidence),
      tree: evidence.tree,
      definitions: evidence.definitions,
      output: excerptOf(evidence, outputs),
    })),
    spent: spendingDocument(attempt.spending),
    started_at: attempt.startedAt,
    ended_at: attempt.endedAt,
    duration_ms: attempt.durationMs,
  };
}

function spendingDocument({ usage, costMicroUsd, modelCalls, repeatedModelCalls }: AgentSpending) {
  return {
    model_calls: modelCalls,
    repeated_model_calls: repeatedModelCalls,
    input_tokens: usage.inputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    output_tokens: usage.outputTokens,
    cost_usd: toUsd(costMicroUsd),
  };
}

/** What the model of the run and those that stood in cost is not kept apart: the run says which ones stood in. */
function modelsOf(record: RunRecord): Record<string, unknown>[] {
  if (record.kind === 'proof') return [];
  const name = formatModelReference(record.options.model);
  const stoodIn = record.notes.filter((note) =>
    note.endsWith(' answered in place of the chosen model'),
  );
  return [{ name, stood_in: stoodIn, ...spendingDocument(runSpending(record)) }];
}

/** Subtasks of a swarm, each below the first one that it waits for. */
function swarmTree({ kind, stories, swarm }: RunRecord): Record<string, unknown> | null {
  if (kind !== 'swarm' || swarm === undefined) return null;
  const agents = new Map(swarm.traits.map(({ id, agent }) => [id, agent]));
  return {
    strategy: swarm.strategy,
    is_verified: swarm.isVerified,
    answer: swarm.answer?.preview ?? null,
    subtasks: stories.map(({ story, status }) => ({
      id: story.id,
      title: story.title,
      status,
      agent: agents.get(story.id) ?? null,
      below: story.dependsOn[0] ?? null,
    })),
  };
}
