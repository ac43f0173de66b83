import { cutIntoChunks } from '../context/chunks.js';
import type { ContextReader } from '../context/context-reader.js';
import { logEntries, outlineOf } from '../context/outline.js';
import { openRecords, type RecordTable } from '../context/records.js';
import { CellError } from '../cell-error.js';

/** What a cell asks of the input; everything that comes out of a cell is somebody else's value. */
export type HostFunctions = Readonly<Record<string, (args: readonly unknown[]) => unknown>>;

/** Bytes that all calls of one cell may give. */
const CELL_LIMIT = 2 * 1024 * 1024;
const GREP_LIMIT = 10_000;
const LIST_LIMIT = 5000;
const ROWS_LIMIT = 5000;

/** Counts what a cell was given, so that no loop copies the whole input into it. */
export class CellAllowance {
  private left = CELL_LIMIT;

  /** A new cell begins. */
  begin(): void {
    this.left = CELL_LIMIT;
  }

  /** Throws CellError when the cell has had enough. */
  take(bytes: number): void {
    this.left -= bytes;
    if (this.left < 0)
      throw new CellError(
        `one cell is given at most ${CELL_LIMIT} bytes of the input: search with grep() and count(), or ask about chunks with llm_query()`,
      );
  }
}

/** The functions by name. `chunkBytes` = a usual piece of the input for one question. */
export function hostFunctions(
  reader: ContextReader,
  { chunkBytes }: { readonly chunkBytes: number },
): HostFunctions {
  let table: RecordTable | undefined;
  const records = (): RecordTable => (table ??= openRecords(reader));
  return {
    slice: ([start, end]) => reader.slice(asNumber(start, 0), asNumber(end, reader.manifest.bytes)),
    // becomes part of a question, or is looked at and dropped: the engine's own memory bounds it
    piece: ([start, end]) => reader.slice(asNumber(start, 0), asNumber(end, reader.manifest.bytes)),
    lines: ([from, to]) => reader.lines(asNumber(from, 1), asNumber(to, reader.manifest.lines)),
    find: ([text, from]) => reader.find(asString(text), asNumber(from, 0)) ?? -1,
    grep: ([pattern, options]) =>
      reader.search(asString(pattern), {
        limit: Math.min(GREP_LIMIT, Math.max(0, asNumber(field(options, 'limit'), 200))),
        flags: asString(field(options, 'flags') ?? ''),
      }),
    chunks: ([options]) => cutIntoChunks(reader, sizeOf(options, { reader, chunkBytes })),
    outline: ([limit]) => outlineOf(reader, Math.min(LIST_LIMIT, asNumber(limit, 200))),
    entries: ([query]) =>
      logEntries(reader, {
        level: optional(field(query, 'level')),
        from: optional(field(query, 'from')),
        to: optional(field(query, 'to')),
        limit: Math.min(LIST_LIMIT, asNumber(field(query, 'limit'), 200)),
      }),
    recordTable: () => ({ length: records().length, columns: records().columns }),
    rows: ([from, to]) => {
      const first = asNumber(from, 0);
      return records().rows(first, Math.min(asNumber(to, first + ROWS_LIMIT), first + ROWS_LIMIT));
    },
  };
}

const CHARACTERS_PER_TOKEN = 3;

function sizeOf(
  options: unknown,
  { reader, chunkBytes }: { readonly reader: ContextReader; readonly chunkBytes: number },
) {
  const { bytes } = reader.manifest;
  const from = field(options, 'from');
  const to = field(options, 'to');
  const range = {
    from: from === undefined ? undefined : asNumber(from, 0),
    to: to === undefined ? undefined : asNumber(to, bytes),
  };
  const count = asNumber(field(options, 'count'), 0);
  const tokens = asNumber(field(options, 'tokens') ?? field(options, 'size'), 0);
  const given = asNumber(field(options, 'bytes'), 0);
  const size = tokens > 0 ? tokens * CHARACTERS_PER_TOKEN : given > 0 ? given : chunkBytes;
  return {
    ...range,
    bytes: size,
    count: count > 0 ? count : undefined,
    overlap: asNumber(field(options, 'overlap'), 0),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function asNumber(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : fallback;
}

function asString(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

function optional(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : asString(value);
}
