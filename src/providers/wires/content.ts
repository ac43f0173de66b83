import { fieldsOf } from '../../domain/index.js';
import { listOf, textOf } from '../reading.js';

/** What a content field holds. */
export interface Content {
  readonly text: string;
  readonly reasoning: string;
}

/** A content that is a text, a part, or a list of parts of text and thinking; other parts are left out. */
export function readContent(content: unknown, depth = 4): Content {
  if (typeof content === 'string') return { text: content, reasoning: '' };
  if (depth === 0 || typeof content !== 'object' || content === null)
    return { text: '', reasoning: '' };
  if (!Array.isArray(content)) return readPart(fieldsOf(content), depth);
  const parts = listOf(content).map((part) => readContent(part, depth - 1));
  return {
    text: parts.map((part) => part.text).join(''),
    reasoning: parts.map((part) => part.reasoning).join(''),
  };
}

function readPart(part: Readonly<Record<string, unknown>>, depth: number): Content {
  const type = textOf(part['type']);
  const inner = part['thinking'] ?? part['reasoning'] ?? part['text'] ?? part['content'];
  const { text, reasoning } = readContent(inner, depth - 1);
  const isThought = /thinking|reasoning|thought|summary/.test(type) || 'thinking' in part;
  return isThought ? { text: '', reasoning: reasoning + text } : { text, reasoning };
}
