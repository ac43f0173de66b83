import { workflowInfo } from '@temporalio/workflow';
import {
  DEFAULT_SUB_AGENTS,
  handingOn,
  taskProfile,
  WORKFLOW_TYPES,
} from '../../contracts/index.js';
import {
  frozenInto,
  markdownText,
  type AgentInput,
  type AgentResult,
  type Budget,
  type SubAgentLimits,
} from '../../domain/index.js';
import { inherited, startOrTakeOver, type Child } from '../lib/child.js';
import { workflowScope } from '../lib/scope.js';
import type { StepResult } from '../lib/step.js';
import type { Fork } from './forks.js';
import { rlmTaskInput } from './rlm-task-input.js';
import type { TaskOwner, TaskStart } from './task.js';

/** How far an agent may hand work on. */
export function limitsOf({ subAgents }: AgentInput): SubAgentLimits {
  return subAgents ?? DEFAULT_SUB_AGENTS;
}

/** Where and with what a child begins. */
export interface TaskPlace {
  readonly id: string;
  readonly place: string;
  readonly start: TaskStart;
  readonly count: number;
  readonly fork: Fork | undefined;
  /** Takes its part off the starter's lease; asked once, when the child is about to begin. */
  readonly lend: () => Budget | null;
}

/** Starts the workflow of an agent below another one. */
export async function startTask(
  session: TaskOwner,
  place: TaskPlace,
): Promise<{ readonly handle: Child<AgentResult>; readonly wasPaused: boolean }> {
  const { start } = place;
  const input = await prepared(session, place);
  const wasPaused = session.spender.isPaused;
  const handle = await startOrTakeOver<AgentResult>(session.steps, {
    type: WORKFLOW_TYPES.agent,
    workflowId: place.id,
    input: input(),
    summary: `${session.input.story ?? 'task'} · ${start.title}`,
    details: [
      markdownText(start.title),
      `**agent** ${start.rlm === undefined ? start.agent : 'rlm'}`,
    ],
    basis: workflowScope(),
  });
  return { handle, wasPaused };
}

/** Keeps what it is told; its input is made when it begins. */
async function prepared(session: TaskOwner, place: TaskPlace): Promise<() => AgentInput> {
  const { agent, named, prompt, promptRef, results, rlm, title } = place.start;
  const { definitions } = session.profile;
  if (rlm !== undefined) return rlmTaskInput(session, { ...place, source: rlm });
  const begun = await session.steps.run('beginTask', {
    summary: title,
    args: {
      agent,
      prompt,
      ...(promptRef === undefined ? {} : { promptRef }),
      ...(results === undefined ? {} : { results }),
      ...(named === undefined ? {} : { named }),
      ...(definitions === undefined ? {} : { definitions }),
    },
  });
  return () => inputOf(session, { ...place, begun });
}

function inputOf(
  { input, profile, spender }: TaskOwner,
  given: TaskPlace & { readonly begun: StepResult<'beginTask'> },
): AgentInput {
  const { start, begun, fork, count } = given;
  const lent = given.lend();
  const own = limitsOf(input);
  const limits = { ...own, depth: Math.max(0, own.depth - 1), count };
  const forks = fork?.forks ?? input.forks;
  const agent = handingOn(taskProfile(start.agent, profile.limits.maxTurns), limits);
  // whatever it is asked for, it may do no more than its starter
  const isReader = agent.isReadOnly === true || profile.isReadOnly === true;
  return {
    ...inherited(input, spender),
    model: profile.model ?? input.model,
    contextWindow: profile.contextWindow ?? input.contextWindow,
    prompt: begun.prompt,
    workspace: fork?.lane ?? input.workspace,
    profile: { ...frozenInto(agent, begun.frozen), ...(isReader ? { isReadOnly: true } : {}) },
    owner: workflowInfo().workflowId,
    holder: given.id,
    ...(lent === null ? {} : { lease: lent }),
    subAgents: limits,
    place: given.place,
    ...(forks === undefined ? {} : { forks }),
  };
}
