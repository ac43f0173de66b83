import {
  isAbsent,
  isPassing,
  type Evidence,
  toUsd,
  type AttemptRecord,
  type RunRecord,
  type StoryRecord,
} from '../domain/index.js';
import { waitingStories } from './questions.js';

/** Ends of outputs by digest of their blob; what is missing is left out of a report. */
export type OutputExcerpts = ReadonlyMap<string, string>;

/** `$0.0042`, or `unknown` for a price that nobody knows. */
export function formatUsd(usd: number | null): string {
  return usd === null ? 'unknown' : `$${usd.toFixed(4)}`;
}

/** {@link formatUsd} of millionths. */
export function formatCost(costMicroUsd: number | null): string {
  return formatUsd(toUsd(costMicroUsd));
}

/** `850 ms`, `12 s`, `3 min 4 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2026-01-02 03:04:05 UTC` of an ISO 8601 time. */
export function formatTime(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

/** `5 min 3 s`: how long a run took; `still open` before its end. */
export function formatRunTime(record: RunRecord): string {
  if (record.endedAt === null) return 'still open';
  return formatDuration(Math.max(0, Date.parse(record.endedAt) - Date.parse(record.startedAt)));
}

/** Time that the attempts at a story took. */
export function storyDurationMs(entry: StoryRecord): number {
  return entry.attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0);
}

/** `exit 1`, `timed out`, `killed`. */
function formatEnd(evidence: Evidence): string {
  if (evidence.isTimedOut) return 'timed out';
  return evidence.exitCode === null ? 'killed' : `exit ${evidence.exitCode}`;
}

/** `exit 1 in 3 s`, or why there is no such check. */
export function formatOutcome(evidence: Evidence): string {
  return evidence.absence === undefined
    ? `${formatEnd(evidence)} in ${formatDuration(evidence.durationMs)}`
    : evidence.absence.why;
}

/** `ok`, `absent`, `gone`, `failed`: what became of a check in one word. */
export function evidenceWord(evidence: Evidence): 'ok' | 'absent' | 'gone' | 'failed' {
  if (isPassing(evidence)) return 'ok';
  if (isAbsent(evidence)) return 'absent';
  return evidence.absence === undefined ? 'failed' : 'gone';
}

/** `passed`, `blocked by a check`: an outcome or status in words. */
export function inWords(outcome: string): string {
  return outcome.replaceAll('_', ' ');
}

/** Sentence with one full stop at its end, whatever the text ends with; empty stays empty. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

const FAILED_LINES = 30;
const PASSED_LINES = 8;
const LINE_LIMIT = 300;

/** The last lines of a check's output: more of them where it failed; empty when nothing is known. */
export function excerptOf(evidence: Evidence, outputs: OutputExcerpts): string {
  const text = outputs.get(evidence.output.digest)?.trimEnd() ?? '';
  if (text === '') return '';
  if (evidence.absence !== undefined && evidence.exitCode === null) return '';
  const limit = isPassing(evidence) || isAbsent(evidence) ? PASSED_LINES : FAILED_LINES;
  const lines = text.split('\n');
  const shown = lines
    .slice(-limit)
    .map((line) => (line.length > LINE_LIMIT ? `${line.slice(0, LINE_LIMIT)}…` : line));
  return lines.length > limit ? ['…', ...shown].join('\n') : shown.join('\n');
}

/** Branches of the repository that hold work of the run, with what is on them. */
export function branchesOf(record: RunRecord): { readonly name: string; readonly holds: string }[] {
  const kept = record.stories.flatMap(({ story, branch }) =>
    branch === null || branch === undefined
      ? []
      : [{ name: branch, holds: `${story.id}, not merged into the run` }],
  );
  return record.publishedBranch === null
    ? kept
    : [{ name: record.publishedBranch, holds: 'the result' }, ...kept];
}

/** A command with what it does. */
export interface NextStep {
  readonly command: string;
  readonly does: string;
}

/** What a person can do with a run now; nothing once it is discarded. */
export function nextSteps(record: RunRecord): NextStep[] {
  if (record.discardedAt !== undefined) return [];
  const id = record.runId;
  if (record.endedAt === null) {
    return [
      ...waitingStories(record).flatMap(({ story, command }) =>
        command === null ? [] : [{ command, does: `answers ${story}` }],
      ),
      { command: `codetether attach ${id}`, does: 'watches the run' },
    ];
  }
  if (record.kind === 'proof') return [];
  const family = FAMILIES[record.kind] ?? 'ralph';
  const again = goesOnWith(record);
  const isOpen = record.status !== 'passed' || record.kind === 'session';
  if (record.publishedBranch === null) return isOpen ? [again] : [];
  const target = record.baseBranch ?? 'BRANCH';
  const into =
    record.baseBranch === undefined || record.baseBranch === null ? ' --into BRANCH' : '';
  return [
    { command: `codetether ${family} diff ${id}`, does: 'shows what changed' },
    { command: `codetether ${family} merge ${id}${into}`, does: `brings it to ${target}` },
    goesAwayWith(record),
    ...(isOpen ? [again] : []),
  ];
}

/** Commands that diff and merge a kind of run. */
const FAMILIES: Partial<Readonly<Record<RunRecord['kind'], string>>> = {
  swarm: 'swarm',
  session: 'session',
};

function goesAwayWith({ kind, runId }: RunRecord): NextStep {
  return kind === 'session'
    ? { command: `codetether session delete ${runId}`, does: 'deletes it' }
    : { command: `codetether ralph discard ${runId}`, does: 'removes it' };
}

/** The commands of a run's kind. Pure. */
export function familyOf({ kind, swarm }: Pick<RunRecord, 'kind' | 'swarm'>): string {
  return swarm?.script === undefined ? kind : 'script';
}

function goesOnWith(record: RunRecord): NextStep {
  const { kind, runId } = record;
  if (kind === 'swarm')
    return {
      command: `codetether ${familyOf(record)} retry ${runId}`,
      does: 'does again what did not end well',
    };
  if (kind === 'session')
    return { command: `codetether run -s ${runId} "…"`, does: 'goes on with it' };
  return { command: 'codetether ralph run -p PRD', does: 'goes on behind the passed stories' };
}

/** What became of the run after its end, one sentence each. */
export function afterTheEnd(record: RunRecord): string[] {
  const merges = (record.merges ?? []).map(
    ({ into, commit, stories, mode, mergedAt }) =>
      `Merged into ${into} (${mode}) as ${commit.slice(0, 12)} at ${formatTime(mergedAt)}: ${stories.join(', ')}.`,
  );
  return record.discardedAt === undefined
    ? merges
    : [
        ...merges,
        `Discarded at ${formatTime(record.discardedAt)}: its branches and lanes are gone.`,
      ];
}

/** What an attempt says of itself in one sentence: `Attempt 2 (passed): every check passed …`. */
export function attemptTitle(attempt: AttemptRecord): string {
  return `Attempt ${attempt.number} (${inWords(attempt.outcome)}): ${sentence(attempt.reason)}`;
}
