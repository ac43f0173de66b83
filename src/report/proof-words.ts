import {
  visibleLine,
  type AttemptRecord,
  type CanaryVerdict,
  type RunRecord,
  type StoryRecord,
  type Trial,
} from '../domain/index.js';
import { formatDuration } from './format.js';

const FILES_SHOWN = 10;

const ROUNDS: Readonly<Record<Trial['rounds'][number]['round'], string>> = {
  story: 'as it is',
  base: "with the base's definitions of the checks",
  'own-configuration': 'with its own configuration, and tests and values of the base',
};

const CANARIES: Readonly<Record<CanaryVerdict['kind'], string>> = {
  'existing-tests': 'existing tests made to fail',
  'new-case': 'a failing case in existing files',
  assertion: 'failing assertions',
  'broken-product': 'changed files broken',
  finding: 'findings planted',
  unreadable: 'files made unreadable',
};

const HEARD: Readonly<Record<CanaryVerdict['is'], string>> = {
  noticed: 'noticed',
  unheard: 'NOT noticed',
  'not-run': 'not run',
  'no-canary': 'no canary',
};

/** How a story was tried, a line each, for people: flags, rounds, canaries, counts, what changed. Pure; plain text. */
export function trialLines(trial: Trial | undefined): string[] {
  if (trial === undefined) return [];
  const { canaries, counts, difference, flags, rounds } = trial;
  // nothing was tried beyond the checks themselves
  const isPlain = difference.length === 0 && canaries.length === 0 && flags.length === 0;
  return [
    ...flags.map(({ text }) => `Flag: ${text}`),
    ...(isPlain ? [] : [`Rounds: ${rounds.map(roundWords).join('; ')}`]),
    ...canaryLines(canaries),
    ...counts.map(
      ({ check, base, story }) =>
        `Tests that pass in ${check}: ${base ?? 'unknown'} on the base, ${story ?? 'unknown'} now`,
    ),
    ...(difference.length === 0
      ? []
      : [
          `Changed what checks mean (found by ${trial.method}): ${shown(difference.map(changeWords))}`,
        ]),
  ].map(visibleLine);
}

function roundWords({ round, isGreen, durationMs }: Trial['rounds'][number]): string {
  return `${ROUNDS[round]} ${isGreen ? 'green' : 'red'} (${formatDuration(durationMs)})`;
}

function canaryLines(canaries: readonly CanaryVerdict[]): string[] {
  const checks = [...new Set(canaries.map(({ check }) => check))];
  return checks.map((name) => {
    const own = canaries.filter(({ check }) => check === name);
    const words = own.map(({ kind, is, files, durationMs }) => {
      const where = is === 'unheard' || kind === 'broken-product' ? ` ${shown(files)}` : '';
      const time = durationMs === undefined ? '' : ` (${formatDuration(durationMs)})`;
      return `${CANARIES[kind]}${where}: ${HEARD[is]}${time}`;
    });
    return `Canaries of ${name}: ${words.join('; ')}`;
  });
}

function changeWords({ path, kind, change }: Trial['difference'][number]): string {
  return `${path} (${kind}, ${change})`;
}

function shown(items: readonly string[]): string {
  const rest = items.length - FILES_SHOWN;
  return `${items.slice(0, FILES_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** How canaries were set for a run, where that was not `auto`; undefined also for runs that prove no stories. Pure; plain text. */
export function canaryModeWords({ kind, options }: RunRecord): string | undefined {
  if (kind === 'swarm' || options.canaries === 'auto') return undefined;
  return options.canaries === 'always'
    ? 'always tried'
    : 'off: nobody tried whether the checks still notice failures';
}

/** True for a story that passed with something that a person should see. Pure. */
export function isFlagged(entry: StoryRecord): boolean {
  return (entry.attempts.at(-1)?.trial?.flags ?? []).length > 0;
}

/** Stories with flags first, else in the order of the record. Pure. */
export function flaggedFirst(stories: RunRecord['stories']): StoryRecord[] {
  return [...stories.filter(isFlagged), ...stories.filter((entry) => !isFlagged(entry))];
}

/** For programs, in snake_case; null where nothing was tried. Pure. */
export function trialDocument(attempt: AttemptRecord | undefined): Record<string, unknown> | null {
  const trial = attempt?.trial;
  if (trial === undefined) return null;
  return {
    flags: trial.flags,
    reasons: trial.reasons,
    rounds: trial.rounds.map(({ round, isGreen, durationMs }) => ({
      round,
      is_green: isGreen,
      duration_ms: durationMs,
    })),
    canaries: trial.canaries.map(({ check, kind, is, files, durationMs }) => ({
      check,
      kind,
      is,
      files,
      duration_ms: durationMs ?? null,
    })),
    tests_passed: trial.counts,
    surface: trial.difference,
    surface_method: trial.method,
    suspicious_lines: trial.suspicious,
  };
}
