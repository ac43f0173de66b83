import { z } from 'zod';
import { blobRefSchema } from '../blob.js';
import { hookEventSchema } from '../definitions/hook.js';
import { agentNameSchema, MOST_AGENTS } from '../definitions/named-agent.js';
import { modelReferenceSchema } from './model.js';

/** Bounds of one agent; reaching one ends it with outcome `limit`. */
export const agentLimitsSchema = z.object({
  maxTurns: z.number().int().positive(),
  maxCallsPerTurn: z.number().int().positive(),
  maxTotalTokens: z.number().int().positive(),
});

/**
 * How an agent may end: `story` by story_done or its marker only; `task` with a text that answers the task; `chat` with any
 * text, which is its answer in a conversation that goes on; `rlm` by a FINAL that its code runs.
 */
export const endRuleSchema = z.enum(['story', 'task', 'chat', 'rlm']);

/** See {@link endRuleSchema}. */
export type EndRuleName = z.infer<typeof endRuleSchema>;

const knownAgentsSchema = z
  .array(z.object({ name: agentNameSchema, access: z.enum(['read', 'write']) }))
  .max(MOST_AGENTS.count);

/** What kind of agent works: how it is told to work, with which tools, how it ends and how far it may go. */
export const agentProfileSchema = z.object({
  /** Name for people and for the built-in prompt. */
  name: z.string().min(1).max(64),
  end: endRuleSchema,
  /** System prompt as it was when the agent was started; absent = the one built in. */
  prompt: blobRefSchema.optional(),
  /** Schemas of its tools as they were when the agent was started: an upgrade changes no byte of its requests. Absent = as they are. */
  toolset: blobRefSchema.optional(),
  /** Names of its tools. */
  tools: z.array(z.string()),
  limits: agentLimitsSchema,
  /** True for one that may change nothing: enforced where its tools run. Absent = it may. */
  isReadOnly: z.boolean().optional(),
  /** What people defined for it, as it was when it was started: rules, agents, skills, hooks. Absent = nothing. */
  definitions: blobRefSchema.optional(),
  /** Moments at which commands of people run; absent = none. */
  hookEvents: z.array(hookEventSchema).max(10).optional(),
  /** Agents of people that it may start by name; absent = none. */
  agents: knownAgentsSchema.optional(),
  /** Its own model, and what fits into a request to it; absent = those of its input. */
  model: modelReferenceSchema.optional(),
  contextWindow: z.number().int().positive().optional(),
});

/** See {@link agentProfileSchema}. */
export type AgentProfile = z.infer<typeof agentProfileSchema>;

/** What becomes of a profile when its agent is started: kept texts, and what a named agent makes different. */
export const frozenProfileSchema = z.object({
  prompt: blobRefSchema,
  toolset: blobRefSchema,
  definitions: blobRefSchema.optional(),
  hookEvents: z.array(hookEventSchema).max(10).optional(),
  agents: knownAgentsSchema.optional(),
  name: z.string().max(64).optional(),
  tools: z.array(z.string().max(100)).max(200).optional(),
  isReadOnly: z.boolean().optional(),
  model: modelReferenceSchema.optional(),
  contextWindow: z.number().int().positive().optional(),
  maxTurns: z.number().int().positive().optional(),
});

/** See {@link frozenProfileSchema}. */
export type FrozenProfile = z.infer<typeof frozenProfileSchema>;

/** A profile as its agent was started: a named one may do less than its kind, and no more than whoever started it. Pure. */
export function frozenInto(profile: AgentProfile, frozen: FrozenProfile): AgentProfile {
  const { maxTurns, tools, isReadOnly, name = profile.name, ...rest } = frozen;
  const { limits } = profile;
  return {
    ...profile,
    ...rest,
    name,
    ...(tools === undefined ? {} : { tools: profile.tools.filter((name) => tools.includes(name)) }),
    ...(isReadOnly === true || profile.isReadOnly === true ? { isReadOnly: true } : {}),
    ...(maxTurns === undefined
      ? {}
      : { limits: { ...limits, maxTurns: Math.min(limits.maxTurns, maxTurns) } }),
  };
}
