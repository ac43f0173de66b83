import { parse } from 'smol-toml';
import { formatKey } from './key-path.js';

/** A value as it stands behind `=`, on one line. */
export function tomlValue(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, child]) => `${formatKey(key)} = ${tomlValue(child)}`,
    );
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return String(value);
}

/** The escapes of JSON are those of TOML, which wants one for DEL too. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}

/**
 * What a person may have meant by a value on the command line, likeliest first: TOML (`4096`, `true`, `["end"]`), the text as it is, a
 * list by commas. The schema decides.
 */
export function readings(text: string): unknown[] {
  const found: unknown[] = [];
  const literal = asToml(text);
  if (literal !== undefined) found.push(literal.value);
  found.push(text);
  found.push(
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
  return found;
}

function asToml(text: string): { readonly value: unknown } | undefined {
  try {
    const document = parse(`value = ${text}`);
    // A text with line ends could bring further keys along.
    return Object.keys(document).length === 1 ? { value: document['value'] } : undefined;
  } catch {
    return undefined;
  }
}
