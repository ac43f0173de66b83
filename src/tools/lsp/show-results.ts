import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelText, visibleLine } from '../../domain/index.js';

import { readDocument } from './server/read-document.js';
import { linesOf } from './text-position.js';
import type { CallItem, Location, SymbolNode } from './server/protocol-shapes.js';

const MAX_SHOWN = 100;
const MAX_LINE = 300;
const MAX_CHARACTERS = 40 * 1024;

/** Names of the protocol's kinds of symbols, from 1. */
const KINDS =
  'file module namespace package class method property field constructor enum interface function variable constant string number boolean array object key null enum-member struct event operator type-parameter'.split(
    ' ',
  );

/** Reads lines of files that results name, each file once. */
export interface LineReader {
  /** The text of a line (from 0), shortened; empty when it cannot be read. */
  line(uri: string, line: number): Promise<string>;
}

/** A reader of files of the workspace; what lies outside of it (a library) is named without its text. */
export function createLineReader(root: string): LineReader {
  const known = new Map<string, readonly string[]>();
  return {
    async line(uri, line) {
      const path = pathOf(uri);
      if (path === undefined) return '';
      let lines = known.get(path);
      if (lines === undefined) {
        lines = linesOf((await readDocument(root, path)) ?? '');
        known.set(path, lines);
      }
      return visibleLine((lines[line] ?? '').trim()).slice(0, MAX_LINE);
    },
  };
}

/** Absolute path behind an address; undefined for one that is no file of this machine. */
export function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}

/** How a result names a file: relative to the folder where paths of the model begin. */
export function nameOf(uri: string, workdir: string): string {
  const path = pathOf(uri);
  return visibleLine(path === undefined ? uri : relative(workdir, path) || '.').slice(0, 500);
}

/** What results are shown with. */
export interface ShowOptions {
  /** Absolute folder where paths of the model begin. */
  readonly workdir: string;
  readonly reader: LineReader;
}

/** Places as `path:line:column: text`, at most a hundred, each once. */
export async function showLocations(
  locations: readonly Location[],
  { workdir, reader }: ShowOptions,
): Promise<string> {
  const once = new Map(locations.map((place) => [JSON.stringify(place), place]));
  const lines: string[] = [];
  for (const { uri, range } of [...once.values()].slice(0, MAX_SHOWN)) {
    const { line, character } = range.start;
    const text = await reader.line(uri, line);
    lines.push(`${nameOf(uri, workdir)}:${line + 1}:${character + 1}: ${text}`.trimEnd());
  }
  return bounded(lines, once.size);
}

/** Functions of a hierarchy of calls, as places with their names. */
export async function showCalls(
  items: readonly CallItem[],
  { workdir, reader }: ShowOptions,
): Promise<string> {
  const lines: string[] = [];
  for (const { name, uri, selectionRange } of items.slice(0, MAX_SHOWN)) {
    const { line, character } = selectionRange.start;
    const text = await reader.line(uri, line);
    lines.push(
      `${visibleLine(name).slice(0, 200)} ${nameOf(uri, workdir)}:${line + 1}:${character + 1}: ${text}`.trimEnd(),
    );
  }
  return bounded(lines, items.length);
}

/** Symbols of one file as an indented list. */
export function showOutline(symbols: readonly SymbolNode[]): string {
  const lines: string[] = [];
  const add = (nodes: readonly SymbolNode[], depth: number): void => {
    for (const node of nodes) {
      lines.push(`${'  '.repeat(depth)}${node.line + 1}: ${kindOf(node)} ${shortName(node)}`);
      add(node.children, depth + 1);
    }
  };
  add(symbols, 0);
  return bounded(lines.slice(0, MAX_OUTLINE), lines.length);
}

const MAX_OUTLINE = 400;

/** Symbols of a project as places. */
export function showSymbols(symbols: readonly SymbolNode[], workdir: string): string {
  const lines = symbols.slice(0, MAX_SHOWN).map((node) => {
    const place = node.uri === undefined ? '' : `${nameOf(node.uri, workdir)}:${node.line + 1}: `;
    const inside = node.container === '' ? '' : ` in ${visibleLine(node.container).slice(0, 100)}`;
    return `${place}${kindOf(node)} ${shortName(node)}${inside}`;
  });
  return bounded(lines, symbols.length);
}

function kindOf({ kind }: SymbolNode): string {
  return KINDS[kind - 1] ?? 'symbol';
}

function shortName({ name, detail }: SymbolNode): string {
  return visibleLine(detail === '' ? name : `${name} ${detail}`).slice(0, 200);
}

/** Lines within the limits of a result, with a word about those that are left out. */
export function bounded(lines: readonly string[], total: number): string {
  const shown = lines.slice(0, MAX_OUTLINE);
  const more = total > shown.length ? `\n(the first ${shown.length} of ${total})` : '';
  return modelText(shown.join('\n'), MAX_CHARACTERS) + more;
}
