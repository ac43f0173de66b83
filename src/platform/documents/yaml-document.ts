import {
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
  type ParsedNode,
  type YAMLMap,
} from 'yaml';
import { InvalidInputError } from '../../domain/index.js';
import type { JsonDocument } from './json-document.js';

/**
 * Parses one YAML document (core schema, no aliases beyond the library's limit). Throws {@link InvalidInputError}
 * `ERR_YAML_INVALID` with the line of the first problem.
 */
export function parseYamlDocument(text: string, file: string): JsonDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const message =
      error.code === 'MULTIPLE_DOCS'
        ? 'several documents, split by ---, in one file'
        : error.message;
    throw invalid(file, message, lines.linePos(error.pos[0]).line);
  }
  return {
    value: valueOf(document, file),
    lineOf: (path) => {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : lines.linePos(offset).line;
    },
    faults: [],
  };
}

/**
 * Sets one scalar of a YAML text and nothing else: comments, order and style stay byte for byte. A missing field is added
 * as the last line of its block mapping. Throws `ERR_YAML_INVALID` where the text cannot be edited like that, for example
 * a field missing from a mapping in braces.
 */
export function setYamlField(
  text: string,
  path: readonly (string | number)[],
  edit: { readonly value: string | boolean; readonly file: string },
): string {
  const document = parseDocument(text, { prettyErrors: false });
  const range = rangeOf(document.getIn([...path], true));
  if (range !== undefined && range.end > range.start)
    return `${text.slice(0, range.start)}${String(edit.value)}${text.slice(range.end)}`;
  const parent = document.getIn(path.slice(0, -1), true);
  const places = isMap<ParsedNode, ParsedNode | null>(parent) ? blockPlaces(parent) : undefined;
  if (places === undefined)
    throw invalid(edit.file, `${path.join('.')} cannot be added to a mapping in braces`, undefined);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const column = places.start - (text.lastIndexOf('\n', places.start - 1) + 1);
  const field = `${' '.repeat(column)}${String(path.at(-1))}: ${String(edit.value)}`;
  const lineEnd = text.indexOf('\n', places.last);
  return lineEnd < 0
    ? `${text}${eol}${field}`
    : `${text.slice(0, lineEnd + 1)}${field}${eol}${text.slice(lineEnd + 1)}`;
}

function rangeOf(node: unknown): { readonly start: number; readonly end: number } | undefined {
  if (!isScalar(node) || node.range === undefined || node.range === null) return undefined;
  return { start: node.range[0], end: node.range[1] };
}

/** Offsets of the first key and of the last character of a block mapping; undefined for one in braces or without keys. */
function blockPlaces(
  map: YAMLMap<ParsedNode, ParsedNode | null>,
): { readonly start: number; readonly last: number } | undefined {
  const start = map.items[0]?.key.range[0];
  const pair = map.items.at(-1);
  const end = pair?.value?.range[1] ?? pair?.key.range[1];
  if (map.flow === true || start === undefined || end === undefined) return undefined;
  return { start, last: Math.max(0, end - 1) };
}

function offsetOf(document: Document, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const parent = length === 0 ? undefined : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(parent)
      ? parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
      : undefined;
    for (const candidate of [pair?.key, node]) {
      if (isNode(candidate) && candidate.range !== undefined && candidate.range !== null)
        return candidate.range[0];
    }
  }
  return undefined;
}

/** The decoded value; a document whose aliases unfold to a flood counts as a bad one. */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalid(file, error instanceof Error ? error.message : String(error), undefined);
  }
}

function invalid(file: string, problem: string, line: number | undefined): InvalidInputError {
  return new InvalidInputError('ERR_YAML_INVALID', {
    message: `the file is not YAML that can be used: ${problem.split('\n')[0] ?? ''}`,
    where: { file, line },
    hint: 'correct the file at that line',
  });
}
