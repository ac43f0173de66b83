import type { AgentProfile } from '../domain/index.js';
import { BUILD_TOOLS, DEFAULTS, READING_TOOLS, REPL_TOOLS } from './light/defaults.js';

/** The agent that works on stories; its prompt and tool schemas are frozen when a story begins. */
export function buildProfile(maxTurns: number): AgentProfile {
  return {
    name: 'build',
    end: 'story',
    tools: [...BUILD_TOOLS],
    limits: limitsOf(maxTurns),
  };
}

/** Tools of an agent that works on a task, which ends with its answer, in the order in which every request lists them. */
export const TASK_TOOLS: readonly string[] = BUILD_TOOLS.filter((name) => name !== 'story_done');

/**
 * Kinds of agents that work on tasks. `build` may hand parts on; `general` is one that a part was handed to, and hands nothing on;
 * `plan` and `explore` only read; `answer` has no tools at all.
 */
export type TaskAgent = 'build' | 'general' | 'plan' | 'explore' | 'answer';

/** An agent that works on a task and ends with an answer: `build` may change files, `plan` and `explore` only read. */
export function taskProfile(agent: TaskAgent, maxTurns: number): AgentProfile {
  const isReader = agent === 'plan' || agent === 'explore';
  return {
    name: agent,
    end: 'task',
    tools: taskTools(agent),
    limits: limitsOf(maxTurns),
    ...(isReader ? { isReadOnly: true } : {}),
  };
}

/** The agent that answers a question over an input by code; its messages are its iterations. */
export function rlmProfile(maxIterations: number): AgentProfile {
  return {
    name: 'rlm',
    end: 'rlm',
    tools: [...REPL_TOOLS],
    // the last message is told what to do before the limit of the agent ends it
    limits: limitsOf(maxIterations + 1),
    isReadOnly: true,
  };
}

/** Names of the tools that an agent for tasks is offered. */
export function taskTools(agent: TaskAgent): string[] {
  if (agent === 'answer') return [];
  if (agent === 'general') return TASK_TOOLS.filter((name) => name !== 'task');
  return [...(agent === 'build' ? TASK_TOOLS : READING_TOOLS)];
}

function limitsOf(maxTurns: number): AgentProfile['limits'] {
  const { maxCallsPerTurn, maxTotalTokens } = DEFAULTS;
  return { maxTurns, maxCallsPerTurn, maxTotalTokens };
}
