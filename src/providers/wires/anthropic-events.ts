import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { FinishReason, ModelReference, Usage } from '../../domain/index.js';
import type { ThinkingBlock } from './anthropic-request.js';
import { ProviderError } from '../failures/errors.js';
import type { StreamProgress } from '../provider.js';
import type { RawReply } from '../reply/reply.js';

type StreamEvent = Anthropic.RawMessageStreamEvent;
type Added = { phase: StreamProgress['phase']; characters: number };

/** Collects the events of one answer. */
export interface MessagesAssembler {
  /** Takes one event in; returns what kind of text it brought and how much. */
  /** Throws `malformed` for an event without its parts. */
  add(event: StreamEvent): Added;
  /** Takes a whole message in, as it comes without streaming; throws a ZodError when it is none. */
  addWhole(message: unknown): void;
  /** The whole answer; throws `truncated` when no stop reason came. */
  finish(): RawReply;
}

type OpenBlock =
  | { readonly type: 'text'; text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; input: string }
  | { readonly type: 'thinking'; thinking: string; signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string };

interface RawUsage {
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
}

const count = z.number().nullish();

const wholeMessageSchema = z.object({
  content: z.array(z.unknown()),
  stop_reason: z.string().nullable(),
  usage: z
    .object({
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
    })
    .nullish(),
});

/** Blocks that we know; others (search results of the server, and what is yet to come) are left out. */
const wholeBlockSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z
    .object({
      type: z.literal('tool_use'),
      id: z.string(),
      name: z.string(),
      input: z.unknown().transform((input) => JSON.stringify(input ?? {})),
    })
    .strip(),
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
]);

/** An assembler for one answer of `reference`. */
export function createMessagesAssembler(reference: ModelReference): MessagesAssembler {
  const blocks = new Map<number, OpenBlock>();
  let usage: RawUsage | null = null;
  let stopReason: string | null = null;
  return {
    addWhole(message) {
      const whole = wholeMessageSchema.parse(message);
      usage = mergeUsage(usage, whole.usage);
      stopReason = whole.stop_reason;
      for (const [index, block] of whole.content.entries()) {
        const known = wholeBlockSchema.safeParse(block);
        if (known.success) blocks.set(index, known.data);
      }
    },
    add(event) {
      if (!isWellFormed(event))
        throw new ProviderError('malformed', {
          message: `the server sent a ${String(event.type)} event without its parts`,
        });
      if (event.type === 'message_start') usage = mergeUsage(usage, event.message.usage);
      if (event.type === 'message_delta') {
        usage = mergeUsage(usage, event.usage);
        stopReason = event.delta.stop_reason ?? stopReason;
      }
      if (event.type === 'content_block_start') return startBlock(blocks, event);
      if (event.type === 'content_block_delta')
        return extendBlock(blocks.get(event.index), event.delta);
      return { phase: 'waiting', characters: 0 };
    },
    finish() {
      const ordered = [...blocks.entries()]
        .sort(([left], [right]) => left - right)
        .map(([, block]) => block);
      const thinking = ordered.filter(
        (block): block is ThinkingBlock =>
          block.type === 'thinking' || block.type === 'redacted_thinking',
      );
      return {
        text: ordered.map((block) => (block.type === 'text' ? block.text : '')).join(''),
        toolCalls: ordered.flatMap((block) =>
          block.type === 'tool_use'
            ? [
                {
                  id: block.id,
                  name: block.name,
                  arguments: block.input === '' ? '{}' : block.input,
                },
              ]
            : [],
        ),
        finishReason: readStop(stopReason),
        usage: usage === null ? null : readUsage(usage),
        providerCostMicroUsd: null,
        extras: thinking.length === 0 ? null : { ...reference, data: { thinking } },
      };
    },
  };
}

/** The part without which an event says nothing. */
const EVENT_PARTS: Readonly<Record<string, string>> = {
  message_start: 'message',
  message_delta: 'delta',
  content_block_start: 'content_block',
  content_block_delta: 'delta',
};

/** The SDK hands events on as they were sent, whatever they hold. */
function isWellFormed(event: StreamEvent): boolean {
  const part = EVENT_PARTS[event.type];
  const parts: Readonly<Record<string, unknown>> = { ...event };
  return part === undefined || (typeof parts[part] === 'object' && parts[part] !== null);
}

function startBlock(
  blocks: Map<number, OpenBlock>,
  event: Extract<StreamEvent, { type: 'content_block_start' }>,
): Added {
  const block = event.content_block;
  if (block.type === 'text') blocks.set(event.index, { type: 'text', text: block.text });
  if (block.type === 'tool_use')
    blocks.set(event.index, { type: 'tool_use', id: block.id, name: block.name, input: '' });
  if (block.type === 'thinking') {
    blocks.set(event.index, {
      type: 'thinking',
      thinking: block.thinking,
      signature: block.signature,
    });
  }
  if (block.type === 'redacted_thinking')
    blocks.set(event.index, { type: 'redacted_thinking', data: block.data });
  return { phase: block.type === 'tool_use' ? 'tool-call' : 'text', characters: 0 };
}

function extendBlock(block: OpenBlock | undefined, delta: Anthropic.RawContentBlockDelta): Added {
  switch (delta.type) {
    case 'text_delta':
      if (block?.type === 'text') block.text += delta.text;
      return { phase: 'text', characters: delta.text.length };
    case 'input_json_delta':
      if (block?.type === 'tool_use') block.input += delta.partial_json;
      return { phase: 'tool-call', characters: delta.partial_json.length };
    case 'thinking_delta':
      if (block?.type === 'thinking') block.thinking += delta.thinking;
      return { phase: 'reasoning', characters: delta.thinking.length };
    default:
      if (block?.type === 'thinking') addSignature(block, delta);
      return { phase: 'waiting', characters: 0 };
  }
}

function addSignature(block: { signature: string }, delta: Anthropic.RawContentBlockDelta): void {
  if (delta.type === 'signature_delta') block.signature += delta.signature;
}

type PartialUsage = { readonly [Field in keyof RawUsage]?: number | null | undefined };

const NO_USAGE: RawUsage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};

/** Later events carry running totals; null means "unchanged". */
function mergeUsage(before: RawUsage | null, now: PartialUsage | null | undefined): RawUsage {
  const merged = { ...(before ?? NO_USAGE) };
  for (const field of Object.keys(NO_USAGE) as Array<keyof RawUsage>) {
    merged[field] = now?.[field] ?? merged[field];
  }
  return merged;
}

/** This wire's input tokens exclude cached ones; ours include them. */
function readUsage(usage: RawUsage): Usage {
  return {
    inputTokens:
      usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
    cachedInputTokens: usage.cache_read_input_tokens,
    cacheWriteTokens: usage.cache_creation_input_tokens,
    outputTokens: usage.output_tokens,
    reasoningTokens: 0,
  };
}

function readStop(stopReason: string | null): FinishReason {
  switch (stopReason) {
    case null:
      throw new ProviderError('truncated', { message: 'the answer ended without a stop reason' });
    case 'tool_use':
      return 'tool-calls';
    case 'max_tokens':
      return 'length';
    case 'refusal':
      return 'refusal';
    case 'model_context_window_exceeded':
      throw new ProviderError('context_overflow', {
        message: 'the answer filled the context window',
      });
    default:
      return 'stop';
  }
}
