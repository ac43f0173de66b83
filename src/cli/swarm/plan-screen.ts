import {
  describeBudget,
  formatModelReference,
  isUnlimited,
  needsYes,
  swarmPlanDocument,
  visibleLine,
  type SwarmEstimate,
} from '../../domain/index.js';
import type { PlannedSwarm } from '../../runs/index.js';

const SHOWN = 60;

/** What a swarm would do, for people to read before it starts. */
export function swarmPlanScreen(plan: PlannedSwarm): string {
  const { input, estimate, sandbox, dirtyFiles } = plan;
  const { options, subtasks } = input;
  return [
    `swarm: ${visibleLine(input.task.slice(0, 200))}`,
    input.hasFiles
      ? `  repository  ${visibleLine(input.repository)}, base ${input.baseCommit.slice(0, 12)}, branch ${visibleLine(input.branch)}`
      : `  files       none: agents only answer`,
    `  model       ${formatModelReference(options.model)}`,
    `  limits      at most ${input.maxSubagents} subtasks, ${options.parallel} at once, ${options.maxTurns} turns and ${input.timeoutMs / 1000} s each${isUnlimited(options.budget) ? '' : `; ${describeBudget(options.budget)}`}`,
    subtasks.length === 0
      ? `  subtasks    planned by the model (${input.strategy})`
      : `  subtasks    ${subtasks.length} (${input.strategy})`,
    ...(input.rows === undefined ? subtasks.slice(0, SHOWN).map(subtaskLine) : []),
    ...(input.rows === undefined && subtasks.length > SHOWN
      ? [`    … ${subtasks.length - SHOWN} more`]
      : []),
    ...(input.rows === undefined ? [] : [`  output      ${visibleLine(input.rows.output)}`]),
    ...(estimate === undefined
      ? []
      : [`  estimate    ${estimateLine(estimate)}${isAsked(plan) ? '; needs --yes' : ''}`]),
    `  sandbox     ${sandbox.level}${sandbox.reason === '' ? '' : `: ${sandbox.reason}`}`,
    ...input.checks.map(
      ({ name, command }) => `  check       ${visibleLine(name)}: ${visibleLine(command)}`,
    ),
    ...input.setup.steps.map(
      ({ command, folder }) => `  set-up      ${visibleLine(command)} in ${visibleLine(folder)}`,
    ),
    ...(input.verify === 0 ? [] : [`  judges      ${input.verify}`]),
    ...dirtyFiles.slice(0, 5).map((path) => `  not part of it: ${visibleLine(path)}`),
    ...input.notes.map((note) => `  note: ${visibleLine(note)}`),
  ].join('\n');
}

/** True where a person has to agree before it starts. */
function isAsked({ input, estimate }: PlannedSwarm): boolean {
  const limits = input.confirm?.limits;
  return estimate !== undefined && limits !== undefined && needsYes(estimate, limits);
}

function subtaskLine({
  id,
  instruction,
  dependsOn,
  touches,
  agent,
}: PlannedSwarm['input']['subtasks'][number]): string {
  const after = dependsOn.length === 0 ? '' : ` (after ${visibleLine(dependsOn.join(', '))})`;
  const where = touches.length === 0 ? '' : ` [${visibleLine(touches.join(', ')).slice(0, 120)}]`;
  return `    ${id}${after}${where} ${agent}: ${visibleLine(instruction).slice(0, 120)}`;
}

function estimateLine({ agents, calls, tokens, usd }: SwarmEstimate): string {
  const cost = usd === null ? 'price unknown' : `$${usd[0].toFixed(2)} to $${usd[1].toFixed(2)}`;
  return `${agents} agents, ${calls[0]} to ${calls[1]} model calls, ${tokens[0]} to ${tokens[1]} tokens, ${cost}`;
}

/** The plan as `--dry-run --json` prints it: what `--plan` takes, with what it would cost beside it. */
export function planDocument(plan: PlannedSwarm): Record<string, unknown> {
  const { input, estimate } = plan;
  const { task, strategy, subtasks, rows } = input;
  return {
    ...swarmPlanDocument({ task, strategy, subtasks: rows === undefined ? subtasks : [] }),
    rows:
      rows === undefined
        ? null
        : { count: subtasks.length, input: rows.input, output: rows.output },
    estimate: estimate ?? null,
    needs_yes: isAsked(plan),
    model: formatModelReference(input.options.model),
    branch: input.hasFiles ? input.branch : null,
    checks: input.checks.map(({ name, command }) => ({ name, command })),
    max_parallel: input.options.parallel,
    notes: input.notes,
  };
}
