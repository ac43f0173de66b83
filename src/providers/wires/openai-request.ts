import type OpenAI from 'openai';
import type { AssistantMessage, Message } from '../../domain/index.js';
import type { ModelRequest } from '../provider.js';
import type { ProviderQuirks } from '../../domain/index.js';

/** Opaque state that this wire keeps with an assistant message. */
export interface OpenAiExtras {
  /** `reasoning_content`, `reasoning`, `reasoning_details` as the server named them. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Unknown fields of tool calls by call id, for example Google's thought signatures. */
  readonly calls?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Who the request goes to, for replaying extras to the same provider and model only. */
export interface RequestTarget {
  readonly provider: string;
  readonly quirks: ProviderQuirks;
  /** False = the whole answer in one piece. Default true. */
  readonly isStreamed?: boolean | undefined;
}

type Body = OpenAI.Chat.ChatCompletionCreateParams;
type WireMessage = OpenAI.Chat.ChatCompletionMessageParam;

/** The chat completions body; a pure function of its arguments, so that retries are byte-identical. */
export function buildChatBody(request: ModelRequest, target: RequestTarget): Body {
  const { quirks } = target;
  const limit =
    request.maxOutputTokens === undefined
      ? {}
      : { [quirks.maxTokensField ?? 'max_tokens']: request.maxOutputTokens };
  const tools: OpenAI.Chat.ChatCompletionFunctionTool[] = request.tools.map((tool) => ({
    type: 'function',
    function: {
      name: tool.name,
      description: tool.description,
      parameters: { ...tool.parameters },
    },
  }));
  return {
    model: request.model,
    messages: request.messages.map((message) => toWireMessage(message, request, target)),
    ...(tools.length === 0 ? {} : { tools }),
    ...limit,
    ...(quirks.asksForCost === true ? { usage: { include: true } } : {}),
    ...answerFormat(request),
    ...(target.isStreamed === false
      ? { stream: false }
      : { stream: true, stream_options: { include_usage: true } }),
  };
}

function answerFormat({ replySchema }: ModelRequest): Pick<Body, 'response_format'> {
  if (replySchema === undefined) return {};
  return {
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { ...replySchema } },
    },
  };
}

function toWireMessage(
  message: Message,
  request: ModelRequest,
  target: RequestTarget,
): WireMessage {
  if (message.role === 'tool')
    return { role: 'tool', tool_call_id: message.callId, content: message.content };
  if (message.role !== 'assistant') return { role: message.role, content: message.content };
  const extras = extrasFor(message, request, target);
  const isReplayed = message.toolCalls.length > 0 || target.quirks.replaysAllReasoning === true;
  return {
    role: 'assistant',
    // An empty string next to tool calls is refused by some servers, null by none; without calls it is the reverse.
    content: message.content === '' && message.toolCalls.length > 0 ? null : message.content,
    ...(message.toolCalls.length === 0 ? {} : { tool_calls: toWireCalls(message, extras) }),
    ...(isReplayed ? extras.fields : {}),
  };
}

function toWireCalls(
  message: AssistantMessage,
  extras: OpenAiExtras,
): OpenAI.Chat.ChatCompletionMessageFunctionToolCall[] {
  return message.toolCalls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments === '' ? '{}' : call.arguments },
    ...extras.calls?.[call.id],
  }));
}

function extrasFor(
  message: AssistantMessage,
  request: ModelRequest,
  target: RequestTarget,
): OpenAiExtras {
  const extras = message.providerExtras;
  if (extras === undefined || extras.provider !== target.provider || extras.model !== request.model)
    return {};
  return extras.data;
}
