import type { AgentProfile, SubAgentLimits } from '../domain/index.js';
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

/** Tools by which agents start others. */
const HANDING_TOOLS: readonly string[] = ['recall', 'rlm', 'swarm', 'task'];

/** Tools of an agent that works on a task, which ends with its answer, in the order in which every request lists them. */
export const TASK_TOOLS: readonly string[] = BUILD_TOOLS.filter((name) => name !== 'story_done');

/**
 * Kinds of agents that work on tasks: `build` and `general` (one that a part was handed to) may change files, `plan` and `explore` only
 * read; `answer` and `chat` have no tools at all.
 */
export type TaskAgent = (typeof TASK_AGENTS)[number];

/** See {@link TaskAgent}. */
export const TASK_AGENTS = ['build', 'general', 'plan', 'explore', 'answer', 'chat'] as const;

/** How far agents may hand work on where nobody says anything else. */
export const DEFAULT_SUB_AGENTS: SubAgentLimits = {
  depth: DEFAULTS.taskDepth,
  count: DEFAULTS.maxTasks,
};

/**
 * An agent that works on a task and ends with an answer; to `chat` every text is one. Only `build` hands parts on; see {@link handingOn} for
 * the others.
 */
export function taskProfile(agent: TaskAgent, maxTurns: number): AgentProfile {
  const isReader = agent === 'plan' || agent === 'explore';
  const tools = taskTools(agent);
  return {
    name: agent,
    end: agent === 'chat' ? 'chat' : 'task',
    tools: agent === 'build' ? tools : withoutHands(tools),
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

/** The profile without the tools by which it starts others, where its limits let it start none. */
export function withinLimits(profile: AgentProfile, limits: SubAgentLimits): AgentProfile {
  return mayHandOn(limits) ? profile : { ...profile, tools: withoutHands(profile.tools) };
}

/** The profile with the tools by which it starts others as far as its limits let it, and without them where they do not. */
export function handingOn(profile: AgentProfile, limits: SubAgentLimits): AgentProfile {
  const own = withoutHands(profile.tools);
  if (!mayHandOn(limits) || own.length === 0) return { ...profile, tools: own };
  return { ...profile, tools: [...own, ...HANDING_TOOLS].toSorted() };
}

/** Names of all tools that an agent for tasks may ever be offered: their schemas are kept when it starts. */
export function taskTools(agent: TaskAgent): string[] {
  if (agent === 'answer' || agent === 'chat') return [];
  const isReader = agent === 'plan' || agent === 'explore';
  return isReader ? [...READING_TOOLS, ...HANDING_TOOLS].toSorted() : [...TASK_TOOLS];
}

function mayHandOn({ depth, count }: SubAgentLimits): boolean {
  return depth > 0 && count > 0;
}

function withoutHands(tools: readonly string[]): string[] {
  return tools.filter((name) => !HANDING_TOOLS.includes(name));
}

function limitsOf(maxTurns: number): AgentProfile['limits'] {
  const { maxCallsPerTurn, maxTotalTokens } = DEFAULTS;
  return { maxTurns, maxCallsPerTurn, maxTotalTokens };
}
