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
  if (error !== undefined) throw invalid(file, error.message, lines.linePos(error.pos[0]).line);
  return {
    value: valueOf(document, file),
    lineOf: (path) => {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : lines.linePos(offset).line;
    },
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
  const written = String(edit.value);
  const now = document.getIn([...path], true);
  if (isScalar(now) && now.range !== undefined && now.range !== null && now.range[1] > now.range[0])
    return `${text.slice(0, now.range[0])}${written}${text.slice(now.range[1])}`;
  const parent = document.getIn(path.slice(0, -1), true);
  const first = isMap<ParsedNode, ParsedNode | null>(parent) ? parent.items[0]?.key : undefined;
  const last = isMap<ParsedNode, ParsedNode | null>(parent) ? lastOffset(parent) : undefined;
  if (!isMap(parent) || parent.flow === true || first === undefined || last === undefined) {
    throw invalid(edit.file, `${path.join('.')} cannot be added to a mapping in braces`, undefined);
  }
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const start = first.range[0];
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  const lineEnd = text.indexOf('\n', last);
  const at = lineEnd < 0 ? text.length : lineEnd + 1;
  const field = `${indent}${String(path.at(-1))}: ${written}`;
  return lineEnd < 0
    ? `${text}${eol}${field}`
    : `${text.slice(0, at)}${field}${eol}${text.slice(at)}`;
}

/** Offset of the last character of a mapping's last value, so that its line can be found. */
function lastOffset(map: YAMLMap<ParsedNode, ParsedNode | null>): number | undefined {
  const pair = map.items.at(-1);
  const end = pair?.value?.range[1] ?? pair?.key.range[1];
  return end === undefined ? undefined : Math.max(0, end - 1);
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
