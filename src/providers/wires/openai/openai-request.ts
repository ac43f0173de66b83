import type OpenAI from 'openai';
import type { AssistantMessage, Message, ProviderQuirks } from '../../../domain/index.js';
import { historyRules, type HistoryRules } from '../../history/family.js';
import { picturesBehindResults, picturesOf } from '../../history/pictures.js';
import { settleHistory } from '../../history/settle.js';
import type { ModelRequest } from '../../provider.js';
import type { Forms } from '../adaptations.js';

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
  /** Forms that the server was seen to refuse. Default: none. */
  readonly forms?: Forms | undefined;
}

type Body = OpenAI.Chat.ChatCompletionCreateParams;
type WireMessage = OpenAI.Chat.ChatCompletionMessageParam;

/** The chat completions body; a pure function of its arguments, so that retries are byte-identical. */
export function buildChatBody(request: ModelRequest, target: RequestTarget): Body {
  const { quirks, forms = {} } = target;
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
    messages: toWireMessages(request, target),
    ...(tools.length === 0 ? {} : { tools }),
    ...outputLimit(request, target),
    ...(quirks.asksForCost === true ? { usage: { include: true } } : {}),
    ...(forms.noReplySchema === true ? {} : answerFormat(request)),
    ...streamFields(target.isStreamed === false || forms.noStream === true, forms),
  };
}

function streamFields(
  isWhole: boolean,
  forms: Forms,
): { stream: false } | { stream: true; stream_options?: { include_usage: true } } {
  if (isWhole) return { stream: false };
  if (forms.noStreamOptions === true) return { stream: true };
  return { stream: true, stream_options: { include_usage: true } };
}

function outputLimit(
  { maxOutputTokens }: ModelRequest,
  { quirks, forms = {} }: RequestTarget,
): Partial<Pick<Body, 'max_tokens' | 'max_completion_tokens'>> {
  if (maxOutputTokens === undefined) return {};
  const field = forms.tokensField ?? quirks.maxTokensField ?? 'max_tokens';
  return { [field]: Math.min(maxOutputTokens, forms.maxOutputTokens ?? maxOutputTokens) };
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

/** What a family's rules and a server's refusals make of the messages. */
interface Rendering {
  readonly request: ModelRequest;
  readonly target: RequestTarget;
  readonly rules: HistoryRules;
}

function toWireMessages(request: ModelRequest, target: RequestTarget): WireMessage[] {
  const reasoning = target.forms?.reasoning;
  const demands = reasoning === undefined ? undefined : reasoning === 'demanded';
  const rules = historyRules({ provider: target.provider, model: request.model }, demands);
  const settled = settleHistory(picturesBehindResults(request.messages), rules);
  return settled.map((message) => toWireMessage(message, { request, target, rules }));
}

function toWireMessage(message: Message, rendering: Rendering): WireMessage {
  if (message.role === 'tool')
    return { role: 'tool', tool_call_id: message.callId, content: message.content };
  if (message.role === 'system') return { role: 'system', content: message.content };
  if (message.role === 'user') return { role: 'user', content: userContent(message, rendering) };
  const extras = extrasFor(message, rendering);
  return {
    role: 'assistant',
    // An empty string next to tool calls is refused by some servers, null by none.
    content: message.content === '' && message.toolCalls.length > 0 ? null : message.content,
    ...(message.toolCalls.length === 0
      ? {}
      : { tool_calls: toWireCalls(message, extras, rendering.rules) }),
    ...reasoningFields(message, extras, rendering),
  };
}

function userContent(
  message: Extract<Message, { role: 'user' }>,
  { request }: Rendering,
): string | OpenAI.Chat.ChatCompletionContentPart[] {
  const pictures = picturesOf(message, request);
  if (pictures.length === 0) return message.content;
  return [
    { type: 'text', text: message.content },
    ...pictures.map(({ mediaType, data }) => ({
      type: 'image_url' as const,
      image_url: { url: `data:${mediaType};base64,${data}` },
    })),
  ];
}

/** Some families refuse calls without the reasoning that led to them, also those that another model made. */
const NO_REASONING = { reasoning_content: ' ' } as const;

function reasoningFields(
  message: AssistantMessage,
  extras: OpenAiExtras,
  { target, rules }: Rendering,
): Readonly<Record<string, unknown>> {
  const hasCalls = message.toolCalls.length > 0;
  if (target.forms?.reasoning === 'refused') return {};
  if (!hasCalls && target.quirks.replaysAllReasoning !== true) return {};
  const { fields = {} } = extras;
  if (!hasCalls || !rules.needsReasoning) return fields;
  const text = fields['reasoning_content'];
  const isThere = typeof text === 'string' && text !== '';
  return isThere || 'reasoning' in fields ? fields : { ...fields, ...NO_REASONING };
}

/** Google's own placeholder for calls that another model made, or that were made without one. */
const NO_SIGNATURE = {
  extra_content: { google: { thought_signature: 'skip_thought_signature_validator' } },
} as const;

function toWireCalls(
  message: AssistantMessage,
  extras: OpenAiExtras,
  rules: HistoryRules,
): OpenAI.Chat.ChatCompletionMessageFunctionToolCall[] {
  // Parallel calls carry one signature, at the first of them.
  return message.toolCalls.map((call, index) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
    ...(rules.needsSignature && index === 0 ? NO_SIGNATURE : {}),
    ...extras.calls?.[call.id],
  }));
}

function extrasFor(
  { providerExtras: extras }: AssistantMessage,
  { request, target }: Rendering,
): OpenAiExtras {
  if (extras === undefined || extras.provider !== target.provider || extras.model !== request.model)
    return {};
  return extras.data;
}
