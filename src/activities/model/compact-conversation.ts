import { z } from 'zod';
import {
  blobRefSchema,
  budgetSchema,
  formatModelReference,
  modelReferenceSchema,
  replPlaceSchema,
  todoSchema,
  ZERO_USAGE,
} from '../../domain/index.js';
import { ProviderError } from '../../providers/index.js';
import { defineStep, journaledFields, type StepWork } from '../lib/step.js';
import { ask, spentSchema, type Answer } from './ask.js';
import {
  assembleCompacted,
  estimateTokens,
  planCompaction,
  SUMMARY_PROMPT,
  summaryBudget,
  writtenByHand,
} from './compaction.js';
import type { ConversationDesk } from './conversation-model.js';
import { toModelFailure } from './model-failure.js';
import { noteQuietly, putMark } from './note-repl.js';
import { noteSpending } from './note-spending.js';

/** Input of `compactConversation`. */
export const compactConversationInputSchema = z.object({
  key: journaledFields.key,
  runId: journaledFields.runId,
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
  /** What hooks of people want to be kept; absent = nothing. */
  notes: blobRefSchema.optional(),
  /** The REPL whose code is written in it; absent = it is not noted. */
  mark: replPlaceSchema.optional(),
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

/**
 * Shortens a conversation to 40 % of the window: system prompt, goal, a summary by the model, to-do list, last failing
 * result and the latest turns verbatim. Idempotent by step key.
 */
export const compactConversation = defineStep<ConversationDesk>()({
  input: compactConversationInputSchema,
  journal: {
    result: compactConversationResultSchema,
    identity: ({ model, head, depth }) => ({
      model: formatModelReference(model),
      head: head.digest,
      depth,
    }),
    countsStarts: true,
  },
  run: compactOnce,
  settled(input, result, desk) {
    noteSpending(desk.noteSpentCall, input, { ...result, turns: 0 });
    return input.mark === undefined
      ? undefined
      : noteCompaction(input, input.mark, { result, desk });
  },
  explain: (error, { model }) => toModelFailure(error, model),
});

function noteCompaction(
  { runId, head }: CompactConversationInput,
  place: z.infer<typeof replPlaceSchema>,
  { result, desk }: { readonly result: CompactConversationResult; readonly desk: ConversationDesk },
): Promise<void> {
  const { depth, contextTokens } = result;
  return noteQuietly(desk, runId, async () => ({
    version: 1,
    kind: 'compaction',
    ...place,
    conversation: head.digest,
    mark: await putMark(desk.blobs, { head: result.head, depth, contextTokens }),
  }));
}

/** Cost of a shortening that needed no model. */
const NO_COST = { usage: ZERO_USAGE, isUsageEstimated: false, costMicroUsd: 0 };

async function compactOnce(
  input: CompactConversationInput,
  work: StepWork<ConversationDesk>,
): Promise<CompactConversationResult> {
  const startedAt = Date.now();
  const { chain } = work.dependencies;
  const messages = await chain.read(input.head);
  const plan = planCompaction(messages, input.contextWindow);
  const answer = plan.source === '' ? null : await summarise(plan, input, work);
  const reply = answer?.reply ?? null;
  const summary = reply?.message.content ?? writtenByHand(plan);
  const compacted = assembleCompacted(
    plan,
    { summary, contextWindow: input.contextWindow },
    input.todos,
  );
  const written = await chain.restart({ head: input.head, depth: input.depth }, compacted);
  return {
    ...written,
    contextTokens: estimateTokens(compacted),
    freedTokens: Math.max(0, estimateTokens(messages) - estimateTokens(compacted)),
    modelCalls: reply === null ? 0 : 1,
    ...(answer?.cost ?? NO_COST),
    repeatedCalls: work.earlierStarts,
    durationMs: Date.now() - startedAt,
  };
}

/** The model's summary; null when it refuses even the shortened record, which must not stop the work. */
async function summarise(
  plan: ReturnType<typeof planCompaction>,
  input: CompactConversationInput,
  work: StepWork<ConversationDesk>,
): Promise<Answer | null> {
  const { key, model, story, budget, notes } = input;
  const text = notes === undefined ? '' : await work.dependencies.blobs.getText(notes);
  const wanted = text === '' ? '' : `\n\nThe owner wants this to be kept:\n${text}`;
  const question = {
    key,
    model,
    story,
    budget,
    messages: [
      { role: 'system' as const, content: SUMMARY_PROMPT },
      {
        role: 'user' as const,
        content: `The agent's task:\n${plan.goal}\n\nThe record of its work:\n${plan.source}${wanted}`,
      },
    ],
    tools: [],
    maxOutputTokens: summaryBudget(plan, input.contextWindow),
  };
  try {
    return await ask(work.dependencies, question, work);
  } catch (error) {
    const isRefused = error instanceof ProviderError && SUMMARY_REFUSALS.has(error.kind);
    if (isRefused) return null;
    throw error;
  }
}

const SUMMARY_REFUSALS: ReadonlySet<string> = new Set([
  'context_overflow',
  'bad_request',
  'refusal',
  'unreadable',
]);
