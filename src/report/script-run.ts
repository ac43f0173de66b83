import {
  NO_PHASE,
  scriptPhases,
  visibleLine,
  type RunRecord,
  type ScriptPhase,
} from '../domain/index.js';

/** Log lines of a script that a screen shows. */
const LINES_SHOWN = 8;
const PHASES_SHOWN = 20;

/** What `script --json` tells of the program beside its agents; undefined for other runs. Pure. */
export function scriptDocument(record: RunRecord): Record<string, unknown> | undefined {
  const script = record.swarm?.script;
  if (script === undefined) return undefined;
  const { name, state, phase, lines, calls, taken, hash, error, task } = script;
  return {
    name,
    file: task?.path ?? null,
    state,
    phase,
    phases: scriptPhases(record).map(({ title, agents, running, done, failed }) => ({
      title: title === NO_PHASE ? null : title,
      agents,
      running,
      done,
      failed,
    })),
    log: lines,
    calls,
    calls_taken_over: taken,
    state_hash: hash,
    error,
  };
}

/** One line for each part of a script and for what it said last; empty for other runs. Pure; plain text. */
export function scriptLines(record: RunRecord): string[] {
  const script = record.swarm?.script;
  if (script === undefined) return [];
  const phases = scriptPhases(record).slice(-PHASES_SHOWN);
  return [
    ...phases.map((phase) => `  phase   ${phaseWords(phase, phase.title === script.phase)}`),
    ...script.lines.slice(-LINES_SHOWN).map((line) => `  log     ${visibleLine(line)}`),
    ...(script.taken === 0
      ? []
      : [`  taken   ${script.taken} of ${script.calls} calls had ended in the run before`]),
  ];
}

/** A part of a script with its counts. Pure; plain text. */
export function phaseWords(
  { title, agents, running, done, failed }: ScriptPhase,
  isCurrent: boolean,
): string {
  const name = title === NO_PHASE ? 'without a phase' : visibleLine(title);
  const counts = [
    `${done} of ${agents} done`,
    ...(running === 0 ? [] : [`${running} at work`]),
    ...(failed === 0 ? [] : [`${failed} not done`]),
  ];
  return `${name}: ${agents === 0 ? 'no agents' : counts.join(', ')}${isCurrent ? '  <' : ''}`;
}
