/** Nesting beyond this is no answer of a model, and what walks it recursively would overflow the stack. */
const MAX_DEPTH = 100;

/** What {@link parseJson} gives for text that is no JSON, or nested too deep. */
export const NO_JSON = Symbol('no JSON');

/** The value of a JSON text, or {@link NO_JSON}; never throws. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) return NO_JSON;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return NO_JSON;
  }
}

/** The object that a JSON text holds, or undefined. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;

function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false;
  return walkBrackets(text, 0, (depth) => depth > MAX_DEPTH) !== undefined;
}

/**
 * Goes over a JSON text from `from` and gives the position behind the bracket at whose new depth `isEnd` is true, or
 * undefined. Written out, because it runs over every piece of every answer; strings are skipped by the engine's own search.
 */
function walkBrackets(
  text: string,
  from: number,
  isEnd: (depth: number) => boolean,
): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    if (code === OPEN_BRACKET || code === OPEN_BRACE) depth += 1;
    else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth -= 1;
    else continue;
    if (isEnd(depth)) return at + 1;
  }
  return undefined;
}

/** Position of the quotation mark that ends the string which begins at `from`, or the end of the text. */
function endOfString(text: string, from: number): number {
  let at = text.indexOf('"', from + 1);
  while (at >= 0) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
    at = text.indexOf('"', at + 1);
  }
  return text.length;
}

/** Follows a JSON text character by character, so that wholeness is known without parsing again. */
export interface JsonScan {
  feed(code: number): void;
  /** Objects and arrays that are open. */
  readonly depth: number;
  readonly isInString: boolean;
  /** An object or array began and every one that began has ended. */
  readonly isWhole: boolean;
}

/** A scan of nothing yet. */
export function createJsonScan(): JsonScan {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let hasBegun = false;
  return {
    feed(code) {
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (code === BACKSLASH) isEscaped = true;
        else if (code === QUOTE) isInString = false;
        return;
      }
      if (code === QUOTE) isInString = true;
      else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
        depth += 1;
        hasBegun = true;
      } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth -= 1;
    },
    get depth() {
      return depth;
    },
    get isInString() {
      return isInString;
    },
    get isWhole() {
      return hasBegun && depth <= 0 && !isInString;
    },
  };
}

/** Where the object or array that begins at `from` ends (exclusive); undefined when it does not. */
export function endOfValue(text: string, from: number): number | undefined {
  return walkBrackets(text, from, (depth) => depth <= 0);
}

/** Raw control characters inside strings, which models write and JSON forbids, as escapes. */
export function escapeControls(text: string): string {
  if (!ANY_CONTROL.test(text)) return text;
  const parts: string[] = [];
  let done = 0;
  for (let from = text.indexOf('"'); from >= 0; from = text.indexOf('"', done)) {
    const end = endOfString(text, from);
    const inside = text.slice(from, end);
    parts.push(text.slice(done, from), ANY_CONTROL.test(inside) ? escapeAll(inside) : inside);
    done = end;
    // The closing mark belongs to what stands outside.
    if (end < text.length) {
      parts.push('"');
      done = end + 1;
    }
  }
  return [...parts, text.slice(done)].join('');
}

const ANY_CONTROL = /\p{Cc}/u;
const EACH_CONTROL = /\p{Cc}/gu;

/** The common ones by plain search, which a text of nothing else needs. */
function escapeAll(text: string): string {
  return text
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replace(EACH_CONTROL, escapeControl);
}

function escapeControl(character: string): string {
  return JSON.stringify(character).slice(1, -1);
}
