import { fieldsOf } from '../../../domain/index.js';
import type { ModelReference } from '../../../domain/index.js';
import type { StreamProgress } from '../../provider.js';
import { listOf, textOf } from '../../reading.js';
import { ProviderError } from '../../failures/errors.js';
import { createCallAssembly, type CallPiece } from '../../reply/call-assembly.js';
import type { RawReply } from '../../reply/reply.js';
import { createAnswerSize } from '../answer-size.js';
import { readContent } from '../content.js';
import { readFinishWord, settleEnd, type FinishMeaning } from '../finish-word.js';
import { createUsageCollector } from '../usage.js';

type Fields = Readonly<Record<string, unknown>>;

/** What a piece of an answer brought. */
export interface Added {
  readonly phase: StreamProgress['phase'];
  readonly characters: number;
  /** Text of the answer itself; absent = none. */
  readonly text?: string;
}

/** Collects the frames of one answer, whichever of this wire's dialects they are in. */
export interface AnswerAssembler {
  /** Takes one value in: a chunk, or a whole answer; returns what kind of text it brought and how much. */
  add(value: unknown): Added;
  /** The server said that the answer is over. */
  close(): void;
  /** A reason for the end has come; only figures can follow. */
  readonly hasEnd: boolean;
  /** The whole answer; throws `truncated` when it was cut. */
  finish(): RawReply;
}

const REASONING_FIELDS = ['reasoning_content', 'reasoning'] as const;

/** An assembler for one answer of `reference`. */
export function createChatAssembler(reference: ModelReference): AnswerAssembler {
  const text: string[] = [];
  const usage = createUsageCollector(false);
  const reasoning = createReasoningCollector();
  const calls = createCallAssembly();
  const grow = createAnswerSize();
  let word: FinishMeaning | null = null;
  let isClosed = false;
  let characters = 0;
  let isForeign = false;
  let hasChoices = false;
  return {
    get hasEnd() {
      return word !== null;
    },
    add(value) {
      const chunk = fieldsOf(value);
      refuseMessages(chunk);
      const choice = fieldsOf(listOf(chunk['choices'])[0] ?? ollamaChoice(chunk));
      if (Object.keys(choice).length > 0) hasChoices = true;
      else isForeign ||= !('choices' in chunk) && !('usage' in chunk);
      usage.add(chunk['usage']);
      usage.add(choice['usage']);
      word = readFinishWord(choice['finish_reason']) ?? word;
      const delta = fieldsOf(choice['delta'] ?? choice['message'] ?? { content: choice['text'] });
      const content = readContent(delta['content'] ?? delta['refusal']);
      const thought = reasoning.add(delta, content.reasoning);
      const argument = piecesOf(delta).reduce((sum, piece) => sum + calls.add(piece), 0);
      text.push(content.text);
      const added = toAdded(content.text.length, thought, argument);
      grow(added.characters);
      characters += added.characters;
      return content.text === '' ? added : { ...added, text: content.text };
    },
    close() {
      isClosed = true;
    },
    finish() {
      if (isForeign && !hasChoices) throw noChoices();
      const whole = text.join('');
      const found = calls.finish();
      const { reason, isFailedGeneration } = settleEnd({
        word,
        isClosed,
        hasCalls: found.length > 0,
        hasText: whole !== '' || characters > 0,
        characters,
      });
      return {
        text: whole,
        toolCalls: found,
        finishReason: reason,
        usage: usage.read(),
        providerCostMicroUsd: usage.costMicroUsd(),
        extras: { ...reference, data: reasoning.data() },
        ...(isFailedGeneration ? { trouble: 'failed-generation' as const } : {}),
      };
    },
  };
}

/** The other wire's answers say by their type what they are. */
function refuseMessages(chunk: Fields): void {
  if (!/^(message_start|content_block_|message_delta)/.test(textOf(chunk['type']))) return;
  throw new ProviderError('malformed', {
    message:
      'the server answers in the form of Anthropic’s messages, not of OpenAI’s chat completions',
    hint: 'set wire = "anthropic-messages" in [providers.NAME] of your configuration file',
  });
}

/** Ollama's own form, which proxies pass on: a message without choices. */
function ollamaChoice(chunk: Fields): unknown {
  if (!('message' in chunk)) return undefined;
  const isDone = chunk['done'] === true;
  return {
    delta: chunk['message'],
    finish_reason: isDone ? (chunk['done_reason'] ?? 'stop') : null,
    usage: {
      prompt_tokens: chunk['prompt_eval_count'],
      completion_tokens: chunk['eval_count'],
    },
  };
}

function toAdded(text: number, thought: number, argument: number): Added {
  const characters = text + thought + argument;
  if (argument > 0) return { phase: 'tool-call', characters };
  if (text > 0) return { phase: 'text', characters };
  return { phase: thought > 0 ? 'reasoning' : 'waiting', characters };
}

function noChoices(): ProviderError {
  return new ProviderError('malformed', {
    message: 'the server’s answer holds no choices, so it is no chat completion',
  });
}

/** Pieces of calls in the present form and in the one before it. */
function piecesOf(delta: Fields): CallPiece[] {
  const pieces = listOf(delta['tool_calls']).map((raw) => {
    const {
      index,
      id,
      type: _type,
      function: _part,
      name,
      arguments: given,
      ...extra
    } = fieldsOf(raw);
    const part = fieldsOf(fieldsOf(raw)['function']);
    return {
      index: typeof index === 'number' && Number.isFinite(index) ? index : null,
      id: typeof id === 'number' ? String(id) : textOf(id),
      name: textOf(part['name'] ?? name),
      arguments: argumentText(part['arguments'] ?? part['parameters'] ?? given),
      extra,
    };
  });
  const legacy = fieldsOf(delta['function_call']);
  if (Object.keys(legacy).length === 0) return pieces;
  const name = textOf(legacy['name']);
  const one = { index: 0, id: '', name, arguments: argumentText(legacy['arguments']), extra: {} };
  return [...pieces, one];
}

function argumentText(given: unknown): string {
  if (typeof given === 'string') return given;
  return typeof given === 'object' && given !== null ? JSON.stringify(given) : '';
}

interface ReasoningCollector {
  /** Takes in the reasoning of a delta, and what stood in its content; returns the characters. */
  add(delta: Fields, inContent: string): number;
  /** Fields as the server named them; nothing when there were none. */
  data(): Record<string, unknown>;
}

function createReasoningCollector(): ReasoningCollector {
  const texts = new Map<string, string[]>();
  const details: Array<Record<string, unknown>> = [];
  const put = (name: string, part: string): number => {
    if (part === '') return 0;
    const parts = texts.get(name) ?? [];
    parts.push(part);
    texts.set(name, parts);
    return part.length;
  };
  return {
    add(delta, inContent) {
      const fields = REASONING_FIELDS.map((name) => [name, readContent(delta[name])] as const);
      let added = fields.reduce((sum, [name, { text, reasoning }]) => {
        return sum + put(name, text + reasoning);
      }, 0);
      if (added === 0) added += put('reasoning_content', inContent);
      for (const part of listOf(delta['reasoning_details'])) {
        added += textOf(fieldsOf(part)['data']).length;
        mergeDetail(details, fieldsOf(part));
      }
      return added;
    },
    data() {
      const whole = [...texts].map(([name, parts]) => [name, parts.join('')] as const);
      const fields = {
        ...Object.fromEntries(whole),
        ...(details.length === 0 ? {} : { reasoning_details: details }),
      };
      return Object.keys(fields).length === 0 ? {} : { fields };
    },
  };
}

/** Parts that one answer may hold; servers send each token as one when they leave the index out. */
const MAX_DETAILS = 10_000;

/** OpenRouter streams one detail in parts that share type and index; texts grow, other fields are set once. */
function mergeDetail(details: Array<Record<string, unknown>>, part: Fields): void {
  const open = details.findLast(
    (each) => each['type'] === part['type'] && each['index'] === part['index'],
  );
  if (open === undefined || part['index'] === undefined) {
    if (details.length < MAX_DETAILS) details.push({ ...part });
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
