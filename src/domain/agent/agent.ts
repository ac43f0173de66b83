import { limitRuleSchema } from '../run/limit-rule.js';
import { z } from 'zod';
import { blobRefSchema } from '../blob.js';
import { budgetSchema, type BudgetUse } from '../run/budget.js';
import { agentLimitsSchema, agentProfileSchema, type AgentProfile } from './agent-profile.js';
import { newMessageSchema } from './conversation.js';
import { denialsSchema } from './denial.js';
import { reachesSchema } from './reach.js';
import { modelReferenceSchema, usageSchema } from './model.js';
import { forkFactsSchema, subAgentLimitsSchema } from './sub-agents.js';
import { stallStateSchema } from './stall.js';
import { todoSchema } from './todo.js';
import { seenFileSchema } from './tool-call.js';
import { assumptionsSchema, openQuestionSchema, questionRulesSchema } from './question.js';
import { rlmEndSchema, rlmStateSchema, rlmTaskSchema } from '../rlm/rlm-task.js';
import { runEventSchema } from '../run/event.js';
import { subtaskBeginSchema } from '../swarm/subtask-begin.js';
import { workspaceRefSchema } from '../workspace.js';

/** Arguments of `story_done`, the way an agent ends its work. */
export const storyDoneSchema = z.object({
  status: z.enum(['done', 'blocked']),
  summary: z.string().max(4000),
  learnings: z.array(z.string().max(500)).max(20).default([]),
  blockers: z.array(z.string().max(500)).max(20).default([]),
});

/** See {@link storyDoneSchema}. */
export type StoryDone = z.infer<typeof storyDoneSchema>;

/** What an agent spent so far. */
export const agentSpendingSchema = z.object({
  turns: z.number().int().nonnegative(),
  modelCalls: z.number().int().nonnegative(),
  /** Model calls that were sent a second time because the first answer had not arrived when the process died. */
  repeatedModelCalls: z.number().int().nonnegative(),
  usage: usageSchema,
  /** Millionths of a US dollar; null when a price is unknown. */
  costMicroUsd: z.number().int().nonnegative().nullable(),
});

/** See {@link agentSpendingSchema}. */
export type AgentSpending = z.infer<typeof agentSpendingSchema>;

/** What a spending takes out of a budget. */
export function spendingUse(spending: AgentSpending): BudgetUse {
  const { usage, costMicroUsd, modelCalls } = spending;
  return { costMicroUsd, tokens: usage.inputTokens + usage.outputTokens, calls: modelCalls };
}

/** Everything an agent carries from turn to turn, and through continue-as-new. The transcript itself is behind `head`. */
export const agentStateSchema = z.object({
  head: blobRefSchema.nullable(),
  depth: z.number().int().nonnegative(),
  step: z.number().int().nonnegative(),
  eventSeq: z.number().int().nonnegative(),
  pending: z.array(newMessageSchema),
  contextTokens: z.number().int().nonnegative(),
  todos: z.array(todoSchema),
  seen: z.array(seenFileSchema),
  stall: stallStateSchema,
  spending: agentSpendingSchema,
  /** How often in a row the model ended a turn without a tool call and without saying that it is done. */
  silentEnds: z.number().int().nonnegative(),
  /** Replies in a row that held a tool call which the server could not read. */
  unreadCalls: z.number().int().nonnegative().optional(),
  /** Tokens of the window that the server named when it was overrun; absent = as the input says. */
  window: z.number().int().positive().optional(),
  /** The turn before which the conversation was shortened last, and how often in a row it was soon after the time before. */
  compacted: z
    .object({ turn: z.number().int(), closeCalls: z.number().int().nonnegative() })
    .optional(),
  /** Fallback models that answered in place of the chosen one, as `PROVIDER/MODEL`. */
  stoodIn: z.array(z.string()).optional(),
  /** Agents that it has started; absent = none. */
  tasks: z.number().int().nonnegative().optional(),
  /** Of them, those that answer questions over its own past and do not count as agents; absent = none. */
  recalls: z.number().int().nonnegative().optional(),
  /** Agents that those have started; absent = none. */
  tasksBelow: z.number().int().nonnegative().optional(),
  /** What the owner granted so far, in all; null or absent = no limit. */
  lease: budgetSchema.nullable().optional(),
  /** Of an agent that answers a question over an input. */
  rlm: rlmStateSchema.optional(),
  /** It has started commands that go on in the background of its lane, which end with it; absent = none. */
  hasBackground: z.literal(true).optional(),
  /** What it went on with where nobody answered its questions; absent = nothing. */
  assumptions: assumptionsSchema.optional(),
  /** Calls of it that rules of people refused; absent = none. */
  denials: denialsSchema.optional(),
  /** Calls of it, and of agents below it, that reached beyond their walls; absent = none. */
  reaches: reachesSchema.optional(),
  /** How often a hook sent it back to work; absent = never. */
  holds: z.number().int().nonnegative().optional(),
  /** Names of skills that it has taken up; absent = none. */
  skills: z.array(z.string().max(100)).max(100).optional(),
  /** It only reads and makes a plan, since `plan_enter`; absent = it works. */
  plan: z.object({ goal: z.string().max(2000) }).optional(),
});

/** See {@link agentStateSchema}. */
export type AgentState = z.infer<typeof agentStateSchema>;

/** Input of one agent. */
export const agentInputSchema = z.object({
  runId: z.string(),
  story: z.string().optional(),
  attempt: z.number().int().positive().optional(),
  /** What kind of agent; absent in inputs of earlier versions, which name a built-in one with its tools and limits instead. */
  profile: agentProfileSchema.optional(),
  agent: z.enum(['build']).optional(),
  model: modelReferenceSchema,
  /** Tokens that fit into one request and its reply. */
  contextWindow: z.number().int().positive(),
  /** The task, as a blob; absent = it is made of `begins`. */
  prompt: blobRefSchema.optional(),
  /**
   * Of a subtask's agent that lays out its lane by itself before its first call, and hands its last events to its owner: a step less
   * for both. Absent = everything is ready.
   */
  begins: z
    .object({
      with: subtaskBeginSchema,
      /** Events of its owner that are on no disk yet. */
      events: z.array(runEventSchema),
    })
    .optional(),
  workspace: workspaceRefSchema,
  tools: z.array(z.string()).optional(),
  limits: agentLimitsSchema.optional(),
  /** Id of the workflow that pays: it is told of waits and asked for more budget. Absent = nobody. */
  owner: z.string().optional(),
  /** Id of the workflow under which the owner keeps this agent's lease; absent = under its story. */
  holder: z.string().optional(),
  /** The part of the owner's budget to begin with; absent = no limit. */
  lease: budgetSchema.optional(),
  /** Start without making a model call until told to resume. */
  isPaused: z.boolean().optional(),
  /** How long to wait for a network, a provider or Vault that does not answer, in milliseconds. Default 12 hours. */
  waitLimitMs: z.number().int().nonnegative().optional(),
  /** What becomes of it at a limit of a provider; absent = it waits. */
  limitRule: limitRuleSchema.optional(),
  /** Conversation of an agent that ended, with which this one goes on; absent = a new one. */
  goesOn: z
    .object({
      head: blobRefSchema,
      depth: z.number().int().nonnegative(),
      contextTokens: z.number().int().nonnegative(),
    })
    .optional(),
  /** The question over an input that it answers; absent for other agents. */
  rlm: rlmTaskSchema.optional(),
  /** How far it may hand work on; absent = the default. */
  subAgents: subAgentLimitsSchema.optional(),
  /** How lanes for agents that it starts are made; absent = they work in its own. */
  forks: forkFactsSchema.optional(),
  /** Numbers of the agents on the way from the run's own agent to this one, for example `2.1`; absent = it is the run's own. */
  place: z.string().optional(),
  /** What becomes of its questions; absent = nobody can be asked. */
  questions: questionRulesSchema.optional(),
  /** What a person said yes to after an earlier attempt was set aside for it. */
  granted: z.array(z.string().max(450)).max(200).optional(),
  /** Set by continue-as-new only. */
  carried: agentStateSchema.optional(),
});

/** See {@link agentInputSchema}. */
export type AgentInput = z.infer<typeof agentInputSchema>;

/** Limits that no input names. */
const USUAL_LIMITS = { maxTurns: 60, maxCallsPerTurn: 25, maxTotalTokens: 4_000_000 };

/** The profile of an input, also of one that an earlier version made. Pure. */
export function profileOf({ profile, agent, tools, limits }: AgentInput): AgentProfile {
  return (
    profile ?? {
      name: agent ?? 'build',
      end: 'story',
      tools: tools ?? [],
      limits: limits ?? USUAL_LIMITS,
    }
  );
}

/**
 * How an agent ended: `done` and `blocked` are its own word, `silent` = it stopped without one, `limit` and `stalled` are
 * the engine's decision, `refused` the provider's, `cancelled` a person's.
 */
export const agentOutcomeSchema = z.enum([
  'done',
  'blocked',
  'silent',
  'limit',
  'stalled',
  'refused',
  'cancelled',
]);

/** Result of one agent. */
export const agentResultSchema = z.object({
  outcome: agentOutcomeSchema,
  /** One sentence for people. */
  reason: z.string(),
  summary: z.string(),
  learnings: z.array(z.string()),
  blockers: z.array(z.string()),
  spending: agentSpendingSchema,
  /** The whole conversation. */
  conversation: blobRefSchema.nullable(),
  /** Fallback models that answered in place of the chosen one; absent = none. */
  stoodIn: z.array(z.string()).optional(),
  /** Links of the conversation, and tokens that it fills: what another agent needs to go on with it. Absent in older results. */
  depth: z.number().int().nonnegative().optional(),
  contextTokens: z.number().int().nonnegative().optional(),
  /** How its question over an input ended. */
  rlm: rlmEndSchema.optional(),
  /** Agents below it; absent = none. */
  tasks: z.number().int().nonnegative().optional(),
  /** What it asked and nobody answered, so that its work was set aside; absent = nothing. */
  question: openQuestionSchema.optional(),
  /** What it went on with where nobody answered; absent = nothing. */
  assumptions: assumptionsSchema.optional(),
  /** Calls of it that rules of people refused; absent = none. */
  denials: denialsSchema.optional(),
  /** Calls of it, and of agents below it, that reached beyond their walls; absent = none. */
  reaches: reachesSchema.optional(),
  /** True when it ended before its lane was ready: what lies there is not its own. Absent = it had begun. */
  isUnbegun: z.literal(true).optional(),
  /** Its last events, for its owner to write down; absent = it has written them. */
  lastEvents: z.array(runEventSchema).optional(),
});

/** See {@link agentResultSchema}. */
export type AgentResult = z.infer<typeof agentResultSchema>;
