import {
  isSatisfied,
  runSpending,
  storySpending,
  swarmStats,
  toUsd,
  visibleLine,
  type RunRecord,
  type StoryRecord,
} from '../domain/index.js';
import { familyOf, formatDuration, formatUsd } from './format.js';
import { totalsOf } from './run-document.js';
import { scriptDocument, scriptLines } from './script-run.js';

/** Word of a subtask for scripts: how it ended, or that it has not. */
type SubtaskWord =
  | 'done'
  | 'failed'
  | 'cancelled'
  | 'waiting_on_dependency'
  | 'running'
  | 'pending';

/** The word of a subtask; what an ended swarm did not begin was cancelled with it. Pure. */
export function subtaskWord({ status }: StoryRecord, isEnded: boolean): SubtaskWord {
  if (isSatisfied(status)) return 'done';
  if (status === 'waiting_on_dependency') return status;
  if (status === 'failed' || status === 'blocked') return 'failed';
  if (status === 'skipped' || isEnded) return 'cancelled';
  return status === 'running' ? 'running' : 'pending';
}

/** The one JSON document that `swarm --json` prints (snake_case, an unknown price is null). `answer` is the joined result. Pure. */
export function swarmDocument(
  record: RunRecord,
  answer: string | null,
  now: Date,
): Record<string, unknown> {
  const { swarm } = record;
  const isEnded = record.endedAt !== null;
  return {
    run_id: record.runId,
    workflow_id: record.workflowId,
    kind: record.kind,
    status: record.status,
    reason: record.reason,
    finished: swarm?.isFinished ?? false,
    verified: swarm?.isVerified === true,
    verification: verificationOf(record),
    task: swarm?.task ?? record.feature,
    strategy: swarm?.strategy ?? null,
    repository: record.repository,
    branch: record.publishedBranch,
    base_commit: record.baseCommit,
    head_commit: record.headCommit,
    answer,
    output: swarm?.rows?.output ?? null,
    ...withScript(record),
    subtasks: record.stories.map((entry) => subtaskDocument(entry, isEnded)),
    artifacts: artifactsOf(record),
    stats: statsDocument(record, now),
    totals: totalsOf(record, now),
    standstill: record.standstill ?? null,
    failure: record.failure,
    notes: record.notes,
  };
}

function withScript(record: RunRecord): Record<string, unknown> {
  const script = scriptDocument(record);
  return script === undefined ? {} : { script };
}

function subtaskDocument(entry: StoryRecord, isEnded: boolean): Record<string, unknown> {
  const spending = storySpending(entry);
  return {
    id: entry.story.id,
    title: entry.story.title,
    status: subtaskWord(entry, isEnded),
    reason: entry.reason,
    depends_on: entry.story.dependsOn,
    attempts: entry.attempts.length,
    commit: entry.commit,
    kept_branch: entry.branch ?? null,
    files: filesOf(entry),
    turns: spending.turns,
    input_tokens: spending.usage.inputTokens,
    output_tokens: spending.usage.outputTokens,
    cost_usd: toUsd(spending.costMicroUsd),
    duration_ms: entry.attempts.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}

function filesOf({ attempts }: StoryRecord): readonly string[] {
  return attempts.at(-1)?.changedFiles ?? [];
}

/** Files of the result with the subtask that changed each last, in the order of the subtasks. */
function artifactsOf({ stories }: RunRecord): { path: string; subtask: string }[] {
  const byPath = new Map<string, string>();
  for (const entry of stories)
    if (isSatisfied(entry.status))
      for (const path of filesOf(entry)) byPath.set(path, entry.story.id);
  return [...byPath].map(([path, subtask]) => ({ path, subtask }));
}

function verificationOf({ swarm }: RunRecord): Record<string, unknown> {
  return {
    checks: (swarm?.evidence ?? []).map(({ check, command, exitCode, tree }) => ({
      check,
      command,
      exit_code: exitCode,
      tree,
    })),
    judges: swarm?.judgements ?? [],
    is_checked: (swarm?.isVerified ?? null) !== null,
  };
}

function statsDocument(record: RunRecord, now: Date): Record<string, unknown> {
  const stats = swarmStats(record, now);
  const spending = runSpending(record);
  return {
    subagents_spawned: stats.subagentsSpawned,
    subagents_completed: stats.subagentsCompleted,
    subagents_failed: stats.subagentsFailed,
    max_parallel_reached: stats.peak,
    total_turns: spending.turns,
    critical_path_length: stats.criticalPathLength,
    critical_path_ms: stats.criticalPathMs,
    execution_time_ms: stats.executionTimeMs,
    sequential_time_estimate_ms: stats.sequentialTimeEstimateMs,
    speedup_factor: stats.speedupFactor,
    input_tokens: spending.usage.inputTokens,
    output_tokens: spending.usage.outputTokens,
    cost_usd: toUsd(spending.costMicroUsd),
  };
}

const ROWS_SHOWN = 60;

/** How a swarm stands or ended: its answer, the tree of subtasks, statistics, how to go on. Pure; plain text. */
export function swarmScreen(record: RunRecord, answer: string | null, now: Date): string {
  const isEnded = record.endedAt !== null;
  const title = record.reason === '' ? visibleLine(record.feature) : record.reason;
  return [
    ...(answer === null || answer.trim() === '' ? [] : [answer.trim(), '']),
    `${record.status.toUpperCase()}  ${visibleLine(title)}`,
    ...scriptLines(record),
    ...treeLines(record, isEnded),
    ...standstillLines(record),
    ...judgeLines(record),
    ...statLines(record, now),
    ...record.notes.map((note) => `  note: ${visibleLine(note)}`),
    ...nextLines(record, isEnded),
  ].join('\n');
}

/** Subtasks, each behind what it waits for, the unfinished ones first where there are many. */
function treeLines({ stories }: RunRecord, isEnded: boolean): string[] {
  const many = stories.length > ROWS_SHOWN;
  const wanted = many ? stories.filter(({ status }) => !isSatisfied(status)) : stories;
  const shown = wanted.slice(0, ROWS_SHOWN);
  const width = Math.max(4, ...shown.map(({ story }) => story.id.length));
  const hidden = stories.length - shown.length;
  return [
    ...shown.map((entry) => subtaskLine(entry, { width, isEnded })),
    ...(hidden > 0 ? [`  … ${hidden} more subtasks, all of them in --json`] : []),
  ];
}

function subtaskLine(
  entry: StoryRecord,
  { width, isEnded }: { readonly width: number; readonly isEnded: boolean },
): string {
  const { story, commit, reason } = entry;
  const spending = storySpending(entry);
  const ms = entry.attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const word = subtaskWord(entry, isEnded);
  const files = filesOf(entry).length;
  const facts = [
    story.dependsOn.length === 0 ? '' : `after ${story.dependsOn.join(', ')}`,
    commit === null ? '' : `${commit.slice(0, 10)}, ${files} ${files === 1 ? 'file' : 'files'}`,
    spending.modelCalls === 0
      ? ''
      : `${spending.modelCalls} calls, ${spending.usage.outputTokens} tokens out`,
    ms === 0 ? '' : formatDuration(ms),
    word === 'done' && !reason.includes('outside') ? '' : reason,
  ].filter((fact) => fact !== '');
  return `  ${story.id.padEnd(width)}  ${word.replaceAll('_', ' ').padEnd(9)} ${visibleLine(story.title)}${facts.length === 0 ? '' : ` · ${visibleLine(facts.join(' · '))}`}`;
}

function standstillLines({ standstill }: RunRecord): string[] {
  if (standstill === null || standstill === undefined) return [];
  const { kind, since, until, reason } = standstill;
  return [
    `  ${kind} since ${since}${until === null ? '' : `, next try ${until}`}: ${visibleLine(reason)}`,
  ];
}

function judgeLines({ swarm }: RunRecord): string[] {
  const checks = (swarm?.evidence ?? []).map(
    ({ check, command, exitCode }) => `  check ${check} (${command}): exit ${exitCode ?? 'none'}`,
  );
  const judges = (swarm?.judgements ?? []).map(
    ({ verdict, reason }, index) =>
      `  judge ${index + 1}: ${verdict}${reason === '' ? '' : `, ${visibleLine(reason).slice(0, 200)}`}`,
  );
  return [...checks.map(visibleLine), ...judges];
}

function statLines(record: RunRecord, now: Date): string[] {
  const stats = swarmStats(record, now);
  const { usage, modelCalls, repeatedModelCalls, costMicroUsd } = runSpending(record);
  const done = `${stats.subagentsCompleted} of ${record.stories.length} done`;
  return [
    `  ${done}; ${formatDuration(stats.executionTimeMs)}, one after the other ${formatDuration(stats.sequentialTimeEstimateMs)} (speed-up ${stats.speedupFactor}); longest chain ${stats.criticalPathLength} (${formatDuration(stats.criticalPathMs)})`,
    `  ${modelCalls} model calls, ${repeatedModelCalls} repeated; ${usage.inputTokens} tokens in, ${usage.outputTokens} out; cost ${formatUsd(toUsd(costMicroUsd))}`,
  ];
}

function nextLines(record: RunRecord, isEnded: boolean): string[] {
  const { runId, publishedBranch, status, swarm, stories } = record;
  if (!isEnded) return [`  run ${runId}: codetether attach ${runId} watches it`];
  const kept = stories.flatMap(({ branch }) =>
    branch === null || branch === undefined ? [] : [branch],
  );
  return [
    ...(swarm?.rows === undefined ? [] : [`  output  ${swarm.rows.output}`]),
    ...(publishedBranch === null
      ? []
      : [
          `  branch  ${publishedBranch}: codetether swarm diff ${runId}, codetether swarm merge ${runId}`,
        ]),
    ...kept.map((branch) => `  kept    ${branch}`),
    ...(status === 'passed' ? [] : [`  retry   codetether ${familyOf(record)} retry ${runId}`]),
    `  run     ${runId}`,
  ];
}
