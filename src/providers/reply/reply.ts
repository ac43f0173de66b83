import {
  keepEnds,
  ZERO_USAGE,
  type AssistantMessage,
  type FinishReason,
  type ToolCall,
  type Usage,
} from '../../domain/index.js';
import { attachmentsOf, PICTURE_CHARACTERS } from '../history/pictures.js';
import type { ModelReply, ModelRequest, ReplyTrouble } from '../provider.js';
import { fitArguments, readArguments } from './arguments.js';
import type { RawCall } from './call-assembly.js';
import { parseObject } from './json-text.js';
import { readTemplateCalls } from './template-calls.js';
import { resolveToolName } from './tool-name.js';

/** Usage as far as the server told it; null = it said nothing that can be believed. */
export type RawUsage = { readonly [Field in keyof Usage]: number | null };

/** What an adapter has read when its stream ended well. */
export interface RawReply {
  readonly text: string;
  readonly toolCalls: readonly RawCall[];
  readonly finishReason: FinishReason;
  /** Null when the server sent none. */
  readonly usage: RawUsage | null;
  readonly providerCostMicroUsd: number | null;
  /** Opaque state to replay, or null when there is none. */
  readonly extras: AssistantMessage['providerExtras'] | null;
  /** Set when the server says that it could not make sense of what its model wrote. */
  readonly trouble?: ReplyTrouble | undefined;
}

const CUT_OFF_NOTE = '[a tool call was cut off at the output limit and did not run]';
/** What is left of a text that was cut at the output limit: it is a beginning without an end, often a loop. */
const CUT_TEXT_LIMIT = 6000;
/** What is left of any other text: more is no plan and no explanation, and goes back with each turn. */
const TEXT_LIMIT = 64_000;
/** Ids travel through the history of the workflow. */
const LONGEST_ID = 200;

/**
 * The reply that the rest of the system sees: names of tools resolved, arguments read and fitted to their schema, ids
 * unique over the conversation, calls found that the server left in the text. At `length`, calls whose arguments are not
 * whole JSON are dropped and named in the text: half a call never runs. `stop` with calls becomes `tool-calls`, and the
 * other way round.
 */
export function finishReply(raw: RawReply, request: ModelRequest): ModelReply {
  const { whole, text, isCut, isUnparsed } = chooseCalls(raw, request);
  const ids = uniqueIds(whole, request);
  const calls = whole.map(({ name, arguments: given }, index): ToolCall => ({
    id: ids[index] ?? '',
    name,
    arguments: given,
  }));
  const content = contentOf({ text, isCut, finishReason: raw.finishReason });
  const trouble = raw.trouble ?? (isUnparsed ? 'unparsed-call' : undefined);
  const extras = extrasOf(raw, { calls: whole, ids, isEmpty: calls.length === 0 });
  const message: AssistantMessage = {
    role: 'assistant',
    content,
    toolCalls: calls,
    ...(extras === null ? {} : { providerExtras: extras }),
  };
  return {
    message,
    ...settleUsage(raw, request, message),
    finishReason: settleFinish(raw.finishReason, calls.length),
    providerCostMicroUsd: raw.providerCostMicroUsd,
    ...(trouble === undefined || calls.length > 0 ? {} : { trouble }),
  };
}

interface Chosen {
  readonly whole: readonly RawCall[];
  readonly text: string;
  /** Half calls were left out. */
  readonly isCut: boolean;
  /** The text holds a call that nobody could read. */
  readonly isUnparsed: boolean;
}

/** The server's calls, or those that it left in the text; there only names of offered tools count. */
function chooseCalls(raw: RawReply, request: ModelRequest): Chosen {
  const isEnough = (call: RawCall): boolean => raw.finishReason !== 'length' || isWhole(call);
  const left = raw.toolCalls.length > 0 || request.tools.length === 0 ? undefined : unread(raw);
  if (left === undefined) {
    const found = raw.toolCalls.flatMap((call) => readCall(call, request));
    const whole = found.filter(isEnough);
    return { whole, text: raw.text, isCut: whole.length < found.length, isUnparsed: false };
  }
  const offered = new Set(request.tools.map((tool) => tool.name));
  const whole = left.calls
    .flatMap((call) => readCall(call, request))
    .filter((call) => offered.has(call.name) && isEnough(call));
  const isUnparsed = whole.length === 0;
  return { whole, text: isUnparsed ? raw.text : left.text, isCut: false, isUnparsed };
}

/** Only a text that ends its turn can hold a call that the server should have read. */
function unread({ text, finishReason }: RawReply): ReturnType<typeof readTemplateCalls> {
  return finishReason === 'refusal' ? undefined : readTemplateCalls(text);
}

function readCall(call: RawCall, { tools }: ModelRequest): RawCall[] {
  const name = resolveToolName(
    call.name,
    tools.map((tool) => tool.name),
  );
  const schema = tools.find((tool) => tool.name === name)?.parameters ?? {};
  return readArguments(call.arguments, call.lastPart).map((given, index) => ({
    ...call,
    id: index === 0 ? call.id : '',
    name,
    arguments: fitArguments(given, schema),
  }));
}

/** The server's ids where they are new in this conversation, else ones that are. A pure function of request and calls. */
function uniqueIds(calls: readonly RawCall[], { messages }: ModelRequest): string[] {
  const taken = new Set(
    messages.flatMap((message) =>
      message.role === 'assistant' ? message.toolCalls.map((call) => call.id) : [],
    ),
  );
  const turn = messages.filter((message) => message.role === 'assistant').length + 1;
  return calls.map((call, index) => {
    const isUsable = call.id.trim() !== '' && call.id.length <= LONGEST_ID;
    let id = isUsable ? call.id : `call_${turn}_${index + 1}`;
    for (let again = 2; taken.has(id); again += 1) id = `call_${turn}_${index + 1}_${again}`;
    taken.add(id);
    return id;
  });
}

function contentOf(reply: { text: string; isCut: boolean; finishReason: FinishReason }): string {
  const limit = reply.finishReason === 'length' ? CUT_TEXT_LIMIT : TEXT_LIMIT;
  const text = keepEnds(reply.text, limit);
  return reply.isCut ? [text, CUT_OFF_NOTE].filter((part) => part !== '').join('\n') : text;
}

/** Extras of calls are kept under the ids that the calls have now; a cut text without calls has no state worth keeping. */
function extrasOf(
  { extras, finishReason }: RawReply,
  reply: { calls: readonly RawCall[]; ids: readonly string[]; isEmpty: boolean },
): NonNullable<RawReply['extras']> | null {
  if (extras === null || extras === undefined) return null;
  if (finishReason === 'length' && reply.isEmpty) return null;
  const entries = reply.calls.flatMap(({ extra = {} }, index) =>
    Object.keys(extra).length === 0 ? [] : [[reply.ids[index] ?? '', extra] as const],
  );
  const data = {
    ...extras.data,
    ...(entries.length === 0 ? {} : { calls: Object.fromEntries(entries) }),
  };
  return Object.keys(data).length === 0 ? null : { ...extras, data };
}

function settleFinish(reason: FinishReason, calls: number): FinishReason {
  if (reason === 'stop' && calls > 0) return 'tool-calls';
  if (reason === 'tool-calls' && calls === 0) return 'stop';
  return reason;
}

function isWhole(call: RawCall): boolean {
  return parseObject(call.arguments) !== undefined;
}

/** What the server counted; what it did not count, or counted as nothing, is estimated and marked. */
function settleUsage(
  { usage }: RawReply,
  request: ModelRequest,
  message: AssistantMessage,
): Pick<ModelReply, 'usage' | 'isUsageEstimated'> {
  const estimate = estimateUsage(request, message);
  if (usage === null) return { usage: estimate, isUsageEstimated: true };
  // Some servers count nothing and say 0.
  const inputTokens = usage.inputTokens || estimate.inputTokens;
  const outputTokens = usage.outputTokens || estimate.outputTokens;
  const known = { ...ZERO_USAGE, ...withoutNulls(usage), inputTokens, outputTokens };
  const cachedInputTokens = Math.min(known.cachedInputTokens, inputTokens);
  const cacheWriteTokens = Math.min(known.cacheWriteTokens, inputTokens - cachedInputTokens);
  return {
    usage: { ...known, cachedInputTokens, cacheWriteTokens },
    isUsageEstimated: inputTokens !== usage.inputTokens || outputTokens !== usage.outputTokens,
  };
}

function withoutNulls(usage: RawUsage): Partial<Usage> {
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== null));
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

/** Characters of a message that a model reads: content, pictures as if they were text, names and arguments of its tool calls. */
export function messageCharacters(message: ModelRequest['messages'][number]): number {
  if (message.role !== 'assistant')
    return message.content.length + attachmentsOf(message).length * PICTURE_CHARACTERS;
  return message.toolCalls.reduce(
    (total, call) => total + call.name.length + call.arguments.length,
    message.content.length,
  );
}
