import {
  keepEnds,
  type AssistantMessage,
  type Message,
  type ToolCall,
} from '../../domain/index.js';
import { parseObject } from '../reply/json-text.js';
import type { HistoryRules } from './family.js';

type ToolMessage = Extract<Message, { role: 'tool' }>;

/** Arguments that were no object stand in the result, where they are text, at most so long. */
const RAW_ARGUMENTS_LIMIT = 2000;
const LONGEST_NAME = 64;
const NO_OUTPUT = '(no output)';
const NO_RESULT = 'There is no result: the call was not carried out.';

/**
 * A conversation in the form that strict servers accept, whichever model wrote it: system first, no empty message, no two
 * messages of one role in a row, every call followed at once by exactly one result, no result without a call, arguments
 * that are JSON objects, names and ids of the demanded form. Pure, so that retries are byte-identical; what is in order
 * already stays as it is, so that prefix caches stay warm.
 */
export function settleHistory(messages: readonly Message[], rules: HistoryRules): Message[] {
  const system = messages.flatMap((message) =>
    message.role === 'system' ? [message.content] : [],
  );
  const settled = withFreshIds(pairResults(messages), rules);
  const turns = joinNeighbours(settled.flatMap(withoutEmptiness).map(wellFormed));
  const filled = rules.needsAnswerAfterResult ? turns.flatMap(answerResults) : turns;
  const last = filled.at(-1);
  return [
    ...(system.length === 0
      ? []
      : [{ role: 'system', content: wellFormedText(system.join('\n\n')) } as const]),
    ...(filled[0]?.role === 'assistant' ? [{ role: 'user', content: 'Begin.' } as const] : []),
    ...filled,
    // Answering one's own message is refused by some families and continued in mid-word by others.
    ...(last === undefined || last.role === 'assistant'
      ? [{ role: 'user', content: 'Go on.' } as const]
      : []),
  ];
}

const NOT_WELL_FORMED = /\p{Cs}|\0/u;
const EACH_NOT_WELL_FORMED = /\p{Cs}|\0/gu;

/** Half a surrogate pair, left by a cut text, is refused as bad JSON; NUL by servers that store text in a database. */
function wellFormedText(text: string): string {
  return NOT_WELL_FORMED.test(text) ? text.replace(EACH_NOT_WELL_FORMED, '\uFFFD') : text;
}

function wellFormed(message: Message): Message {
  const content = wellFormedText(message.content);
  if (message.role !== 'assistant') return { ...message, content };
  const toolCalls = message.toolCalls.map((call) => ({
    ...call,
    arguments: wellFormedText(call.arguments),
  }));
  return { ...message, content, toolCalls };
}

interface Turn {
  readonly message: AssistantMessage;
  /** One for each call, in the order of the calls. */
  readonly results: readonly ToolMessage[];
}

type Entry = Turn | Extract<Message, { role: 'user' }>;

/** Results behind the message that asked for them; those of no call are left out. */
function pairResults(messages: readonly Message[]): Entry[] {
  const entries: Entry[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'user') entries.push(message);
    if (message.role !== 'assistant') continue;
    const open = resultsUntilNext(messages, index + 1);
    const results = message.toolCalls.map((call) => {
      const at = open.findIndex((result) => result.callId === call.id);
      const [found] = at < 0 ? [] : open.splice(at, 1);
      return found ?? missingResult(call);
    });
    entries.push({ message, results });
  }
  return entries;
}

function resultsUntilNext(messages: readonly Message[], from: number): ToolMessage[] {
  const results: ToolMessage[] = [];
  for (const message of messages.slice(from)) {
    if (message.role === 'assistant') break;
    if (message.role === 'tool') results.push(message);
  }
  return results;
}

function missingResult(call: ToolCall): ToolMessage {
  return { role: 'tool', callId: call.id, name: call.name, content: NO_RESULT, isError: true };
}

/** Ids of the demanded form, each one once; names and arguments as every server takes them. */
function withFreshIds(entries: readonly Entry[], rules: HistoryRules): Entry[] {
  const taken = new Set<string>();
  let made = 0;
  const idFor = (id: string): string => {
    let fresh = rules.id.test(id) ? id : '';
    while (fresh === '' || taken.has(fresh)) {
      made += 1;
      fresh = rules.makeId(made);
    }
    taken.add(fresh);
    return fresh;
  };
  return entries.map((entry) => {
    if ('role' in entry) return entry;
    const ids = entry.message.toolCalls.map((call) => idFor(call.id));
    return renameTurn(entry, ids);
  });
}

function renameTurn({ message, results }: Turn, ids: readonly string[]): Turn {
  const calls = message.toolCalls.map((call, index) => ({
    id: ids[index] ?? '',
    name: plainName(call.name),
    arguments: hasObject(call) ? call.arguments : '{}',
  }));
  const renamed = results.map((result, index) => {
    const call = message.toolCalls[index];
    return {
      ...result,
      callId: ids[index] ?? '',
      name: calls[index]?.name ?? '',
      content: resultText(result.content, call),
    };
  });
  return {
    message: withRenamedExtras({ ...message, toolCalls: calls }, message, ids),
    results: renamed,
  };
}

/** Extras of single calls are kept by id. */
function withRenamedExtras(
  renamed: AssistantMessage,
  { toolCalls, providerExtras }: AssistantMessage,
  ids: readonly string[],
): AssistantMessage {
  const calls = providerExtras?.data['calls'];
  if (providerExtras === undefined || typeof calls !== 'object' || calls === null) return renamed;
  const kept: Readonly<Record<string, unknown>> = { ...calls };
  const entries = toolCalls.flatMap(({ id }, index) =>
    Object.hasOwn(kept, id) ? [[ids[index] ?? '', kept[id]] as const] : [],
  );
  const data = { ...providerExtras.data, calls: Object.fromEntries(entries) };
  return { ...renamed, providerExtras: { ...providerExtras, data } };
}

/** A conversation is rendered with each turn; its calls are the same objects, and need not be parsed again. */
const parsed = new WeakMap<ToolCall, boolean>();

function hasObject(call: ToolCall): boolean {
  const known = parsed.get(call) ?? parseObject(call.arguments) !== undefined;
  parsed.set(call, known);
  return known;
}

function resultText(content: string, call: ToolCall | undefined): string {
  const text = content.trim() === '' ? NO_OUTPUT : content;
  if (call === undefined || call.arguments.trim() === '' || hasObject(call)) return text;
  return `${text}\n[the arguments were written as: ${keepEnds(call.arguments, RAW_ARGUMENTS_LIMIT)}]`;
}

/** A name that every server takes; what was no name at all gets one. */
function plainName(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, LONGEST_NAME);
  return /[a-zA-Z0-9]/.test(plain) ? plain : 'unknown_tool';
}

/** A reply of reasoning only, or of nothing, has no message that could be sent. */
function withoutEmptiness(entry: Entry): Message[] {
  if ('role' in entry) return entry.content.trim() === '' ? [] : [entry];
  const { message, results } = entry;
  const isEmpty = message.content.trim() === '' && message.toolCalls.length === 0;
  return isEmpty ? [] : [message, ...results];
}

function joinNeighbours(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    const both = last === undefined ? undefined : joinPair(last, message);
    if (both === undefined) joined.push(message);
    else joined.splice(-1, 1, both);
  }
  return joined;
}

function joinPair(left: Message, right: Message): Message | undefined {
  if (left.role === 'user' && right.role === 'user') {
    const attachments = [...(left.attachments ?? []), ...(right.attachments ?? [])];
    const content = `${left.content}\n\n${right.content}`;
    return { role: 'user', content, ...(attachments.length === 0 ? {} : { attachments }) };
  }
  if (left.role === 'assistant' && right.role === 'assistant') {
    const content = [left.content, right.content].filter((text) => text !== '').join('\n\n');
    return { ...right, content };
  }
  return undefined;
}

function answerResults(message: Message, index: number, all: readonly Message[]): Message[] {
  const isAfterResult = message.role === 'user' && all[index - 1]?.role === 'tool';
  return isAfterResult
    ? [{ role: 'assistant', content: 'I have read the results.', toolCalls: [] }, message]
    : [message];
}
