import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { AssistantMessage, Message, Picture } from '../../../domain/index.js';
import type { HistoryRules } from '../../history/family.js';
import { picturesOf } from '../../history/pictures.js';
import { settleHistory } from '../../history/settle.js';
import type { ModelRequest } from '../../provider.js';
import { parseObject } from '../../reply/json-text.js';
import type { Forms } from '../adaptations.js';

type Body = Anthropic.MessageCreateParams;
type Block = Anthropic.ContentBlockParam;

/** The wire demands a limit; 32,000 is within every current model's own. */
export const DEFAULT_MAX_OUTPUT_TOKENS = 32_000;
const CACHE_MARK = { type: 'ephemeral' } as const;

const thinkingBlockSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
]);

/** A signed block of reasoning, to be returned verbatim and in order. */
export type ThinkingBlock = z.infer<typeof thinkingBlockSchema>;

const extrasSchema = z.object({ thinking: z.array(thinkingBlockSchema) });

/** Who the request goes to, for replaying signed blocks to the same provider and model only. */
export interface MessagesTarget {
  readonly provider: string;
  /** False = the whole answer in one piece. Default true. */
  readonly isStreamed?: boolean | undefined;
  /** Forms that the server was seen to refuse. Default: none. */
  readonly forms?: Forms | undefined;
}

/** Ids as this wire demands them. */
const RULES: HistoryRules = {
  id: /^[a-zA-Z0-9_-]{1,64}$/,
  makeId: (n) => `toolu_h${n}`,
  needsReasoning: false,
  needsAnswerAfterResult: false,
  needsSignature: false,
};

/**
 * The messages body; a pure function, so that retries are byte-identical. Cache marks (at most 4 are allowed) sit on
 * the last tool, on the system prompt and on the latest user turn.
 */
export function buildMessagesBody(request: ModelRequest, target: MessagesTarget): Body {
  const messages = settleHistory(request.messages, RULES);
  const system = messages
    .filter((message) => message.role === 'system')
    .map((message) => message.content);
  const { forms = {} } = target;
  const wanted = request.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS;
  const tools = request.tools.map((tool, index) => ({
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.parameters, type: 'object' as const },
    ...(index === request.tools.length - 1 ? { cache_control: CACHE_MARK } : {}),
  }));
  return {
    model: request.model,
    max_tokens: Math.min(wanted, forms.maxOutputTokens ?? wanted),
    ...(system.length === 0
      ? {}
      : { system: [{ type: 'text', text: system.join('\n\n'), cache_control: CACHE_MARK }] }),
    ...(tools.length === 0 ? {} : { tools }),
    messages: markLatestUserTurn(toTurns({ ...request, messages }, target.provider)),
    ...(request.replySchema === undefined || forms.noReplySchema === true
      ? {}
      : { output_config: { format: { type: 'json_schema', schema: { ...request.replySchema } } } }),
    stream: target.isStreamed !== false && forms.noStream !== true,
  };
}

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
}

/** Joins neighbours of one role: tool results come first in the user turn that follows the calls. */
function toTurns(request: ModelRequest, provider: string): Turn[] {
  const turns: Turn[] = [];
  for (const message of request.messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = toBlocks(message, request, provider);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  return turns.filter((turn) => turn.content.length > 0);
}

function toBlocks(
  message: Exclude<Message, { role: 'system' }>,
  request: ModelRequest,
  provider: string,
): Block[] {
  const pictures = picturesOf(message, request).map(toPicture);
  if (message.role === 'user')
    return [...(message.content === '' ? [] : [toText(message.content)]), ...pictures];
  if (message.role === 'tool') {
    return [
      {
        type: 'tool_result',
        tool_use_id: message.callId,
        content: pictures.length === 0 ? message.content : [toText(message.content), ...pictures],
        is_error: message.isError,
      },
    ];
  }
  const blocks: Block[] = [...thinkingOf(message, request.model, provider)];
  // White space alone is refused as a text block.
  if (message.content.trim() !== '') blocks.push({ type: 'text', text: message.content });
  for (const call of message.toolCalls) {
    blocks.push({
      type: 'tool_use',
      id: call.id,
      name: call.name,
      input: { ...parseObject(call.arguments) },
    });
  }
  return blocks;
}

function toText(text: string): Anthropic.TextBlockParam {
  return { type: 'text', text };
}

function toPicture({ mediaType, data }: Picture): Anthropic.ImageBlockParam {
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data } };
}

function thinkingOf(message: AssistantMessage, model: string, provider: string): ThinkingBlock[] {
  const extras = message.providerExtras;
  if (extras === undefined || extras.provider !== provider || extras.model !== model) return [];
  const parsed = extrasSchema.safeParse(extras.data);
  return parsed.success ? parsed.data.thinking : [];
}

function markLatestUserTurn(turns: Turn[]): Turn[] {
  const at = turns.findLastIndex((turn) => turn.role === 'user');
  const block = turns[at]?.content.at(-1);
  if (block?.type === 'text' || block?.type === 'tool_result' || block?.type === 'image')
    block.cache_control = CACHE_MARK;
  return turns;
}
