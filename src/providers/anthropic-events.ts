import type Anthropic from '@anthropic-ai/sdk';
import type { FinishReason, ModelReference, Usage } from '../domain/index.js';
import type { ThinkingBlock } from './anthropic-request.js';
import { ProviderError } from './errors.js';
import type { StreamProgress } from './provider.js';
import type { RawReply } from './reply.js';

type StreamEvent = Anthropic.RawMessageStreamEvent;
type Added = { phase: StreamProgress['phase']; characters: number };

/** Collects the events of one answer. */
export interface MessagesAssembler {
  /** Takes one event in; returns what kind of text it brought and how much. */
  add(event: StreamEvent): Added;
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

/** An assembler for one answer of `reference`. */
export function createMessagesAssembler(reference: ModelReference): MessagesAssembler {
  const blocks = new Map<number, OpenBlock>();
  let usage: RawUsage | null = null;
  let stopReason: string | null = null;
  return {
    add(event) {
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

type PartialUsage = { readonly [Field in keyof RawUsage]?: number | null };

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
