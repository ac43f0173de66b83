import { absenceFields, ignoredFiles, runDocument } from './run-document.js';
import { toUsd, type AttemptRecord, type RunRecord } from '../domain/index.js';
import { excerptOf, nextSteps, type OutputExcerpts } from './format.js';
import { trialDocument } from './proof-words.js';

/** The report as one JSON document: the document of the run, with every attempt and what followed. Pure. */
export function reportDocument(
  record: RunRecord,
  outputs: OutputExcerpts,
  now: Date,
): Record<string, unknown> {
  return {
    ...runDocument(record, now),
    project: record.project,
    feature: record.feature,
    repository: record.repository,
    base_branch: record.baseBranch ?? null,
    published_branch: record.publishedBranch,
    started_at: record.startedAt,
    ended_at: record.endedAt,
    checks: record.checks.map(({ name, command }) => ({ name, command })),
    attempts: record.stories.flatMap(({ story, attempts }) =>
      attempts.map((attempt) => attemptDocument(story.id, attempt, outputs)),
    ),
    baseline: (record.baseline?.evidence ?? []).map((evidence) => ({
      check: evidence.check,
      exit_code: evidence.exitCode,
      ...absenceFields(evidence),
      output: excerptOf(evidence, outputs),
    })),
    kept_branches: record.stories.flatMap(({ story, branch }) =>
      branch === null || branch === undefined ? [] : [{ story: story.id, branch }],
    ),
    merges: (record.merges ?? []).map(({ into, commit, stories, mode, mergedAt }) => ({
      into,
      commit,
      stories,
      mode,
      merged_at: mergedAt,
    })),
    discarded_at: record.discardedAt ?? null,
    next_steps: nextSteps(record),
  };
}

function attemptDocument(
  story: string,
  attempt: AttemptRecord,
  outputs: OutputExcerpts,
): Record<string, unknown> {
  return {
    story,
    number: attempt.number,
    outcome: attempt.outcome,
    reason: attempt.reason,
    summary: attempt.summary,
    learnings: attempt.learnings,
    changed_files: attempt.changedFiles,
    changed_check_definitions: attempt.changedDefinitions,
    ignored_files: ignoredFiles(attempt),
    proof: trialDocument(attempt),
    evidence: attempt.evidence.map((evidence) => ({
      check: evidence.check,
      command: evidence.command,
      exit_code: evidence.exitCode,
      is_timed_out: evidence.isTimedOut,
      tree: evidence.tree,
      definitions: evidence.definitions,
      ...absenceFields(evidence),
      sandbox: evidence.sandbox,
      caches: evidence.caches ?? [],
      duration_ms: evidence.durationMs,
      output: excerptOf(evidence, outputs),
    })),
    model_calls: attempt.spending.modelCalls,
    input_tokens: attempt.spending.usage.inputTokens,
    output_tokens: attempt.spending.usage.outputTokens,
    cost_usd: toUsd(attempt.spending.costMicroUsd),
    started_at: attempt.startedAt,
    ended_at: attempt.endedAt,
    duration_ms: attempt.durationMs,
  };
}
