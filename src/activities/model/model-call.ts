import { z } from 'zod';
import {
  blobRefSchema,
  budgetSchema,
  finishReasonSchema,
  modelReferenceSchema,
  newMessageSchema,
  runEventSchema,
  stepKeySchema,
  todoSchema,
  toolCallSummarySchema,
  usageSchema,
} from '../../domain/index.js';

/** Input of `callModel`: one request at the end of a conversation. */
export const callModelInputSchema = z.object({
  key: stepKeySchema,
  runId: z.string().min(1),
  model: modelReferenceSchema,
  /** Kind of agent, whose built-in system prompt a new conversation begins with. */
  agent: z.string().max(64),
  /** System prompt to freeze into a new conversation; null or absent = the agent's built-in one. */
  systemPromptRef: blobRefSchema.nullish(),
  /** Facts about the working folder, put before the first user message of a new conversation. */
  workdirNote: z.string().max(8192).optional(),
  /** Newest link of the conversation; null starts one. */
  head: blobRefSchema.nullable(),
  depth: z.number().int().nonnegative(),
  newMessages: z.array(newMessageSchema),
  /** Names of the tools to offer. */
  tools: z.array(z.string()),
  /** Their schemas as they were when the agent was started, as a blob; absent = as they are now. */
  toolset: blobRefSchema.optional(),
  maxOutputTokens: z.number().int().positive().optional(),
  /** Characters that the new tool results may fill together; longer ones are cut. Absent = a part of the model's window. */
  resultLimit: z.number().int().positive().optional(),
  /** Events to append to the run's log before the call. */
  events: z.array(runEventSchema),
  /** What is left of the agent's lease: a call that may need more is refused before it is made. Absent = no limit. */
  budget: budgetSchema.optional(),
  /** Story id, shown in heartbeats. */
  story: z.string().optional(),
  /** Attempt at the story, for the account of what was paid. */
  attempt: z.number().int().positive().optional(),
});

/** See {@link callModelInputSchema}. */
export type CallModelInput = z.infer<typeof callModelInputSchema>;

/** What a model call cost; shared by calls and compactions. */
const spentSchema = z.object({
  usage: usageSchema,
  /** True when the server sent no usage and characters were counted. */
  isUsageEstimated: z.boolean(),
  /** Millionths of a US dollar; null = the price is unknown. */
  costMicroUsd: z.number().int().nonnegative().nullable(),
  /** How often the call was sent before and its process died before an answer arrived. */
  repeatedCalls: z.number().int().nonnegative(),
  durationMs: z.number().nonnegative(),
  /** The fallback model that answered in place of the one that was asked; absent = the one that was asked. */
  answeredBy: modelReferenceSchema.optional(),
  /** Context window of `answeredBy` in tokens; present with it. */
  answeredWindow: z.number().int().positive().optional(),
});

/** Result of `callModel`; the answer itself is in the conversation behind `head`. */
export const callModelResultSchema = spentSchema.extend({
  head: blobRefSchema,
  depth: z.number().int().positive(),
  /** First 500 characters of the answer's text. */
  preview: z.string(),
  calls: z.array(toolCallSummarySchema),
  finishReason: finishReasonSchema,
  /** Input and output tokens of this call: what the conversation fills of the window. */
  contextTokens: z.number().int().nonnegative(),
  /** Textual end of a story, STORY_COMPLETE or STORY_BLOCKED on a line of its own. */
  marker: z.enum(['complete', 'blocked']).nullable(),
  /** The model tried to call a tool and its server could not read the call; absent = no such thing. */
  trouble: z.enum(['unparsed-call', 'failed-generation']).optional(),
});

/** See {@link callModelResultSchema}. */
export type CallModelResult = z.infer<typeof callModelResultSchema>;

/** Input of `compactConversation`. */
export const compactConversationInputSchema = z.object({
  key: stepKeySchema,
  runId: z.string().min(1),
  model: modelReferenceSchema,
  head: blobRefSchema,
  depth: z.number().int().positive(),
  /** Tokens the model can take; the shortened conversation fills 40 % of it at most. */
  contextWindow: z.number().int().positive(),
  todos: z.array(todoSchema),
  /** See `callModelInputSchema`. */
  budget: budgetSchema.optional(),
  story: z.string().optional(),
  attempt: z.number().int().positive().optional(),
});

/** See {@link compactConversationInputSchema}. */
export type CompactConversationInput = z.infer<typeof compactConversationInputSchema>;

/** Result of `compactConversation`. */
export const compactConversationResultSchema = spentSchema.extend({
  head: blobRefSchema,
  depth: z.number().int().positive(),
  /** Estimate for the shortened conversation. */
  contextTokens: z.number().int().nonnegative(),
  /** 0 when nothing had to be summarised, else 1. */
  modelCalls: z.number().int().nonnegative(),
  /** Tokens that the conversation lost, estimated; 0 = nothing could be cut. Absent in results of earlier versions. */
  freedTokens: z.number().int().nonnegative().optional(),
});

/** See {@link compactConversationResultSchema}. */
export type CompactConversationResult = z.infer<typeof compactConversationResultSchema>;
