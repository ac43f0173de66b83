import type { AssistantMessage, FinishReason, ToolCall, Usage } from '../../domain/index.js';
import type { ModelReply, ModelRequest } from '../provider.js';

/** What an adapter has read when its stream ended well. */
export interface RawReply {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  /** Null when the server sent none. */
  readonly usage: Usage | null;
  readonly providerCostMicroUsd: number | null;
  /** Opaque state to replay, or null when there is none. */
  readonly extras: AssistantMessage['providerExtras'] | null;
}

const CUT_OFF_NOTE = '[a tool call was cut off at the output limit and did not run]';

/**
 * The reply that the rest of the system sees. At `length`, calls whose arguments are not whole JSON are dropped and
 * named in the text: half a call never runs. `stop` with calls becomes `tool-calls`, and the other way round.
 */
export function finishReply(raw: RawReply, request: ModelRequest): ModelReply {
  const calls = raw.finishReason === 'length' ? raw.toolCalls.filter(isWhole) : [...raw.toolCalls];
  const isCut = calls.length < raw.toolCalls.length;
  const content = isCut
    ? [raw.text, CUT_OFF_NOTE].filter((part) => part !== '').join('\n')
    : raw.text;
  const message: AssistantMessage = {
    role: 'assistant',
    content,
    toolCalls: calls,
    ...(raw.extras === null || raw.extras === undefined ? {} : { providerExtras: raw.extras }),
  };
  return {
    message,
    usage: raw.usage ?? estimateUsage(request, message),
    isUsageEstimated: raw.usage === null,
    finishReason: settleFinish(raw.finishReason, calls.length),
    providerCostMicroUsd: raw.providerCostMicroUsd,
  };
}

function settleFinish(reason: FinishReason, calls: number): FinishReason {
  if (reason === 'stop' && calls > 0) return 'tool-calls';
  if (reason === 'tool-calls' && calls === 0) return 'stop';
  return reason;
}

function isWhole(call: ToolCall): boolean {
  try {
    JSON.parse(call.arguments);
    return true;
  } catch {
    return false;
  }
}

/** Usage of a call by characters: 4 a token, the usual ratio of English text and code. For servers that send none. */
export function estimateUsage(request: ModelRequest, message: AssistantMessage): Usage {
  const tools = request.tools.length === 0 ? 0 : JSON.stringify(request.tools).length;
  const input = request.messages.reduce((total, each) => total + messageCharacters(each), tools);
  return {
    inputTokens: Math.ceil(input / 4),
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: Math.ceil(messageCharacters(message) / 4),
    reasoningTokens: 0,
  };
}

/** Characters of a message that a model reads: content, and names and arguments of its tool calls. */
export function messageCharacters(message: ModelRequest['messages'][number]): number {
  if (message.role !== 'assistant') return message.content.length;
  return message.toolCalls.reduce(
    (total, call) => total + call.name.length + call.arguments.length,
    message.content.length,
  );
}
