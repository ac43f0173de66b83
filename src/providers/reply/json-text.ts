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

function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false;
  const scan = createJsonScan();
  for (let at = 0; at < text.length; at += 1) {
    scan.feed(text.charCodeAt(at));
    if (scan.depth > MAX_DEPTH) return true;
  }
  return false;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPENING = new Set([91, 123]);
const CLOSING = new Set([93, 125]);

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
      else if (OPENING.has(code)) {
        depth += 1;
        hasBegun = true;
      } else if (CLOSING.has(code)) depth -= 1;
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
  const scan = createJsonScan();
  for (let at = from; at < text.length; at += 1) {
    scan.feed(text.charCodeAt(at));
    if (scan.isWhole) return at + 1;
  }
  return undefined;
}

/** Raw control characters inside strings, which models write and JSON forbids, as escapes. */
export function escapeControls(text: string): string {
  const scan = createJsonScan();
  const parts: string[] = [];
  let done = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (scan.isInString && code < 32) {
      parts.push(text.slice(done, at), JSON.stringify(text.charAt(at)).slice(1, -1));
      done = at + 1;
    }
    scan.feed(code);
  }
  return [...parts, text.slice(done)].join('');
}
