import { z } from 'zod';
import {
  blobRefSchema,
  budgetSchema,
  finishReasonSchema,
  formatModelReference,
  formatStepKey,
  modelReferenceSchema,
  newMessageSchema,
  toolCallSummarySchema,
  type NewMessage,
  type ToolCall,
  type ToolCallSummary,
} from '../../domain/index.js';
import { redactValues } from '../../observability/index.js';
import { sha256, type StepIdentity } from '../../platform/index.js';
import { readDefinitions } from '../definitions/read-definitions.js';
import { ruledCall } from '../definitions/judge-tool.js';
import { defineStep, journaledFields, type StepWork } from '../lib/step.js';
import { ask, spentSchema, type Answer, type Question } from './ask.js';
import { resultRoom, shrinkResults } from './compaction.js';
import type { ConversationDesk, ToolCatalogue } from './conversation-model.js';
import { thawToolset } from './frozen-agent.js';
import { toModelFailure } from './model-failure.js';
import { newMessagesOf, withoutKeys } from './new-messages.js';
import { loadPictures, withoutNewPictures } from './load-pictures.js';
import { noteQuietly, putMark, replyMarkSchema } from './note-repl.js';
import { noteSpending } from './note-spending.js';

/** Input of `callModel`: one request at the end of a conversation. */
export const callModelInputSchema = z.object({
  ...journaledFields,
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
  /** What people defined for the agent, as it was when it was started; absent = nothing. */
  definitions: blobRefSchema.optional(),
  /** Their schemas as they were when the agent was started, as a blob; absent = as they are now. */
  toolset: blobRefSchema.optional(),
  maxOutputTokens: z.number().int().positive().optional(),
  /** Characters that the new tool results may fill together; longer ones are cut. Absent = a part of the model's window. */
  resultLimit: z.number().int().positive().optional(),
  /** What is left of the agent's lease: a call that may need more is refused before it is made. Absent = no limit. */
  budget: budgetSchema.optional(),
  /** Story id, shown in heartbeats. */
  story: z.string().optional(),
  /** Attempt at the story, for the account of what was paid. */
  attempt: z.number().int().positive().optional(),
  /** How the REPL stands whose code is asked for; absent = it is not noted. */
  mark: replyMarkSchema.optional(),
});

/** See {@link callModelInputSchema}. */
export type CallModelInput = z.infer<typeof callModelInputSchema>;

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

const PREVIEW_LENGTH = 500;

/**
 * Sends a conversation with its new messages to the model and appends both and the answer to the conversation.
 * Idempotent by step key: a settled call is read back, never paid again. Fails with an ApplicationFailure whose type
 * is the provider error's code; a wait over 60 s is `ERR_PROVIDER_WAIT` with details `[{ resumeAt }]`.
 */
export const callModel = defineStep<ConversationDesk>()({
  input: callModelInputSchema,
  journal: { result: callModelResultSchema, identity: callIdentity, countsStarts: true },
  run: callOnce,
  settled(input, reply, desk) {
    noteSpending(desk.noteSpentCall, input, { ...reply, turns: 1, modelCalls: 1 });
    const { mark, runId } = input;
    return mark === undefined ? undefined : noteReply(runId, { mark, reply, desk });
  },
  explain: (error, { model }) => toModelFailure(error, model),
});

async function callOnce(
  input: CallModelInput,
  work: StepWork<ConversationDesk>,
): Promise<CallModelResult> {
  const startedAt = Date.now();
  const { dependencies: desk } = work;
  const { contextWindow } = desk.providers.resolve(input.model);
  const said = await newMessagesOf(input, desk.blobs);
  const added = shrinkResults(
    input.resultLimit === undefined ? said : withoutNewPictures(said),
    Math.min(input.resultLimit ?? Infinity, resultRoom(contextWindow)),
  );
  const before = input.head === null ? [] : await desk.chain.read(input.head);
  const tools =
    input.toolset === undefined
      ? desk.registry.toolSchemas(input.tools)
      : (await thawToolset(input.toolset, desk.blobs)).filter(({ name }) =>
          input.tools.includes(name),
        );
  const messages = [...before, ...added];
  const { key, model, story, budget, maxOutputTokens } = input;
  const pictures = await loadPictures(messages, desk.blobs);
  const question = { key, model, story, budget, messages, pictures, tools, maxOutputTokens };
  const { reply, cost } = await askAloud(question, { input, work });
  const message = withoutKeys(reply.message);
  const after = input.head === null ? null : { head: input.head, depth: input.depth };
  const written = await desk.chain.append({ after, messages: [...added, message] });
  const result: CallModelResult = {
    ...written,
    preview: message.content.slice(0, PREVIEW_LENGTH),
    calls: await ruledCalls(message.toolCalls, input, desk),
    finishReason: reply.finishReason,
    ...cost,
    contextTokens: cost.usage.inputTokens + cost.usage.outputTokens,
    repeatedCalls: work.earlierStarts,
    durationMs: Date.now() - startedAt,
    marker: findMarker(message.content),
    ...(reply.trouble === undefined ? {} : { trouble: reply.trouble }),
  };
  // The result goes into Temporal's history: an argument that quotes a secret may not.
  return redactValues(result);
}

/** Asks, and passes on what the model says while it says it, where somebody listens. */
async function askAloud(
  question: Question,
  { input, work }: { readonly input: CallModelInput; readonly work: StepWork<ConversationDesk> },
): Promise<Answer> {
  const { runId, key, story = '' } = input;
  const { dependencies: desk } = work;
  const deltas = await desk.openDeltas?.({ runId, story, call: formatStepKey(key) });
  if (deltas === undefined) return ask(desk, question, work);
  try {
    return await ask(desk, { ...question, onText: (text) => deltas.say(text) }, work);
  } finally {
    await deltas.end();
  }
}

function noteReply(
  runId: string,
  {
    mark: { rlm, place, attempt },
    reply,
    desk,
  }: {
    readonly mark: NonNullable<CallModelInput['mark']>;
    readonly reply: CallModelResult;
    readonly desk: ConversationDesk;
  },
): Promise<void> {
  return noteQuietly(desk, runId, async () => ({
    version: 1,
    kind: 'reply',
    place,
    attempt,
    conversation: reply.head.digest,
    mark: await putMark(desk.blobs, { rlm, reply }),
  }));
}

/** The calls as the workflow sees them, with what rules say about those that it answers itself: the others are looked at where they run. */
async function ruledCalls(
  calls: readonly ToolCall[],
  { definitions: ref }: CallModelInput,
  { registry, blobs }: ConversationDesk,
): Promise<ToolCallSummary[]> {
  const summaries = callSummaries(calls, registry);
  const { permissions } = await readDefinitions(ref, blobs);
  if (permissions.length === 0) return summaries;
  return Promise.all(
    summaries.map(async (summary) => {
      const call = calls[summary.index];
      if (summary.execution !== 'workflow' || call === undefined) return summary;
      const ruled = await ruledCall(call, permissions, registry);
      return ruled === undefined ? summary : { ...summary, ruled };
    }),
  );
}

/** Bytes of all arguments that a workflow is handed with one answer; what comes behind is answered as too large. */
const ARGUMENTS_LIMIT_BYTES = 64 * 1024;
const NAME_LIMIT = 128;

/** The calls as the workflow sees them: a history may not hold what a model writes without end. */
function callSummaries(calls: readonly ToolCall[], registry: ToolCatalogue): ToolCallSummary[] {
  let left = ARGUMENTS_LIMIT_BYTES;
  return calls.map((call, index) => {
    const { arguments: written, ...summary } = registry.describeCall(call, index);
    const named = { ...summary, name: summary.name.slice(0, NAME_LIMIT) };
    const bytes = written === undefined ? 0 : Buffer.byteLength(written);
    if (written === undefined || bytes > left) return named;
    left -= bytes;
    return { ...named, arguments: written };
  });
}

/** What makes a call this call; not its events, which may be handed in again with others, nor its tools, which may grow. */
function callIdentity(input: CallModelInput): StepIdentity {
  return {
    model: formatModelReference(input.model),
    head: input.head?.digest ?? null,
    depth: input.depth,
    messages: sha256(input.newMessages.map(messageIdentity).join('\n')),
  };
}

function messageIdentity(message: NewMessage): string {
  const content =
    message.kind === 'user-ref' || message.kind === 'tool'
      ? message.ref.digest
      : sha256(message.text);
  return 'callId' in message ? `${message.callId} ${content}` : content;
}

/**
 * A marker that stands alone on its line, with nothing but marks of Markdown around it: inside a sentence it is a plan or a
 * quotation. `blocked` wins when both occur: a story is not complete while something is missing.
 */
function findMarker(text: string): CallModelResult['marker'] {
  const said = text.slice(text.lastIndexOf('</think>') + 1);
  const alone = new Set(said.split('\n').map((line) => line.replace(/[^A-Z_a-z0-9]/g, '')));
  const isAlone = (marker: string): boolean =>
    alone.has(marker) || alone.has(`__${marker}__`) || alone.has(`_${marker}_`);
  if (isAlone('STORY_BLOCKED')) return 'blocked';
  return isAlone('STORY_COMPLETE') ? 'complete' : null;
}
