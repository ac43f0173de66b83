import { z } from 'zod';
import type { FinishReason, ModelReference, Usage } from '../../domain/index.js';
import { ProviderError } from '../failures/errors.js';
import type { OpenAiExtras } from './openai-request.js';
import type { StreamProgress } from '../provider.js';
import type { RawReply } from '../reply/reply.js';

const count = z.number().nonnegative().nullish();

const usageChunkSchema = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  cached_tokens: count,
  prompt_cache_hit_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: count }).nullish(),
  cost: count,
});

const callDeltaSchema = z.looseObject({
  index: z.number().int().nonnegative().nullish(),
  id: z.string().nullish(),
  type: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

const deltaSchema = z.object({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_details: z.array(z.record(z.string(), z.unknown())).nullish(),
  tool_calls: z.array(callDeltaSchema).nullish(),
});

/** One chunk of a chat completion, as lenient as the servers that speak this wire. */
export const chatChunkSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: deltaSchema.nullish(),
        finish_reason: z.string().nullish(),
        usage: usageChunkSchema.nullish(),
      }),
    )
    .nullish(),
  usage: usageChunkSchema.nullish(),
});

/** A whole chat completion, as it comes without streaming. */
export const chatCompletionSchema = z.object({
  choices: z
    .array(z.object({ message: deltaSchema, finish_reason: z.string().nullish() }))
    .min(1, 'the answer holds no choice'),
  usage: usageChunkSchema.nullish(),
});

/** A whole completion in the form of a single chunk. Pure. */
export function toSingleChunk(
  completion: z.infer<typeof chatCompletionSchema>,
): z.infer<typeof chatChunkSchema> {
  return {
    choices: completion.choices.map(({ message, finish_reason }) => ({
      delta: {
        ...message,
        tool_calls: message.tool_calls?.map((call, index) => ({ ...call, index })),
      },
      finish_reason,
    })),
    usage: completion.usage,
  };
}

type Delta = z.infer<typeof deltaSchema>;
type CallDelta = z.infer<typeof callDeltaSchema>;
type UsageChunk = z.infer<typeof usageChunkSchema>;

interface OpenCall {
  id: string;
  name: string;
  arguments: string;
  readonly extra: Record<string, unknown>;
}

/** Collects the chunks of one answer. */
export interface ChatAssembler {
  /** Takes one chunk in; returns what kind of text it brought and how much. */
  add(chunk: z.infer<typeof chatChunkSchema>): {
    phase: StreamProgress['phase'];
    characters: number;
  };
  /** The whole answer; throws `truncated` when no finish reason came. */
  finish(): RawReply;
}

/** An assembler for one answer of `reference`. */
export function createChatAssembler(reference: ModelReference): ChatAssembler {
  let text = '';
  let finish: string | null = null;
  let usage: UsageChunk | null = null;
  const reasoning = createReasoningCollector();
  const calls: OpenCall[] = [];
  return {
    add(chunk) {
      const choice = chunk.choices?.[0];
      usage = chunk.usage ?? choice?.usage ?? usage;
      finish = choice?.finish_reason ?? finish;
      const delta = choice?.delta;
      if (!delta) return { phase: 'waiting', characters: 0 };
      const added = textOf(delta);
      text += added;
      const thought = reasoning.add(delta);
      const argument = addCalls(calls, delta.tool_calls ?? []);
      return {
        phase: phaseOf(added.length, thought, argument),
        characters: added.length + thought + argument,
      };
    },
    finish() {
      const finishReason = readFinish(finish);
      const data = collectExtras(reasoning.fields(), calls);
      return {
        text,
        toolCalls: calls.map((call) => ({
          id: call.id,
          name: call.name,
          arguments: call.arguments,
        })),
        finishReason,
        usage: usage === null ? null : readUsage(usage),
        providerCostMicroUsd: typeof usage?.cost === 'number' ? Math.round(usage.cost * 1e6) : null,
        extras: data === null ? null : { ...reference, data: { ...data } },
      };
    },
  };
}

function textOf(delta: Delta): string {
  return delta.content ?? delta.refusal ?? '';
}

function phaseOf(text: number, thought: number, argument: number): StreamProgress['phase'] {
  if (argument > 0) return 'tool-call';
  return text > 0 || thought === 0 ? 'text' : 'reasoning';
}

function readFinish(finish: string | null): FinishReason {
  switch (finish) {
    case null:
      throw new ProviderError('truncated', { message: 'the answer ended without a finish reason' });
    case 'tool_calls':
    case 'function_call':
      return 'tool-calls';
    case 'length':
    case 'max_tokens':
      return 'length';
    case 'content_filter':
      return 'refusal';
    case 'error':
      throw new ProviderError('server', { message: 'the provider ended the answer with an error' });
    default:
      return 'stop';
  }
}

function readUsage(usage: UsageChunk): Usage {
  return {
    inputTokens: Math.round(usage.prompt_tokens),
    cachedInputTokens:
      usage.prompt_tokens_details?.cached_tokens ??
      usage.prompt_cache_hit_tokens ??
      usage.cached_tokens ??
      0,
    cacheWriteTokens: usage.prompt_tokens_details?.cache_write_tokens ?? 0,
    outputTokens: Math.round(usage.completion_tokens),
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

/** Adds argument text to the call it belongs to; returns the characters added. */
function addCalls(calls: OpenCall[], deltas: readonly CallDelta[]): number {
  let added = 0;
  for (const delta of deltas) {
    const call = openCall(calls, delta);
    const { index: _index, id: _id, type: _type, function: part, ...extra } = delta;
    Object.assign(call.extra, extra);
    // Some servers repeat the name with every chunk, none splits it.
    if (call.name === '') call.name = part?.name ?? '';
    call.arguments += part?.arguments ?? '';
    added += part?.arguments?.length ?? 0;
  }
  return added;
}

function openCall(calls: OpenCall[], delta: CallDelta): OpenCall {
  const at =
    delta.index ??
    findById(calls, delta.id) ??
    (typeof delta.id === 'string' ? calls.length : Math.max(calls.length - 1, 0));
  while (calls.length <= at)
    calls.push({ id: `call_${calls.length}`, name: '', arguments: '', extra: {} });
  const call = calls[at] ?? { id: `call_${at}`, name: '', arguments: '', extra: {} };
  if (typeof delta.id === 'string' && delta.id !== '') call.id = delta.id;
  return call;
}

function findById(calls: readonly OpenCall[], id: string | null | undefined): number | undefined {
  const at = typeof id === 'string' ? calls.findIndex((call) => call.id === id) : -1;
  return at < 0 ? undefined : at;
}

interface ReasoningCollector {
  add(delta: Delta): number;
  fields(): Record<string, unknown>;
}

function createReasoningCollector(): ReasoningCollector {
  const texts: Record<string, string> = {};
  const details: Array<Record<string, unknown>> = [];
  return {
    add(delta) {
      let added = 0;
      for (const name of ['reasoning_content', 'reasoning'] as const) {
        const part = delta[name];
        if (typeof part !== 'string') continue;
        texts[name] = (texts[name] ?? '') + part;
        added += part.length;
      }
      for (const part of delta.reasoning_details ?? []) mergeDetail(details, part);
      return added;
    },
    fields() {
      return { ...texts, ...(details.length === 0 ? {} : { reasoning_details: details }) };
    },
  };
}

/** OpenRouter streams one detail in parts that share type and index; texts grow, other fields are set once. */
function mergeDetail(details: Array<Record<string, unknown>>, part: Record<string, unknown>): void {
  const open = details.find(
    (each) => each['type'] === part['type'] && each['index'] === part['index'],
  );
  if (open === undefined || part['index'] === undefined) {
    details.push({ ...part });
    return;
  }
  for (const [name, value] of Object.entries(part)) {
    const before = open[name];
    const grows = name === 'text' || name === 'summary' || name === 'data';
    if (grows && typeof before === 'string' && typeof value === 'string')
      open[name] = before + value;
    else if (value !== null && value !== undefined) open[name] = value;
  }
}

function collectExtras(
  fields: Record<string, unknown>,
  calls: readonly OpenCall[],
): OpenAiExtras | null {
  const extra = calls
    .filter((call) => Object.keys(call.extra).length > 0)
    .map((call) => [call.id, call.extra] as const);
  if (Object.keys(fields).length === 0 && extra.length === 0) return null;
  return {
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    ...(extra.length === 0 ? {} : { calls: Object.fromEntries(extra) }),
  };
}
