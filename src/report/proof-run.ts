import {
  isAbsent,
  isRed,
  visibleLine,
  type Evidence,
  type ProofVerdict,
  type RunRecord,
} from '../domain/index.js';
import { evidenceWord, formatOutcome } from './format.js';
import { canaryModeWords, trialDocument, trialLines } from './proof-words.js';
import { absenceFields } from './run-document.js';

const FLAG = 'Flag: ';

const VERDICTS: Readonly<Record<ProofVerdict, string>> = {
  passed: 'PASSED',
  flagged: 'PASSED WITH FLAGS',
  refused: 'REFUSED',
  red: 'RED',
  'timed-out': 'TIMED OUT',
  gone: 'CHECK GONE',
  'no-checks': 'NOTHING TO CHECK',
  'setup-failed': 'SET-UP FAILED',
  'base-red': 'BASE RED',
};

/** How a proof of two given trees stands or ended: flags, a line a check, how it was tried, and one verdict. Pure; plain text. */
export function proofScreen(record: RunRecord): string {
  const [story] = record.stories;
  const canaries = canaryModeWords(record);
  const lines = [
    ...provenLines(record),
    ...(canaries === undefined ? [] : [`Canaries: ${canaries}`]),
    ...record.notes.map((note) => `Note: ${note}`),
  ];
  const word =
    record.proofVerdict === undefined ? record.status.toUpperCase() : VERDICTS[record.proofVerdict];
  const end = record.reason === '' ? `run ${record.runId}` : record.reason;
  return [
    visibleLine(`${record.project}: ${story?.story.title ?? record.feature}`),
    ...lines.map((line) => `  ${visibleLine(line)}`),
    ...redBase(record),
    `${word}  ${visibleLine(end)}`,
  ].join('\n');
}

/** Flags first, then the checks, then how they were tried. */
function provenLines(record: RunRecord): string[] {
  const attempt = record.stories[0]?.attempts.at(-1);
  const trial = trialLines(attempt?.trial);
  const evidence = attempt?.evidence ?? record.baseline?.evidence ?? [];
  const reasons = attempt?.trial?.reasons ?? [];
  return [
    ...baseFlags(record).map((text) => `${FLAG}${text}`),
    ...trial.filter((line) => line.startsWith(FLAG)),
    ...evidence.map(evidenceLine),
    ...trial.filter((line) => !line.startsWith(FLAG)),
    ...(reasons.length < 2 ? [] : reasons.map((text) => `Why: ${text}`)),
  ];
}

function evidenceLine(evidence: Evidence): string {
  const how =
    evidence.definitions === 'story'
      ? ''
      : evidence.definitions === 'base'
        ? ', with the definitions of the base'
        : ', with its own configuration';
  const command = evidence.command === evidence.check ? '' : ` (${evidence.command})`;
  return `${evidenceWord(evidence)} ${evidence.check}${command}: ${formatOutcome(evidence)}${how}`;
}

/** What the base alone showed. */
function baseFlags({ baseline }: RunRecord): string[] {
  return [
    ...(baseline?.flaky ?? []),
    ...(baseline?.cannotFail ?? []).map(
      (name) => `check ${name} cannot fail: on the base it stays green whatever is wrong`,
    ),
  ];
}

/** What red checks of the base printed last: nothing else was run. */
function redBase({ baseline, proofVerdict }: RunRecord): string[] {
  if (proofVerdict !== 'base-red') return [];
  return (baseline?.evidence ?? []).filter(isRed).flatMap(({ check }) => {
    const tail = baseline?.tails?.[check] ?? '';
    const printed = tail === '' ? ['(it printed nothing)'] : tail.split('\n');
    return [
      `  last lines of ${visibleLine(check)}:`,
      ...printed.map((line) => `    ${visibleLine(line)}`),
    ];
  });
}

/** The one JSON document that `proof --json` prints (snake_case). Pure. */
export function proofDocument(record: RunRecord): Record<string, unknown> {
  const { baseline } = record;
  return {
    run_id: record.runId,
    workflow_id: record.workflowId,
    kind: record.kind,
    status: record.status,
    verdict: record.proofVerdict ?? null,
    reason: record.reason,
    repository: record.repository,
    base: { name: record.baseBranch ?? null, commit: record.baseCommit },
    head: { name: record.branch, commit: record.headCommit },
    sandbox: record.sandbox,
    canaries: record.options.canaries,
    base_checks: (baseline?.evidence ?? []).map(evidenceFields),
    ...attemptFields(record),
    failure: record.failure,
    notes: record.notes,
  };
}

function attemptFields({ stories, baseline }: RunRecord): Record<string, unknown> {
  const attempt = stories[0]?.attempts.at(-1);
  const { evidence = [], changedFiles = [], changedDefinitions = [], trial } = attempt ?? {};
  return {
    checks: evidence.map(evidenceFields),
    flags: [...flagsOfBase(baseline), ...(trial?.flags ?? [])],
    changed_files: changedFiles,
    changed_check_definitions: changedDefinitions,
    proof: trialDocument(attempt),
    duration_ms: attempt?.durationMs ?? null,
  };
}

function flagsOfBase(baseline: RunRecord['baseline']): { code: string; text: string }[] {
  const { flaky = [], cannotFail = [] } = baseline ?? {};
  return [
    ...flaky.map((text) => ({ code: 'flaky', text })),
    ...cannotFail.map((name) => ({
      code: 'no-canary',
      text: `check ${name} cannot fail: on the base it stays green whatever is wrong`,
    })),
  ];
}

function evidenceFields(evidence: Evidence): Record<string, unknown> {
  return {
    check: evidence.check,
    command: evidence.command,
    exit_code: evidence.exitCode,
    is_timed_out: evidence.isTimedOut,
    is_red: isRed(evidence) && !isAbsent(evidence),
    is_known_failure: evidence.isKnownFailure ?? false,
    tree: evidence.tree,
    definitions: evidence.definitions,
    ...absenceFields(evidence),
    writes: evidence.writes ?? [],
    duration_ms: evidence.durationMs,
    output_ref: evidence.output.digest,
  };
}
