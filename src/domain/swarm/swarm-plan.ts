import { z } from 'zod';
import type { NamedAgent } from '../definitions/named-agent.js';
import { MOST_SUB_AGENTS } from '../agent/sub-agents.js';
import { describeLocation, InvalidInputError, type ErrorLocation } from '../light/error.js';
import { LONGEST_INSTRUCTION, subtaskAgentSchema, subtaskSchema, type Subtask } from './subtask.js';

/** How a task is cut into subtasks. */
export const swarmStrategySchema = z.enum(['auto', 'domain', 'data', 'stage', 'none']);

/** See {@link swarmStrategySchema}. */
export type SwarmStrategy = z.infer<typeof swarmStrategySchema>;

/** A task, cut. */
export interface SwarmPlan {
  /** Empty when the file left it out. */
  readonly task: string;
  readonly strategy: SwarmStrategy;
  readonly subtasks: readonly Subtask[];
}

/** One thing that is wrong with a plan. */
export interface SwarmPlanProblem {
  readonly message: string;
  readonly where: ErrorLocation;
}

const SHOWN_PROBLEMS = 50;

/** A plan with everything that is wrong with it: exit 2, before anything is paid. */
export class SwarmPlanInvalidError extends InvalidInputError {
  readonly problems: readonly SwarmPlanProblem[];

  constructor(file: string, problems: readonly SwarmPlanProblem[]) {
    const lines = problems.slice(0, SHOWN_PROBLEMS).map((problem) => `  - ${problemLine(problem)}`);
    const more = problems.length - SHOWN_PROBLEMS;
    super('ERR_SWARM_PLAN_INVALID', {
      message: [
        `${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}`,
        ...lines,
        ...(more > 0 ? [`  - and ${more} more`] : []),
      ].join('\n'),
      where: problems[0]?.where ?? { file },
      hint: 'correct the plan, then look at it with: codetether swarm --plan FILE --dry-run',
      data: { problems },
    });
    this.problems = problems;
  }
}

/** `line 3, field subtasks[0].id: what is wrong`. */
export function problemLine({ message, where }: SwarmPlanProblem): string {
  const place = [
    where.line === undefined ? '' : `line ${where.line}`,
    describeLocation({ ...where, file: undefined, line: undefined }),
  ]
    .filter((part) => part !== '')
    .join(', ');
  return place === '' ? message : `${place}: ${message}`;
}

/** Lines of a document's fields; undefined when unknown. */
type LineOf = (path: readonly (string | number)[]) => number | undefined;

/** What a plan is held to. */
export interface PlanRules {
  /** As the person wrote it. */
  readonly file: string;
  readonly maxSubagents: number;
  readonly lineOf?: LineOf;
  /** Agents of people that subtasks may name, with what they may do; absent = none. */
  readonly agents?: readonly Pick<NamedAgent, 'name' | 'access'>[];
}

const priority = z.number().int().min(1).max(1000).default(1);

const entrySchema = z.object({
  id: subtaskSchema.shape.id,
  instruction: z.string().trim().min(1).max(LONGEST_INSTRUCTION),
  depends_on: z.array(z.string()).max(1000).default([]),
  touches: subtaskSchema.shape.touches.default([]),
  agent: subtaskAgentSchema.exclude(['row']).default('build'),
  priority,
});

/** Arguments of the tool `swarm`: a plan file without its strategy. What subtasks get wrong together is said by {@link parseSwarmPlan}. */
export const swarmCallSchema = z.object({
  task: z.string().trim().min(1).max(LONGEST_INSTRUCTION),
  subtasks: z.array(entrySchema).min(1).max(MOST_SUB_AGENTS.count),
});

const fileSchema = z.object({
  task: z.string().max(LONGEST_INSTRUCTION).default(''),
  strategy: swarmStrategySchema.default('auto'),
  subtasks: z.array(z.unknown()),
});

/**
 * The plan of a document, from a file or a model. Throws SwarmPlanInvalidError with every problem: shape, duplicate and unknown ids,
 * circles, none or too many subtasks. Pure.
 */
export function parseSwarmPlan(value: unknown, rules: PlanRules): SwarmPlan {
  const problems: SwarmPlanProblem[] = [];
  const add = (message: string, path: readonly (string | number)[]): void => {
    problems.push({ message, where: whereOf(rules, path) });
  };
  const document = fileSchema.safeParse(value);
  if (!document.success) {
    for (const issue of document.error.issues) add(issue.message, plainPath(issue.path));
    throw new SwarmPlanInvalidError(rules.file, problems);
  }
  const { task, strategy } = document.data;
  const raw = document.data.subtasks;
  if (raw.length === 0) add('there is no subtask in it', ['subtasks']);
  if (raw.length > rules.maxSubagents) {
    add(`${raw.length} subtasks, and at most ${rules.maxSubagents} are allowed (--max-subagents)`, [
      'subtasks',
    ]);
    throw new SwarmPlanInvalidError(rules.file, problems);
  }
  const subtasks: Subtask[] = [];
  raw.forEach((entry, index) => {
    const { named, plain } = byKind(entry, rules);
    const parsed = entrySchema.safeParse(plain);
    if (parsed.success) {
      const { depends_on: dependsOn, ...rest } = parsed.data;
      subtasks.push({ ...rest, ...named, dependsOn: [...new Set(dependsOn)] });
    } else {
      for (const issue of parsed.error.issues)
        add(issue.message, ['subtasks', index, ...plainPath(issue.path)]);
    }
  });
  if (problems.length === 0) problems.push(...relationProblems(subtasks, rules));
  if (problems.length > 0) throw new SwarmPlanInvalidError(rules.file, problems);
  return { task, strategy, subtasks };
}

/** An entry that names an agent of a person as one of the built-in agent of the same kind. */
function byKind(
  entry: unknown,
  { agents = [] }: PlanRules,
): { readonly named: { named?: string }; readonly plain: unknown } {
  const { agent } = z.object({ agent: z.string() }).safeParse(entry).data ?? {};
  const found = agents.find(({ name }) => name === agent);
  if (found === undefined || typeof entry !== 'object') return { named: {}, plain: entry };
  const kind = found.access === 'read' ? 'explore' : 'build';
  return { named: { named: found.name }, plain: { ...entry, agent: kind } };
}

function plainPath(path: readonly PropertyKey[]): (string | number)[] {
  return path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}

function whereOf({ file, lineOf }: PlanRules, path: readonly (string | number)[]): ErrorLocation {
  const line = lineOf?.(path);
  const field = path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`,
    )
    .join('');
  return { file, ...(line === undefined ? {} : { line }), ...(field === '' ? {} : { field }) };
}

/** What subtasks get wrong together: duplicate ids, dependencies on nothing, on themselves, in a circle. Pure. */
export function relationProblems(
  subtasks: readonly Pick<Subtask, 'id' | 'dependsOn'>[],
  rules: Pick<PlanRules, 'file' | 'lineOf'>,
): SwarmPlanProblem[] {
  const where = (index: number, field: string): ErrorLocation =>
    whereOf({ ...rules, maxSubagents: 0 }, ['subtasks', index, field]);
  const first = new Map<string, number>();
  const problems: SwarmPlanProblem[] = [];
  subtasks.forEach(({ id }, index) => {
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, index);
    else
      problems.push({
        message: `id "${id}" is already used by subtasks[${earlier}]`,
        where: where(index, 'id'),
      });
  });
  subtasks.forEach(({ id, dependsOn }, index) => {
    for (const dependency of dependsOn) {
      if (dependency === id)
        problems.push({ message: `"${id}" waits for itself`, where: where(index, 'depends_on') });
      else if (!first.has(dependency))
        problems.push({
          message: `depends on "${dependency}", which is no subtask of this plan`,
          where: where(index, 'depends_on'),
        });
    }
  });
  if (problems.length > 0) return problems;
  const circle = findCircle(subtasks);
  if (circle === undefined) return [];
  return [
    {
      message: `dependencies go in a circle: ${circle.join(' -> ')}`,
      where: where(first.get(circle[0] ?? '') ?? 0, 'depends_on'),
    },
  ];
}

/** Ids of one circle, the first again at its end; undefined when there is none. Without recursion: a chain may be long. */
function findCircle(subtasks: readonly Pick<Subtask, 'id' | 'dependsOn'>[]): string[] | undefined {
  const left = new Map(subtasks.map(({ id, dependsOn }) => [id, dependsOn]));
  // what has no open dependency is no part of a circle, again and again
  let hasShrunk = true;
  while (hasShrunk) {
    hasShrunk = false;
    for (const [id, dependsOn] of left) {
      if (dependsOn.some((dependency) => left.has(dependency))) continue;
      left.delete(id);
      hasShrunk = true;
    }
  }
  const [start] = left.keys();
  if (start === undefined) return undefined;
  const trail: string[] = [];
  let at = start;
  while (!trail.includes(at)) {
    trail.push(at);
    at = left.get(at)?.find((dependency) => left.has(dependency)) ?? start;
  }
  return [...trail.slice(trail.indexOf(at)), at];
}

/** The plan as its file: what `--dry-run --json` prints and `--plan` takes. Pure. */
export function swarmPlanDocument(plan: SwarmPlan): Record<string, unknown> {
  return {
    task: plan.task,
    strategy: plan.strategy,
    subtasks: plan.subtasks.map(({ dependsOn, ...subtask }) => ({
      id: subtask.id,
      instruction: subtask.instruction,
      depends_on: dependsOn,
      touches: subtask.touches,
      agent: subtask.named ?? subtask.agent,
      priority: subtask.priority,
    })),
  };
}
