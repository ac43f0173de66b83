import { isAcceptable, isSatisfied, type StoryRecord } from '../../domain/index.js';

/** What looking at a story takes, and what to look at first. */
export interface ReviewEffort {
  /** Greater = look longer; only good for comparing stories. */
  readonly score: number;
  readonly files: number;
  /** Null = not counted. */
  readonly lines: number | null;
  readonly changed_checks: number;
  /** What a person should see, one sentence each. */
  readonly flags: readonly string[];
}

/** What each thing weighs beside one changed line. */
const WEIGHT = { file: 10, changedCheck: 50, flag: 100, outside: 100 } as const;

/** Effort of reviewing a story, from its last attempt; `lines` = lines that its commit adds and removes. Pure. */
export function reviewEffort(entry: StoryRecord, lines: number | null): ReviewEffort {
  const last = entry.attempts.at(-1);
  const files = last?.cut?.files ?? last?.changedFiles.length ?? 0;
  const changedChecks = last?.changedDefinitions.length ?? 0;
  const flags = riskFlags(entry);
  return {
    score:
      (lines ?? 0) +
      files * WEIGHT.file +
      changedChecks * WEIGHT.changedCheck +
      flags.length * WEIGHT.flag,
    files,
    lines,
    changed_checks: changedChecks,
    flags,
  };
}

/** Everything that speaks for a closer look at a story, one sentence each. Pure. */
export function riskFlags(entry: StoryRecord): string[] {
  const last = entry.attempts.at(-1);
  if (last === undefined) return [];
  const { trial, outside, changedDefinitions, denials = [], reaches = [], assumptions = [] } = last;
  return [
    ...(trial?.flags ?? []).map(({ text }) => text),
    ...(changedDefinitions.length === 0
      ? []
      : [`changed what the checks mean: ${changedDefinitions.slice(0, 10).join(', ')}`]),
    ...outsideFlags(outside),
    ...assumptions.map(({ question, assumed }) => `assumed: ${question} ${assumed}`),
    ...(denials.length === 0 ? [] : [`${denials.length} calls were refused by rules`]),
    ...(reaches.length === 0 ? [] : [`${reaches.length} calls reached beyond the walls`]),
    ...(entry.status === 'unverified' ? ['no check looked at it'] : []),
    ...last.evidence
      .filter((evidence) => evidence.isKnownFailure === true)
      .map(({ check }) => `${check} is red, as it was on the base`),
  ];
}

function outsideFlags(outside: StoryRecord['attempts'][number]['outside']): string[] {
  if (outside === undefined) return [];
  const { dependencies, migrations, ciFiles, deletions } = outside;
  const named = (what: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${what}: ${names.slice(0, 10).join(', ')}`];
  return [
    ...named('new dependencies', dependencies),
    ...named('migrations', migrations),
    ...named('CI files', ciFiles),
    ...(deletions === 0 ? [] : [`${deletions} deleted files`]),
  ];
}

/** What a story's one screen says beside its diff. */
export interface StorySummary {
  readonly why: string;
  /** Tried and given up, or decided against: one sentence each. */
  readonly dropped: readonly string[];
  readonly verified_by: readonly string[];
  readonly next_step: string;
}

/** The story in the words of those who made and proved it. Pure. */
export function storySummary(entry: StoryRecord): StorySummary {
  const { attempts } = entry;
  const last = attempts.at(-1);
  const earlier = attempts.slice(0, -1);
  return {
    why: last?.summary.trim() ?? '',
    dropped: earlier.map(
      ({ number, outcome, reason }) =>
        `attempt ${number} (${outcome.replaceAll('_', ' ')}): ${reason}`,
    ),
    verified_by: (last?.evidence ?? []).filter(isAcceptable).map(verifiedBy),
    next_step: nextStep(entry),
  };
}

function verifiedBy(evidence: StoryRecord['attempts'][number]['evidence'][number]): string {
  const { check, command, definitions, tree, absence } = evidence;
  if (absence !== undefined) return `${check}: ${absence.why}`;
  const whose = definitions === 'story' ? '' : ', as the base defines it';
  return `the engine: ${check} (${command})${whose}, tree ${tree.slice(0, 10)}`;
}

function nextStep(entry: StoryRecord): string {
  const { status, branch } = entry;
  if (status === 'already_satisfied') return 'nothing: it held before';
  if (isSatisfied(status)) return 'look at the diff; then merge the run, or ask for changes';
  if (status === 'blocked') return unblocking(entry);
  if (status === 'failed')
    return typeof branch === 'string'
      ? mergingByHand(branch)
      : 'look at the evidence; then try it again, or ask for changes';
  if (status === 'waiting_on_dependency') return 'mend the story that it waits for';
  return status === 'running' ? 'wait' : '';
}

function unblocking({ branch, attempts }: StoryRecord): string {
  const { question, outcome } = attempts.at(-1) ?? {};
  if (outcome === 'merge_failed' && typeof branch === 'string') return mergingByHand(branch);
  return question === undefined ? 'say what it needs' : 'answer what it asks';
}

const mergingByHand = (branch: string): string => `merge ${branch} by hand, or ask for changes`;
