import {
  formatModelReference,
  isAbsent,
  isRed,
  runSpending,
  storySpending,
  toUsd,
  type Evidence,
  type AttemptRecord,
  type RunRecord,
  type StoryRecord,
} from '../domain/index.js';
import { waitingStories } from './questions.js';
import { trialDocument } from './proof-words.js';

/** The one JSON document that `--json` prints for a run (snake_case, an unknown price is null). */
export function runDocument(record: RunRecord, now: Date): Record<string, unknown> {
  return {
    run_id: record.runId,
    workflow_id: record.workflowId,
    kind: record.kind,
    status: record.status,
    reason: record.reason,
    prd_path: record.prdPath,
    branch: record.publishedBranch ?? record.branch,
    base_commit: record.baseCommit,
    head_commit: record.headCommit,
    model: record.kind === 'proof' ? null : formatModelReference(record.options.model),
    ...(record.kind === 'proof' ? { verdict: record.proofVerdict ?? null } : {}),
    sandbox: record.sandbox,
    canaries: record.kind === 'swarm' ? null : record.options.canaries,
    stories: record.stories.map(storyDocument),
    questions: waitingStories(record).map(({ story, question, command }) => ({
      story,
      question: question.question,
      options: question.options,
      recommendation: question.recommendation ?? null,
      answer_with: command,
    })),
    totals: totalsOf(record, now),
    standstill: record.standstill ?? null,
    red_base: redBase(record),
    absent_checks: absentOnBase(record),
    failure: record.failure,
    notes: record.notes,
  };
}

/** What a run spent and how long it took, up to `now` while it is open. Pure. */
export function totalsOf(record: RunRecord, now: Date): Record<string, unknown> {
  const spending = runSpending(record);
  const end = record.endedAt === null ? now : new Date(record.endedAt);
  return {
    model_calls: spending.modelCalls,
    repeated_model_calls: spending.repeatedModelCalls,
    input_tokens: spending.usage.inputTokens,
    cached_input_tokens: spending.usage.cachedInputTokens,
    output_tokens: spending.usage.outputTokens,
    cost_usd: toUsd(spending.costMicroUsd),
    duration_ms: Math.max(0, end.getTime() - new Date(record.startedAt).getTime()),
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
  const red = (baseline?.evidence ?? []).filter(isRed);
  return red.map((evidence) => ({
    check: evidence.check,
    command: evidence.command,
    exit_code: evidence.exitCode,
    is_timed_out: evidence.isTimedOut,
    output_tail: baseline?.tails?.[evidence.check] ?? '',
  }));
}

/** Checks that did not exist before any change. */
function absentOnBase({ baseline }: RunRecord): Record<string, unknown>[] {
  return (baseline?.evidence ?? [])
    .filter(isAbsent)
    .map(({ check, command, absence }) => ({ check, command, why: absence?.why ?? '' }));
}

/** Whether a check exists: `is_absent` is no failure, `absence` says why, and whether it existed before. */
export function absenceFields(evidence: Evidence): Record<string, unknown> {
  return { is_absent: isAbsent(evidence), absence: evidence.absence ?? null };
}

/** What the story decided that is not its own. */
function outsideDocument(attempt: AttemptRecord | undefined): Record<string, unknown> {
  const outside = attempt?.outside;
  if (outside === undefined) return { new_dependencies: [], outside: null };
  const { dependencies, migrations, ciFiles, deletions } = outside;
  return {
    new_dependencies: dependencies,
    outside: { migrations, ci_files: ciFiles, deleted_files: deletions },
  };
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
      ...absenceFields(evidence),
      caches: evidence.caches ?? [],
      output_ref: evidence.output.digest,
    })),
    changed_files: last?.changedFiles ?? [],
    changed_check_definitions: last?.changedDefinitions ?? [],
    ignored_files: ignoredFiles(last),
    assumptions: last?.assumptions ?? [],
    refused_calls: record.attempts.flatMap(({ denials = [] }) => denials),
    reached_beyond_walls: record.attempts.flatMap(({ reaches = [] }) => reaches),
    ...outsideDocument(last),
    proof: trialDocument(last),
    input_tokens: spending.usage.inputTokens,
    output_tokens: spending.usage.outputTokens,
    cost_usd: toUsd(spending.costMicroUsd),
    duration_ms: record.attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0),
  };
}
