import { Context } from '@temporalio/activity';
import {
  formatModelReference,
  formatStepKey,
  ZERO_USAGE,
  type ModelReference,
  type SpentCall,
  type NewMessage,
  type ToolCall,
  type ToolCallSummary,
} from '../../domain/index.js';
import { redactValues } from '../../observability/index.js';
import {
  sha256,
  type BlobStore,
  type EventLog,
  type StepIdentity,
  type StepJournal,
} from '../../platform/index.js';
import {
  ProviderError,
  type ModelRequest,
  type Providers,
  type ToolSchema,
} from '../../providers/index.js';
import {
  assembleCompacted,
  estimateTokens,
  planCompaction,
  resultRoom,
  shrinkResults,
  SUMMARY_PROMPT,
  summaryBudget,
  writtenByHand,
} from './compaction.js';
import { createConversationChain, type ConversationChain } from './conversation-chain.js';
import { reserve } from './budget-reserve.js';
import { thawToolset } from './frozen-agent.js';
import { startHeartbeat } from '../lib/heartbeat.js';
import { createModelFallbacks, type ModelAnswer, type ModelFallbacks } from './model-fallback.js';
import {
  callModelInputSchema,
  callModelResultSchema,
  compactConversationInputSchema,
  compactConversationResultSchema,
  type CallModelInput,
  type CallModelResult,
  type CompactConversationInput,
  type CompactConversationResult,
} from './model-call.js';
import { mapModelFailures } from './model-failure.js';
import { noteSpending } from './note-spending.js';
import { newMessagesOf } from './new-messages.js';
import { withoutKeys } from './without-keys.js';

/** What model calls need to know of the tools. */
export interface ToolCatalogue {
  /** Schemas of the named tools, the same bytes for the same names. */
  toolSchemas(names: readonly string[]): readonly ToolSchema[];
  /** How a call is to be carried out; `index` is its position in the assistant message. */
  describeCall(call: ToolCall, index: number): ToolCallSummary;
}

/** Dependencies of {@link createModelActivities}. */
export interface ModelActivityDependencies {
  readonly blobs: BlobStore;
  readonly journal: StepJournal;
  readonly events: EventLog;
  readonly providers: Providers;
  readonly registry: ToolCatalogue;
  /** Models that stand in for one that is gone, out of quota or overloaded for long, in order. Default: none. */
  readonly fallbackModels?: readonly ModelReference[];
  /** Notes what a call cost, for the totals of a run that goes on. Default: nobody wants to know. */
  readonly noteSpentCall?: (runId: string, call: SpentCall) => void;
}

/** Activities that call models. */
export interface ModelActivities {
  /**
   * Sends a conversation with its new messages to the model and appends both and the answer to the conversation.
   * Idempotent by step key: a settled call is read back, never paid again. Fails with an ApplicationFailure whose type
   * is the provider error's code; a wait over 60 s is `ERR_PROVIDER_WAIT` with details `[{ resumeAt }]`.
   */
  readonly callModel: (input: CallModelInput) => Promise<CallModelResult>;
  /**
   * Shortens a conversation to 40 % of the window: system prompt, goal, a summary by the model, to-do list, last failing
   * result and the latest turns verbatim. Idempotent by step key.
   */
  readonly compactConversation: (
    input: CompactConversationInput,
  ) => Promise<CompactConversationResult>;
}

const PREVIEW_LENGTH = 500;

/** The model activities over stores, providers and tools. */
export function createModelActivities(dependencies: ModelActivityDependencies): ModelActivities {
  const tools: Tools = {
    ...dependencies,
    chain: createConversationChain(dependencies.blobs),
    fallbacks: createModelFallbacks(dependencies.fallbackModels ?? []),
  };
  return {
    async callModel(raw) {
      return mapModelFailures(raw.model, async () => {
        const input = callModelInputSchema.parse(raw);
        await dependencies.events.append(input.runId, input.events);
        const { result } = await dependencies.journal.settle({
          key: input.key,
          identity: callIdentity(input),
          parse: (stored) => callModelResultSchema.parse(stored),
          run: (earlierStarts) => callOnce(input, earlierStarts, tools),
          countStarts: true,
        });
        noteSpending(dependencies.noteSpentCall, input, {
          ...result,
          turns: 1,
          modelCalls: 1,
        });
        return result;
      });
    },
    async compactConversation(raw) {
      return mapModelFailures(raw.model, async () => {
        const input = compactConversationInputSchema.parse(raw);
        const { result } = await dependencies.journal.settle({
          key: input.key,
          identity: {
            model: formatModelReference(input.model),
            head: input.head.digest,
            depth: input.depth,
          },
          parse: (stored) => compactConversationResultSchema.parse(stored),
          run: (earlierStarts) => compactOnce(input, earlierStarts, tools),
          countStarts: true,
        });
        noteSpending(dependencies.noteSpentCall, input, { ...result, turns: 0 });
        return result;
      });
    },
  };
}

type Tools = ModelActivityDependencies & {
  readonly chain: ConversationChain;
  readonly fallbacks: ModelFallbacks;
};

async function callOnce(
  input: CallModelInput,
  earlierStarts: number,
  tools: Tools,
): Promise<CallModelResult> {
  const startedAt = Date.now();
  const { contextWindow } = tools.providers.resolve(input.model);
  const added = shrinkResults(
    await newMessagesOf(input, tools.blobs),
    Math.min(input.resultLimit ?? Infinity, resultRoom(contextWindow)),
  );
  const before = input.head === null ? [] : await tools.chain.read(input.head);
  const request: UnaddressedRequest = {
    messages: [...before, ...added],
    tools:
      input.toolset === undefined
        ? tools.registry.toolSchemas(input.tools)
        : await thawToolset(input.toolset, tools.blobs),
    maxOutputTokens: input.maxOutputTokens,
  };
  const answer = await send(request, input, tools);
  const { reply } = answer;
  const message = withoutKeys(reply.message);
  const after = input.head === null ? null : { head: input.head, depth: input.depth };
  const written = await tools.chain.append({ after, messages: [...added, message] });
  const { usage } = reply;
  const result: CallModelResult = {
    ...written,
    preview: message.content.slice(0, PREVIEW_LENGTH),
    calls: callSummaries(message.toolCalls, tools.registry),
    finishReason: reply.finishReason,
    usage,
    isUsageEstimated: reply.isUsageEstimated,
    ...settled(answer, input.model, tools.providers),
    contextTokens: usage.inputTokens + usage.outputTokens,
    repeatedCalls: earlierStarts,
    durationMs: Date.now() - startedAt,
    marker: findMarker(message.content),
    ...(reply.trouble === undefined ? {} : { trouble: reply.trouble }),
  };
  // The result goes into Temporal's history: an argument that quotes a secret may not.
  return redactValues(result);
}

/** A request that any model may get. */
type UnaddressedRequest = Omit<ModelRequest, 'model'>;

/** Streams one request under heartbeats and the activity's cancellation, to the chosen model or one that stands in for it. */
async function send(
  request: UnaddressedRequest,
  input: Pick<CallModelInput, 'key' | 'model' | 'story' | 'budget'>,
  tools: Tools,
): Promise<ModelAnswer> {
  const { cancellationSignal, info } = Context.current();
  const heartbeat = startHeartbeat();
  try {
    return await tools.fallbacks.answer({
      chosen: input.model,
      attempt: info.attempt,
      async ask(reference) {
        const model = tools.providers.resolve(reference);
        const addressed = { ...request, model: reference.model };
        if (input.budget !== undefined) reserve(addressed, model, input.budget);
        return model.provider.stream(addressed, {
          signal: cancellationSignal,
          caller: formatStepKey(input.key),
          onProgress: (progress) => heartbeat.progress({ story: input.story, ...progress }),
        });
      },
    });
  } finally {
    heartbeat.stop();
  }
}

/** What a call cost by the model that answered, which is named when it is not the chosen one. */
function settled(
  { reply, answeredBy }: ModelAnswer,
  chosen: ModelReference,
  providers: Providers,
): Pick<CallModelResult, 'costMicroUsd' | 'answeredBy' | 'answeredWindow'> {
  const model = providers.resolve(answeredBy);
  const isChosen = answeredBy === chosen;
  return {
    costMicroUsd: model.costOf(reply.usage, reply.providerCostMicroUsd),
    ...(isChosen ? {} : { answeredBy, answeredWindow: model.contextWindow }),
  };
}

async function compactOnce(
  input: CompactConversationInput,
  earlierStarts: number,
  tools: Tools,
): Promise<CompactConversationResult> {
  const startedAt = Date.now();
  const messages = await tools.chain.read(input.head);
  const plan = planCompaction(messages, input.contextWindow);
  const answer = plan.source === '' ? null : await summarise(plan, input, tools);
  const reply = answer?.reply ?? null;
  const summary = reply?.message.content ?? writtenByHand(plan);
  const compacted = assembleCompacted(
    plan,
    { summary, contextWindow: input.contextWindow },
    input.todos,
  );
  const written = await tools.chain.restart({ head: input.head, depth: input.depth }, compacted);
  const usage = reply?.usage ?? ZERO_USAGE;
  return {
    ...written,
    contextTokens: estimateTokens(compacted),
    freedTokens: Math.max(0, estimateTokens(messages) - estimateTokens(compacted)),
    modelCalls: reply === null ? 0 : 1,
    usage,
    isUsageEstimated: reply?.isUsageEstimated ?? false,
    ...(answer === null ? { costMicroUsd: 0 } : settled(answer, input.model, tools.providers)),
    repeatedCalls: earlierStarts,
    durationMs: Date.now() - startedAt,
  };
}

/** The model's summary; null when it refuses even the shortened record, which must not stop the work. */
async function summarise(
  plan: ReturnType<typeof planCompaction>,
  input: CompactConversationInput,
  tools: Tools,
): Promise<ModelAnswer | null> {
  const request: UnaddressedRequest = {
    messages: [
      { role: 'system', content: SUMMARY_PROMPT },
      {
        role: 'user',
        content: `The agent's task:\n${plan.goal}\n\nThe record of its work:\n${plan.source}`,
      },
    ],
    tools: [],
    maxOutputTokens: summaryBudget(plan, input.contextWindow),
  };
  try {
    return await send(request, input, tools);
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
