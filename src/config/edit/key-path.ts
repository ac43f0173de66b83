import { InvalidInputError } from '../../domain/light/index.js';

/** No key is deeper: `mcp.servers.NAME.env` has four parts. */
const MOST_PARTS = 8;
const LONGEST = 500;
/** One part, bare or in quotes, from the place where the last one ended. */
const PART = /([A-Za-z0-9_-]+)|"((?:[^"\\]|\\["\\])*)"/y;
/** They are no keys of a table but parts of every object. */
const NOT_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The parts of a key as it is written in a file, for example `providers.local.base_url` or `format."ts,tsx"`. Throws
 * {@link InvalidInputError} `ERR_CONFIG_KEY`.
 */
export function parseKeyPath(text: string): string[] {
  const parts: string[] = [];
  let at = 0;
  while (text.length <= LONGEST && parts.length < MOST_PARTS) {
    PART.lastIndex = at;
    const found = PART.exec(text);
    if (found === null) break;
    parts.push(found[1] ?? (found[2] ?? '').replaceAll(/\\(["\\])/g, '$1'));
    at = PART.lastIndex;
    if (at === text.length && !parts.some((part) => NOT_KEYS.has(part))) return parts;
    if (text[at] !== '.') break;
    at += 1;
  }
  throw new InvalidInputError('ERR_CONFIG_KEY', {
    message: `"${text.slice(0, 100)}" is no key of a configuration`,
    hint: 'write the names of tables and key with dots between them, for example api.port or providers.local.base_url; a name with other characters in quotes: format."ts,tsx"',
  });
}

/** The same as {@link parseKeyPath} takes it. */
export function formatKeyPath(path: readonly PropertyKey[]): string {
  return path.map((part) => formatKey(String(part))).join('.');
}

/** One part of a key: bare where TOML allows it. */
export function formatKey(part: string): string {
  return /^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part);
}
