import { redactText } from './redact-text.js';

/** Deeper values are replaced: nothing of ours is nested like that, and a walk must end. */
const MAX_DEPTH = 100;

/**
 * The same value with every text in it redacted, names of fields too. Redact values, then serialise: a mark that is put
 * into serialised text may swallow a quote and leave a line that nobody can read again. A value without secrets comes back
 * as it is.
 */
export function redactValues<Value>(value: Value): Value {
  // Sound: only texts change, and only into other texts.
  return redactAt(value, 0) as Value;
}

function redactAt(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) {
    const items = value.map((item) => redactAt(item, depth + 1));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  let isChanged = false;
  const entries = Object.entries(value).map(([name, item]: [string, unknown]) => {
    const entry = [redactText(name), redactAt(item, depth + 1)] as const;
    isChanged ||= entry[0] !== name || entry[1] !== item;
    return entry;
  });
  return isChanged ? Object.fromEntries(entries) : value;
}

/** A JSON text without secrets that is still JSON; a text that is none is redacted as it stands. */
export function redactJson(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return redactText(text);
  }
  const redacted = redactValues(value);
  return redacted === value ? text : JSON.stringify(redacted);
}
