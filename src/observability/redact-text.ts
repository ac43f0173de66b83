import { KEY_SHAPES, type KeyShape } from './key-shapes.js';
import { longestForm, secretForms } from './known-secrets.js';
import { redactPrivateKeys } from './private-key.js';

/**
 * The text without secrets: each remembered one, and what has the shape of a key, is replaced by `[redacted:NAME]`. Text
 * without any comes back as the same string.
 */
export function redactText(text: string): string {
  let result = text;
  for (const { mark, value } of secretForms()) {
    if (result.includes(value)) result = result.replaceAll(value, () => mark);
  }
  if (result.includes('PRIVATE KEY-----')) result = redactPrivateKeys(result);
  for (const shape of KEY_SHAPES) {
    if (shape.hints.some((hint) => result.includes(hint))) result = redactShape(result, shape);
  }
  return result;
}

function redactShape(text: string, shape: KeyShape): string {
  const { pattern } = shape;
  let result = '';
  let copied = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const end = endOfKey(text, pattern.lastIndex, shape.rest);
    if (end === undefined) continue;
    pattern.lastIndex = end;
    const named = match.groups?.['key'];
    const start = named === undefined ? match.index : match.index + match[0].lastIndexOf(named);
    if (shape.isKey?.(text.slice(start, end)) === false) continue;
    result += `${text.slice(copied, start)}[redacted:${shape.name}]`;
    copied = end;
  }
  return copied === 0 ? text : result + text.slice(copied);
}

function endOfKey(text: string, from: number, rest: RegExp | undefined): number | undefined {
  if (rest === undefined) return from;
  rest.lastIndex = from;
  return rest.test(text) ? rest.lastIndex : undefined;
}

/** Redacts a stream of bytes whose chunks may cut a secret in two. */
export interface RedactionStream {
  /** What can be passed on now; the end of the chunk may be kept back. */
  push(chunk: Uint8Array): Buffer;
  /** What is kept back, as it would be passed on now; it stays kept back. */
  peek(): Buffer;
  /** The rest. */
  end(): Buffer;
}

/** Kept back of a line that is too long to be waited for: longer than any key but a private one. */
const WINDOW = 512;
/** A line or a private key is not waited for beyond this. */
const LONGEST_WAIT = 64 * 1024;

/**
 * A redactor for one stream. Bytes are looked at one by one, so that binary output stays as it is but for the secrets in
 * it. It waits for the end of a line and of a private key, for 64 KiB at most.
 */
export function createRedactionStream(): RedactionStream {
  let carried = '';
  return {
    push(chunk) {
      const added = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
      const text = carried + added;
      const cut = safeCut(text);
      if (cut === 0 && text.length > LONGEST_WAIT) {
        // A secret that is whole is gone now; one that is not begins in the last characters.
        const redacted = redactText(text);
        carried = redacted.slice(-WINDOW);
        return Buffer.from(redacted.slice(0, -WINDOW), 'latin1');
      }
      carried = text.slice(cut);
      return Buffer.from(redactText(text.slice(0, cut)), 'latin1');
    },
    peek: () => Buffer.from(redactText(carried), 'latin1'),
    end() {
      const rest = Buffer.from(redactText(carried), 'latin1');
      carried = '';
      return rest;
    },
  };
}

/** Where the text may be cut: after a line, but not inside a private key that has begun. */
function safeCut(text: string): number {
  const opened = text.lastIndexOf('-----BEGIN ');
  const isOpen = opened !== -1 && text.indexOf('-----END ', opened) === -1;
  return cutBefore(text, isOpen ? opened : text.length);
}

/** The last end of a line before `limit` whose line before is no half of a remembered secret. */
function cutBefore(text: string, limit: number): number {
  const line = text.lastIndexOf('\n', limit - 1) + 1;
  if (line === 0) return 0;
  // Only a remembered value may hold a line break.
  return endsInsideSecret(text.slice(0, line)) ? 0 : line;
}

function endsInsideSecret(text: string): boolean {
  const tail = text.slice(-longestForm());
  return secretForms().some(({ value }) => {
    if (!value.includes('\n')) return false;
    for (let length = Math.min(value.length - 1, tail.length); length > 0; length -= 1) {
      if (tail.endsWith(value.slice(0, length))) return true;
    }
    return false;
  });
}
