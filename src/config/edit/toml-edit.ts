import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';
import { parseTOML, type AST } from 'toml-eslint-parser';
import { InvalidInputError } from '../../domain/light/index.js';
import { formatKeyPath } from './key-path.js';
import { tomlValue } from './toml-value.js';

/** One place of a text and what stands there afterwards. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A line `key = value` with the whole path of its key. */
interface Entry {
  readonly node: AST.TOMLKeyValue;
  readonly path: readonly string[];
  /** The table in which it stands: how many parts of the path its header says. */
  readonly depth: number;
}

/** A header `[a.b]` with the lines below it. */
interface Table {
  readonly node: AST.TOMLTable;
  readonly path: readonly string[];
}

/** What is asked for. */
interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * The text of a TOML file with one key set: its value replaced where it stands, else a line added to its table, else the table added.
 * Every other byte stays. Throws {@link InvalidInputError} `ERR_CONFIG_EDIT` for what cannot be done so, and where the result would
 * not say exactly what was asked for.
 */
export function setInToml(text: string, setting: Setting): string {
  const { tables, entries } = linesOf(text);
  const splice = splices(text, setting, { tables, entries });
  const result = text.slice(0, splice.start) + splice.text + text.slice(splice.end);
  const wanted = withValue(parse(text), setting);
  if (wanted === undefined || !says(result, wanted))
    throw cannot(setting.path, 'its place in the file is not a plain one');
  return result;
}

function says(text: string, wanted: unknown): boolean {
  try {
    return isDeepStrictEqual(plain(parse(text)), plain(wanted));
  } catch {
    return false;
  }
}

/** Tables of the parser have no prototype, ours have one. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function linesOf(text: string): { tables: Table[]; entries: Entry[]; arrays: string[][] } {
  const [top] = parseTOML(text, { tomlVersion: '1.0' }).body;
  const found = { tables: [] as Table[], entries: [] as Entry[], arrays: [] as string[][] };
  for (const node of top.body) {
    if (node.type === 'TOMLKeyValue') {
      found.entries.push({ node, path: namesOf(node.key), depth: 0 });
      continue;
    }
    const path = node.resolvedKey;
    // Lines of [[tables]] have a number in their path: no key leads to them.
    if (!path.every((part) => typeof part === 'string')) continue;
    found.tables.push({ node, path });
    for (const child of node.body)
      found.entries.push({
        node: child,
        path: [...path, ...namesOf(child.key)],
        depth: path.length,
      });
  }
  return found;
}

function namesOf(key: AST.TOMLKey): string[] {
  return key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
}

function splices(
  text: string,
  setting: Setting,
  { tables, entries }: { readonly tables: readonly Table[]; readonly entries: readonly Entry[] },
): Splice {
  const { path, value } = setting;
  const holder = entries.find((entry) => startsWith(path, entry.path));
  if (holder !== undefined) return inValue(holder, setting);
  const parent = path.slice(0, -1);
  const dotted = deepest(entries.map((entry) => ({ entry, depth: sharedTables(entry, parent) })));
  const table = tables
    .filter((candidate) => startsWith(parent, candidate.path))
    .toSorted((left, right) => right.path.length - left.path.length)[0];
  const depth = table?.path.length ?? 0;
  if (dotted !== undefined && dotted.depth > depth)
    return lineBehind(text, dotted.entry.node, assignment(path.slice(dotted.entry.depth), value));
  if (table !== undefined && depth === parent.length)
    return lineBehind(
      text,
      table.node.body.at(-1) ?? headerOf(table.node),
      assignment(path.slice(depth), value),
    );
  return parent.length === 0
    ? topLine(text, assignment(path, value), entries)
    : newTable(text, setting);
}

/** The last of those that share most. */
function deepest(found: readonly { entry: Entry; depth: number }[]) {
  return found
    .filter(({ entry, depth }) => depth > entry.depth)
    .reduce<{ entry: Entry; depth: number } | undefined>(
      (best, one) => (best === undefined || one.depth >= best.depth ? one : best),
      undefined,
    );
}

/** How many tables an entry with dots in its key has in common with a path. */
function sharedTables({ path }: Entry, parent: readonly string[]): number {
  const tables = path.slice(0, -1);
  const differs = tables.findIndex((part, index) => part !== parent[index]);
  return differs < 0 ? tables.length : differs;
}

function startsWith(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.length <= path.length && beginning.every((part, index) => part === path[index]);
}

/** The key's own value, or a place in the inline table that holds the key. */
function inValue(
  { node, path: own }: { node: AST.TOMLKeyValue; path: readonly string[] },
  setting: Setting,
): Splice {
  const { path, value } = setting;
  const [start, end] = node.value.range;
  if (own.length === path.length) return { start, end, text: tomlValue(value) };
  if (node.value.type !== 'TOMLInlineTable')
    throw cannot(path, `${formatKeyPath(own)} is no table`);
  const inner = node.value.body.map((child) => ({
    node: child,
    path: [...own, ...namesOf(child.key)],
  }));
  const holder = inner.find((child) => startsWith(path, child.path));
  if (holder !== undefined) return inValue(holder, setting);
  const line = assignment(path.slice(own.length), value);
  const last = inner.at(-1)?.node.range[1];
  return last === undefined
    ? { start, end, text: `{ ${line} }` }
    : { start: last, end: last, text: `, ${line}` };
}

function assignment(key: readonly string[], value: unknown): string {
  return `${formatKeyPath(key)} = ${tomlValue(value)}`;
}

function headerOf(table: AST.TOMLTable): { readonly range: AST.Range } {
  return { range: [table.range[0], table.key.range[1]] };
}

/** A line of its own behind another, set in as that one is. */
function lineBehind(text: string, node: { readonly range: AST.Range }, line: string): Splice {
  const [from, to] = node.range;
  const before = text.slice(text.lastIndexOf('\n', from - 1) + 1, from);
  const indent = /^[ \t]*$/.test(before) ? before : '';
  const end = text.indexOf('\n', to);
  const ending = lineEnd(text);
  if (end < 0)
    return { start: text.length, end: text.length, text: `${ending}${indent}${line}${ending}` };
  return { start: end + 1, end: end + 1, text: `${indent}${line}${ending}` };
}

/** Before the first table: behind the other keys, else as the first line (behind the name of a schema, which has to be the first). */
function topLine(text: string, line: string, entries: readonly Entry[]): Splice {
  const last = entries.findLast(({ depth }) => depth === 0);
  if (last !== undefined) return lineBehind(text, last.node, line);
  const start = /^\uFEFF?(?:#:schema[^\n]*\n)?/.exec(text)?.[0].length ?? 0;
  return { start, end: start, text: `${line}${lineEnd(text)}` };
}

function newTable(text: string, { path, value }: Setting): Splice {
  const ending = lineEnd(text);
  const gap = text === '' ? '' : text.endsWith('\n') ? ending : `${ending}${ending}`;
  const header = `[${formatKeyPath(path.slice(0, -1))}]`;
  const added = `${gap}${header}${ending}${assignment(path.slice(-1), value)}${ending}`;
  return { start: text.length, end: text.length, text: added };
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** A copy of a document with the value in it; undefined where something else than a table is in the way. */
function withValue(document: unknown, { path, value }: Setting): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (
    document !== undefined &&
    (typeof document !== 'object' || document === null || Array.isArray(document))
  )
    return undefined;
  const own = document === undefined ? undefined : Object.getOwnPropertyDescriptor(document, first);
  const child = withValue(own?.value, { path: rest, value });
  return child === undefined ? undefined : { ...document, [first]: child };
}

function cannot(path: readonly string[], reason: string): InvalidInputError {
  return new InvalidInputError('ERR_CONFIG_EDIT', {
    message: `${formatKeyPath(path)} cannot be set by this command: ${reason}`,
    where: { field: formatKeyPath(path) },
    hint: 'change it in an editor, then: codetether config validate',
  });
}
