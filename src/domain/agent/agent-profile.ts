import { z } from 'zod';
import { blobRefSchema } from '../blob.js';

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
});

/** See {@link agentProfileSchema}. */
export type AgentProfile = z.infer<typeof agentProfileSchema>;
