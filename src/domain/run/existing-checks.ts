import type { RunRecord } from './ralph-run.js';

/**
 * Command lines of the checks that existed on the base or in a commit of the run: none of them may become absent again.
 * Workflow-safe.
 */
export function existingChecks({
  baseline,
  stories,
}: Pick<RunRecord, 'baseline' | 'stories'>): string[] {
  const landed = stories
    .filter(({ commit }) => commit !== null)
    .flatMap(({ attempts }) => attempts.at(-1)?.evidence ?? []);
  const found = [...(baseline?.evidence ?? []), ...landed].filter(
    ({ kind, absence }) => kind !== 'verification' && absence === undefined,
  );
  return [...new Set(found.map(({ command }) => command))];
}
