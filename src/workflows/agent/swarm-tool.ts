import { condition } from '@temporalio/workflow';
import { DEFAULTS } from '../../contracts/index.js';
import {
  isWriter,
  MOST_SUB_AGENTS,
  nextSubtask,
  outsideTouches,
  parseSwarmPlan,
  problemLine,
  shortLine,
  SwarmPlanInvalidError,
  type StallObservation,
  type Subtask,
  type ToolCallSummary,
} from '../../domain/index.js';
import type { StepResult } from '../lib/step.js';
import type { TaskEnd } from './task.js';
import { answerCall, beginCall, filesOf, limitRefusal, type TaskCaller } from './task-tool.js';

type Plan = ReturnType<typeof parseSwarmPlan>;

const PROBLEMS_SHOWN = 10;
const TITLE_LIMIT = 100;

/** How one subtask of a call ended; `waiting` = what it depends on did not end well, so it never began. */
interface SubtaskOutcome {
  readonly how: TaskEnd['how'] | 'waiting';
  readonly end: TaskEnd | null;
}

/**
 * Carries out one call of `swarm`: subtasks as agents of their own, started as what they depend on has ended well and its files are there,
 * never two that may write the same files. The answer lists what became of each. Every call gets an answer.
 */
export async function runSwarmCall(
  caller: TaskCaller,
  call: ToolCallSummary,
): Promise<StallObservation> {
  const plan = parseSwarmCall(call);
  if (!('problem' in plan)) return carryOutPlan(caller, call, plan);
  return refuseSwarm(caller, call, plan.problem);
}

function refuseSwarm(
  { session }: TaskCaller,
  call: ToolCallSummary,
  why: string,
): StallObservation {
  const text = `${call.name}: ${why}`;
  return answerCall(session, call, { isError: true, answer: { text } });
}

/** Works off a plan for a call, and answers it. */
export async function carryOutPlan(
  caller: TaskCaller,
  call: ToolCallSummary,
  plan: Plan,
): Promise<StallObservation> {
  const { session } = caller;
  const refused = refusal(caller, plan);
  if (refused !== undefined) return refuseSwarm(caller, call, refused);
  beginCall(session, call);
  const work = new SwarmCall(caller, plan);
  const ends = await caller.tasks.resting(() => work.workOff());
  const { ref } = await joined(caller, plan, ends);
  const isError = [...ends.values()].some(({ how }) => how !== 'done');
  return answerCall(session, call, { isError, answer: { ref } });
}

/** The subtasks of one call at work. */
class SwarmCall {
  private readonly caller: TaskCaller;
  private readonly plan: Plan;
  private readonly active = new Map<string, Subtask>();
  private readonly ends = new Map<string, SubtaskOutcome>();
  private hasNews = false;
  private failure: { readonly error: unknown } | undefined;

  constructor(caller: TaskCaller, plan: Plan) {
    this.caller = caller;
    this.plan = plan;
  }

  /** How each of them ended, once all have. */
  async workOff(): Promise<ReadonlyMap<string, SubtaskOutcome>> {
    const { tasks } = this.caller;
    for (;;) {
      this.startWhatMay();
      if (this.active.size === 0) break;
      await condition(() => this.hasNews || tasks.hasReturns);
      this.hasNews = false;
      // files first: what depends on them begins with them
      await tasks.bringBack();
      if (this.failure !== undefined) throw this.failure.error;
    }
    for (const { id } of this.plan.subtasks)
      if (!this.ends.has(id)) this.ends.set(id, { how: 'waiting', end: null });
    return this.ends;
  }

  private startWhatMay(): void {
    const isSatisfied = (id: string): boolean => this.ends.get(id)?.how === 'done';
    while (this.active.size < DEFAULTS.parallelTasks) {
      const pending = this.plan.subtasks.filter(
        ({ id }) => !this.ends.has(id) && !this.active.has(id),
      );
      const next = nextSubtask(pending, { isSatisfied, busy: [...this.active.values()] });
      if (next === undefined) return;
      this.start(next, pending.length);
    }
  }

  private start(subtask: Subtask, pending: number): void {
    const { plan, active } = this;
    const { id, agent } = subtask;
    active.set(id, subtask);
    const results = subtask.dependsOn.map((before) => {
      const end = this.ends.get(before)?.end;
      return { id: before, files: landedFiles(end), answer: end?.answer ?? null };
    });
    const { ending } = this.caller.tasks.launch({
      title: shortLine(`${id}: ${subtask.instruction}`, TITLE_LIMIT),
      agent: agent === 'plan' || agent === 'explore' ? agent : 'general',
      prompt: promptOf(plan, subtask),
      // readers too: the files of the starter change whenever a writer ends
      isForked: plan.subtasks.some(isWriter),
      share: Math.max(1, Math.min(DEFAULTS.parallelTasks - active.size + 1, pending)),
      ...(results.length === 0 ? {} : { results }),
    });
    const finish = (outcome: SubtaskOutcome | undefined): void => {
      active.delete(id);
      if (outcome !== undefined) this.ends.set(id, outcome);
      this.hasNews = true;
    };
    ending.then(
      (end) => finish({ how: end.how, end }),
      (error: unknown) => {
        this.failure ??= { error };
        finish(undefined);
      },
    );
  }
}

function promptOf({ task, subtasks }: Plan, { id, instruction, touches }: Subtask): string {
  const others = subtasks
    .filter((other) => other.id !== id)
    .map((other) => `- ${other.id}: ${shortLine(other.instruction, TITLE_LIMIT)}`);
  return [
    `Your task, "${id}":\n${instruction}`,
    touches.length === 0 ? '' : `Change only files that match: ${touches.join(', ')}`,
    task === '' ? '' : `It is a part of this task:\n${task}`,
    others.length === 0 ? '' : `Others do these parts; leave them to them:\n${others.join('\n')}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function landedFiles(end: TaskEnd | null | undefined): string[] {
  return end?.landing?.kind === 'landed' ? [...end.landing.files] : [];
}

function joined(
  { session }: TaskCaller,
  plan: Plan,
  ends: ReadonlyMap<string, SubtaskOutcome>,
): Promise<StepResult<'joinTasks'>> {
  return session.steps.run('joinTasks', {
    summary: 'what the subtasks came to',
    args: { subtasks: plan.subtasks.map((subtask) => reportOf(subtask, ends)) },
  });
}

function reportOf(subtask: Subtask, ends: ReadonlyMap<string, SubtaskOutcome>) {
  const { id, dependsOn } = subtask;
  const { how, end } = ends.get(id) ?? { how: 'waiting' as const, end: null };
  const missing = dependsOn.filter((before) => ends.get(before)?.how !== 'done');
  return {
    id,
    how,
    reason: how === 'waiting' ? `${missing.join(', ')} did not end well` : (end?.reason ?? ''),
    files: end === null ? '' : filesOf(end),
    outside: outsideTouches(subtask, landedFiles(end)),
    answer: end?.answer ?? null,
  };
}

function refusal(caller: TaskCaller, { subtasks }: Plan): string | undefined {
  const limit = limitRefusal(caller, subtasks.length);
  if (limit !== undefined) return limit;
  const { profile, input } = caller.session;
  const writers = subtasks.filter(isWriter).map(({ id }) => id);
  if (writers.length === 0) return undefined;
  const named = writers.slice(0, PROBLEMS_SHOWN).join(', ');
  if (caller.session.state.plan !== undefined)
    return `you are making a plan and may only read: give ${named} the agent "explore" or "plan", or call plan_exit first.`;
  if (profile.isReadOnly === true)
    return `this agent only reads, and so do those that it starts: give ${named} the agent "explore" or "plan".`;
  if (input.forks === undefined)
    return `agents that change files cannot work side by side here: use task, or give ${named} the agent "explore" or "plan".`;
  return undefined;
}

/** The plan of a call, or everything that is wrong with it. Pure. */
export function parseSwarmCall({
  arguments: text,
}: ToolCallSummary): Plan | { readonly problem: string } {
  if (text === undefined) return { problem: 'the arguments are too long.' };
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    return parseSwarmPlan(value, { file: 'the call', maxSubagents: MOST_SUB_AGENTS.count });
  } catch (error) {
    if (!(error instanceof SwarmPlanInvalidError))
      return { problem: 'the arguments are not valid JSON.' };
    const lines = error.problems.slice(0, PROBLEMS_SHOWN).map((one) => `- ${problemLine(one)}`);
    return { problem: `the plan cannot be carried out:\n${lines.join('\n')}` };
  }
}
