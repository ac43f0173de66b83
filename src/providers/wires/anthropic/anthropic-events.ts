import { fieldsOf } from '../../../domain/index.js';
import type { ModelReference } from '../../../domain/index.js';
import { listOf, textOf } from '../../reading.js';
import { ProviderError } from '../../failures/errors.js';
import type { ThinkingBlock } from './anthropic-request.js';
import { createAnswerSize } from '../answer-size.js';
import { readContent } from '../content.js';
import { readFinishWord, settleEnd, type FinishMeaning } from '../finish-word.js';
import type { Added, AnswerAssembler } from '../openai/openai-chunks.js';
import { createUsageCollector, type UsageCollector } from '../usage.js';

type Fields = Readonly<Record<string, unknown>>;

interface OpenBlock {
  type: 'text' | 'tool_use' | 'thinking' | 'redacted_thinking';
  readonly id: string;
  readonly name: string;
  /** What the block held when it began: the input of some proxies comes there. */
  readonly start: string;
  readonly parts: string[];
  signature: string;
}

/** More blocks in one answer are a broken server. */
const MAX_BLOCKS = 1000;
const NOTHING: Added = { phase: 'waiting', characters: 0 };

/** An assembler for one answer of `reference`: events by the type inside them, or a whole message. */
export function createMessagesAssembler(reference: ModelReference): AnswerAssembler {
  const blocks = createBlocks();
  const usage = createUsageCollector(true);
  const grow = createAnswerSize();
  let word: FinishMeaning | null = null;
  let isClosed = false;
  let characters = 0;
  return {
    get hasEnd() {
      return word !== null;
    },
    add(value) {
      const event = fieldsOf(value);
      const facts = readFacts(event, usage);
      word = facts.word ?? word;
      isClosed ||= facts.isClosed;
      const added = takeEvent(blocks, event);
      grow(added.characters);
      characters += added.characters;
      return added;
    },
    close() {
      isClosed = true;
    },
    finish() {
      const found = blocks.list();
      const calls = found.filter((block) => block.type === 'tool_use' && block.name !== '');
      const text = found.map((block) => (block.type === 'text' ? textOfBlock(block) : '')).join('');
      const { reason, isFailedGeneration } = settleEnd({
        word,
        isClosed,
        hasCalls: calls.length > 0,
        hasText: text !== '' || characters > 0,
        characters,
      });
      const thinking = found.flatMap(toThinking);
      return {
        text,
        toolCalls: calls.map((block) => ({
          id: block.id,
          name: block.name,
          arguments: block.parts.length === 0 ? block.start : block.parts.join(''),
        })),
        finishReason: reason,
        usage: usage.read(),
        providerCostMicroUsd: null,
        extras: thinking.length === 0 ? null : { ...reference, data: { thinking } },
        ...(isFailedGeneration ? { trouble: 'failed-generation' as const } : {}),
      };
    },
  };
}

/** What an event says of the answer as a whole. */
function readFacts(
  event: Fields,
  usage: UsageCollector,
): { word: FinishMeaning | null; isClosed: boolean } {
  const message = fieldsOf(event['message']);
  const delta = fieldsOf(event['delta']);
  for (const said of [message['usage'], event['usage'], delta['usage']]) usage.add(said);
  const type = textOf(event['type']);
  return {
    // The start of a message of some proxies holds the reason of the one before.
    word:
      type === 'message_start'
        ? null
        : readFinishWord(delta['stop_reason'] ?? event['stop_reason']),
    isClosed: type === 'message_stop' || isWhole(event),
  };
}

function isWhole(event: Fields): boolean {
  return Array.isArray(event['content']) || typeof event['content'] === 'string';
}

function takeEvent(blocks: Blocks, event: Fields): Added {
  if ('choices' in event) {
    throw new ProviderError('malformed', {
      message:
        'the server answers in the form of OpenAI’s chat completions, not of Anthropic’s messages',
      hint: 'set wire = "openai-chat" in [providers.NAME] of your configuration file',
    });
  }
  const type = textOf(event['type']);
  if (type === 'content_block_start')
    return blocks.start(indexOf(event), fieldsOf(event['content_block']));
  if (type === 'content_block_delta')
    return blocks.extend(indexOf(event), fieldsOf(event['delta']));
  if (type === 'message_start') return takeWhole(blocks, fieldsOf(event['message']));
  return isWhole(event) ? takeWhole(blocks, event) : NOTHING;
}

function takeWhole(blocks: Blocks, message: Fields): Added {
  const { content } = message;
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);
  const added = parts.map((part, index) => blocks.start(index, fieldsOf(part)));
  return added.reduce(
    (sum, each) => ({
      ...each,
      characters: sum.characters + each.characters,
      ...textAdded('text', `${sum.text ?? ''}${each.text ?? ''}`),
    }),
    NOTHING,
  );
}

function indexOf(event: Fields): number | null {
  return typeof event['index'] === 'number' ? event['index'] : null;
}

interface Blocks {
  start(index: number | null, block: Fields): Added;
  extend(index: number | null, delta: Fields): Added;
  /** In the order in which they began. */
  list(): readonly OpenBlock[];
}

function createBlocks(): Blocks {
  const order: OpenBlock[] = [];
  const byIndex = new Map<number, OpenBlock>();
  const open = (index: number | null, block: OpenBlock): OpenBlock => {
    if (order.length === MAX_BLOCKS) {
      throw new ProviderError('malformed', {
        message: `the server sent more than ${MAX_BLOCKS} content blocks in one answer`,
      });
    }
    order.push(block);
    if (index !== null) byIndex.set(index, block);
    return block;
  };
  return {
    start(index, raw) {
      const block = toBlock(raw);
      if (block === undefined) return NOTHING;
      open(index, block);
      const phase = phaseOf(block.type);
      // Counted again when pieces follow: the bound is one of memory.
      return { phase, characters: block.start.length, ...textAdded(block.type, block.start) };
    },
    extend(index, delta) {
      const { type, text } = readDelta(delta);
      if (type === undefined) return NOTHING;
      const known = index === null ? order.at(-1) : byIndex.get(index);
      const fits = known !== undefined && (type === 'signature' || known.type === type);
      if (type === 'signature') {
        if (known?.type === 'thinking') known.signature += text;
        return { phase: 'waiting', characters: text.length };
      }
      const block = fits ? known : open(index, newBlock(type));
      block.parts.push(text);
      return { phase: phaseOf(type), characters: text.length, ...textAdded(type, text) };
    },
    list: () => order,
  };
}

/** Only what is said is text: calls and thoughts are none. */
function textAdded(type: OpenBlock['type'], text: string): Pick<Added, 'text'> {
  return type === 'text' && text !== '' ? { text } : {};
}

function newBlock(type: OpenBlock['type'], fields: Partial<OpenBlock> = {}): OpenBlock {
  return { type, id: '', name: '', start: '', parts: [], signature: '', ...fields };
}

/** Blocks that we know; others (search results of the server, and what is yet to come) are left out. */
function toBlock(raw: Fields): OpenBlock | undefined {
  switch (raw['type']) {
    case 'text':
      return newBlock('text', { start: readContent(raw['text']).text });
    case 'tool_use':
      return newBlock('tool_use', {
        id: textOf(raw['id']),
        name: textOf(raw['name']),
        start: inputText(raw['input']),
      });
    case 'thinking':
      return newBlock('thinking', {
        start: textOf(raw['thinking']),
        signature: textOf(raw['signature']),
      });
    case 'redacted_thinking':
      return newBlock('redacted_thinking', { start: textOf(raw['data']) });
    default:
      return undefined;
  }
}

function inputText(input: unknown): string {
  if (typeof input === 'string') return input;
  return typeof input === 'object' && input !== null ? JSON.stringify(input) : '';
}

/** By what a delta holds, because some proxies leave its type out. */
function readDelta(delta: Fields): { type?: OpenBlock['type'] | 'signature'; text: string } {
  if ('partial_json' in delta) return { type: 'tool_use', text: inputText(delta['partial_json']) };
  if ('thinking' in delta) return { type: 'thinking', text: textOf(delta['thinking']) };
  if ('signature' in delta) return { type: 'signature', text: textOf(delta['signature']) };
  if ('text' in delta) return { type: 'text', text: textOf(delta['text']) };
  return { text: '' };
}

function phaseOf(type: OpenBlock['type']): Added['phase'] {
  if (type === 'tool_use') return 'tool-call';
  return type === 'text' ? 'text' : 'reasoning';
}

function textOfBlock(block: OpenBlock): string {
  return block.start + block.parts.join('');
}

/** Thinking without a signature is refused when it comes back, so it is not kept. */
function toThinking(block: OpenBlock): ThinkingBlock[] {
  if (block.type === 'redacted_thinking')
    return [{ type: 'redacted_thinking', data: textOfBlock(block) }];
  if (block.type !== 'thinking' || block.signature === '') return [];
  return [{ type: 'thinking', thinking: textOfBlock(block), signature: block.signature }];
}
