import { parse } from 'csv-parse/sync';
import { parseAllDocuments } from 'yaml';
import { BLOCK_BYTES } from './block-writer.js';
import type { ContextReader } from './context-reader.js';
import { CellError } from '../cell-error.js';

/** A row as it was written. */
export type Row = unknown;

/** Formats that are only readable as a whole are read up to this size. */
const WHOLE_LIMIT = 32 * 1024 * 1024;

/** The rows of an input of records. Lines are parsed when they are asked for; nothing but places is kept of them. */
export interface RecordTable {
  readonly length: number;
  /** Columns of a table with a header; empty for others. */
  readonly columns: readonly string[];
  /** Rows `from` to before `to`, from 0; fewer where they are large, but one. A row that cannot be read is `{ unreadable: TEXT }`. */
  rows(from: number, to: number): Row[];
}

/** Opens the rows. Throws CellError where the input is not of rows, or too large to be read as a whole. */
export function openRecords(reader: ContextReader): RecordTable {
  const { format, bytes } = reader.manifest;
  switch (format) {
    case 'jsonl':
      return lineRows(reader, (text) => JSON.parse(text) as Row);
    case 'csv':
    case 'tsv':
      return tableRows(reader, format === 'csv' ? ',' : '\t');
    case 'json':
    case 'yaml': {
      if (bytes > WHOLE_LIMIT)
        throw new CellError(
          `${format} is read as a whole, up to ${WHOLE_LIMIT} bytes; this input has ${bytes}: use grep() and slice(), or turn it into jsonl`,
        );
      return wholeRows(allText(reader), format);
    }
    case undefined:
      throw new CellError(
        'this input has no rows: it is not of records (json, jsonl, csv, tsv, yaml), or of more than one file',
      );
  }
}

function allText(reader: ContextReader): string {
  const lines: string[] = [];
  for (const { text } of reader.eachLine()) lines.push(text);
  return lines.join('\n');
}

/** Every so many rows the place of one is kept. */
const STRIDE = 256;

/** A row that is longer is only shown; what one call gives ends behind as many bytes. */
const LARGEST_ROW = BLOCK_BYTES;

function lineRows(reader: ContextReader, read: (text: string) => Row, skipped = 0): RecordTable {
  const marks: number[] = [];
  let length = 0;
  let last = 0;
  for (const { text, start, line } of reader.eachLine()) {
    // a line over several blocks comes in pieces
    const isRest = line === last;
    last = line;
    if (isRest || line <= skipped || text.trim() === '') continue;
    if (length % STRIDE === 0) marks.push(start);
    length += 1;
  }
  return {
    length,
    columns: [],
    rows(from, to) {
      const rows: Row[] = [];
      const first = Math.max(0, from);
      const last = Math.min(to, length);
      if (first >= last) return rows;
      let number = Math.floor(first / STRIDE) * STRIDE;
      let at = marks[number / STRIDE] ?? 0;
      let given = 0;
      while (number < last) {
        const end = reader.lineEndFrom(at);
        if (given > 0 && given + end - at > LARGEST_ROW) break;
        const text = rowText(reader, at, end);
        at = end;
        if (text.trim() === '') continue;
        if (number >= first) {
          rows.push(readRow(text, read));
          given += text.length;
        }
        number += 1;
      }
      return rows;
    },
  };
}

/** One that is longer than a row may be is cut, and cannot be read then. */
function rowText(reader: ContextReader, start: number, end: number): string {
  return reader.text(start, Math.min(end, start + LARGEST_ROW)).replace(/\r?\n$/, '');
}

function readRow(text: string, read: (text: string) => Row): Row {
  try {
    return read(text);
  } catch {
    return { unreadable: text.slice(0, 500) };
  }
}

/** Quoted fields may hold line ends: then the table is read as a whole. */
function tableRows(reader: ContextReader, delimiter: string): RecordTable {
  const options = { delimiter, bom: true, relax_column_count: true, skip_empty_lines: true };
  const [header = ''] = reader.lines(1, 1);
  const [columns = []] = parse(header, options) as string[][];
  const isPlain = reader.search('"', { limit: 0 }).total === 0;
  const asRow = (cells: readonly string[]): Row =>
    Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  if (isPlain)
    return {
      ...lineRows(reader, (text) => asRow((parse(text, options) as string[][])[0] ?? []), 1),
      columns,
    };
  if (reader.manifest.bytes > WHOLE_LIMIT)
    throw new CellError(
      `a table with quoted fields is read as a whole, up to ${WHOLE_LIMIT} bytes; this input has ${reader.manifest.bytes}: use grep() and lines()`,
    );
  const [, ...rows] = parse(allText(reader), { ...options, relax_quotes: true }) as string[][];
  return given(rows.map(asRow), columns);
}

function wholeRows(text: string, format: 'json' | 'yaml'): RecordTable {
  const value = format === 'json' ? (JSON.parse(text) as unknown) : readYaml(text);
  return given(Array.isArray(value) ? value : firstList(value), []);
}

function readYaml(text: string): unknown {
  const documents = parseAllDocuments(text, { uniqueKeys: false });
  const values = (Array.isArray(documents) ? documents : []).map(
    (document) => document.toJS({ maxAliasCount: 100 }) as unknown,
  );
  return values.length === 1 ? values[0] : values;
}

/** An object whose one list is what it is about gives that; any other is one row. */
function firstList(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  const lists = Object.values(value).filter((entry) => Array.isArray(entry));
  return lists.length === 1 ? (lists[0] ?? []) : [value];
}

function given(rows: readonly Row[], columns: readonly string[]): RecordTable {
  return { length: rows.length, columns, rows: (from, to) => rows.slice(Math.max(0, from), to) };
}
