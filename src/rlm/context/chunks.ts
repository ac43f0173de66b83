import type { ContextReader } from './context-reader.js';
import { HEADING_LINE, LOG_LINE, TURN_LINE } from './detect-type.js';
import { CellError } from '../cell-error.js';

/** A piece of the input, cut where its type allows. */
export interface Chunk {
  readonly index: number;
  /** Bytes. */
  readonly start: number;
  readonly end: number;
  readonly firstLine: number;
  readonly lastLine: number;
  /** What it begins with: a heading, a speaker, a moment, a file. */
  readonly title: string;
}

/** How to cut. */
export interface ChunkOptions {
  /** Most bytes of a piece. */
  readonly bytes: number;
  /** So many pieces of about one size, in place of a size. */
  readonly count?: number | undefined;
  /** Bytes that a piece repeats of the one before; whole lines. */
  readonly overlap?: number | undefined;
  /** Bytes of the input that are cut; absent = all. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

const MOST_CHUNKS = 100_000;
const TITLE_LIMIT = 120;
/** Part of a piece in whose end a good place to cut is looked for. */
const SEARCHED = 0.5;
/** A header of a joined file begins something in every type. */
const FILE_LINE = /^=== FILE: /;

/** Cuts an input into pieces: between entries of a log, turns, sections, functions or rows where one ends near, else between lines. */
export function cutIntoChunks(reader: ContextReader, options: ChunkOptions): Chunk[] {
  const size = Math.max(64, Math.floor(options.bytes));
  const to = Math.min(options.to ?? reader.manifest.bytes, reader.manifest.bytes);
  const begins = anchorOf(reader);
  const chunks: Chunk[] = [];
  const from = Math.max(0, options.from ?? 0);
  let start = from;
  /** Byte that a piece may reach. */
  const reach = (): number =>
    options.count === undefined
      ? start + size
      : from + Math.ceil(((to - from) * (chunks.length + 1)) / options.count);
  while (start < to) {
    if (chunks.length >= MOST_CHUNKS)
      throw new CellError(`more than ${MOST_CHUNKS} chunks: ask for larger ones`);
    const limit = reach();
    const end = limit >= to ? to : cutPlace(reader, { start, limit, begins });
    chunks.push(describe(reader, { index: chunks.length, start, end }));
    const next = end >= to ? to : overlapped(reader, end, options.overlap ?? 0);
    start = next > start ? next : end;
  }
  return chunks;
}

interface Cut {
  readonly start: number;
  readonly limit: number;
  readonly begins: (line: string, number: number) => boolean;
}

function cutPlace(reader: ContextReader, { start, limit, begins }: Cut): number {
  const windowStart = start + Math.ceil((limit - start) * SEARCHED);
  const first = reader.lineOf(windowStart) + 1;
  let best: number | undefined;
  let lastLine: number | undefined;
  for (const { at, text, line } of linesBetween(reader, first, limit)) {
    if (at <= start || at > limit) continue;
    lastLine = at;
    if (begins(text, line)) best = at;
  }
  // a line longer than a piece is cut inside
  return best ?? lastLine ?? reader.characterAt(limit);
}

function* linesBetween(
  reader: ContextReader,
  first: number,
  limit: number,
): Generator<{ readonly at: number; readonly text: string; readonly line: number }> {
  let line = first;
  let at = reader.startOfLine(first);
  while (at <= limit && at < reader.manifest.bytes) {
    const text = reader.beginningOf(at);
    yield { at, text, line };
    const next = reader.lineEndFrom(at);
    if (next <= at) return;
    at = next;
    line += 1;
  }
}

function overlapped(reader: ContextReader, end: number, overlap: number): number {
  if (overlap <= 0) return end;
  return Math.min(end, reader.startOfLine(reader.lineOf(Math.max(0, end - overlap))));
}

function anchorOf(reader: ContextReader): (line: string, number: number) => boolean {
  const { type, symbols = [] } = reader.manifest;
  const starts = new Set(symbols.map(({ line }) => line));
  switch (type) {
    case 'logs':
      return (line) => LOG_LINE.test(line) || FILE_LINE.test(line);
    case 'conversation':
      return (line) => TURN_LINE.test(line) || FILE_LINE.test(line);
    case 'documents':
      return (line) => HEADING_LINE.test(line) || FILE_LINE.test(line);
    case 'code':
      return (line, number) => starts.has(number) || FILE_LINE.test(line);
    default:
      return (line) => FILE_LINE.test(line);
  }
}

function describe(
  reader: ContextReader,
  { index, start, end }: { readonly index: number; readonly start: number; readonly end: number },
): Chunk {
  return {
    index,
    start,
    end,
    firstLine: reader.lineOf(start),
    lastLine: reader.lineOf(Math.max(start, end - 1)),
    title: reader.beginningOf(start).trim().slice(0, TITLE_LIMIT),
  };
}
