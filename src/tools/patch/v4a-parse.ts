import {
  quoted,
  type Chunk,
  type ChunkLine,
  type ParsedOperations,
  type PatchOperation,
} from './patch-operation.js';

const BEGIN = '*** Begin Patch';
const END = '*** End Patch';
const ADD = '*** Add File:';
const DELETE = '*** Delete File:';
const UPDATE = '*** Update File:';
const MOVE = '*** Move to:';
const END_OF_FILE = '*** End of File';
const NUMBERS = /^@@ ?-\d{1,9}(?:,\d{1,9})? \+\d{1,9}/;
const HEADERS = `"${ADD} PATH", "${UPDATE} PATH", "${DELETE} PATH" or "${END}"`;

/** What begins a unified diff: marks behind it are text of its hunks. */
const UNIFIED = /^(?:diff --git |--- \S|Index: |@@)/m;

/** True for a text that is meant as a patch of this form, however malformed. */
export function isV4a(text: string): boolean {
  const head = text.slice(0, UNIFIED.exec(text)?.index);
  return /^[ \t]{0,40}\*\*\* (?:Begin Patch|Add File:|Update File:|Delete File:)/m.test(head);
}

/**
 * Reads a patch of the V4A form. Taken as well: blanks round the marks, a here-document or a fence round the whole, no marks of begin and
 * end, blank lines between chunks, a first chunk without `@@`. Pure, linear.
 */
export function parseV4a(text: string): ParsedOperations {
  const reader = createReader(text);
  const operations: PatchOperation[] = [];
  for (let header = reader.header(); header !== undefined; header = reader.header())
    operations.push(readOperation(reader, header));
  const fault = reader.fault();
  if (fault !== undefined) return { kind: 'malformed', reason: fault };
  if (operations.length > 0) return { kind: 'parsed', operations };
  const reason = `The patch names no file. Behind "${BEGIN}" comes ${HEADERS}.`;
  return { kind: 'malformed', reason };
}

interface Reader {
  /** The next line, trimmed at its end; undefined behind the last. */
  peek(): string | undefined;
  take(): string;
  /** The mark in the next line; within chunks the first column tells it from a line that stays. */
  mark(): string;
  /** A here-document or a fence was begun before the patch. */
  isWrapped(): boolean;
  /** Number of the next line, from 1. */
  number(): number;
  /** The next header of a file; undefined at the end of the patch. */
  header(): string | undefined;
  /** Notes what is wrong, the first time, and ends the patch there. */
  fail(line: number, what: string): void;
  fault(): string | undefined;
}

function createReader(text: string): Reader {
  const lines = text.split(/\r?\n/);
  // What stands before is a here-document's first line, a fence, or a word of the model.
  const first = lines.findIndex((line) => line.trim() === BEGIN || isFileHeader(line.trim()));
  const isIndented = /^[ \t]/.test(lines[first] ?? '');
  const lastText = lines.findLastIndex(isPatchText);
  let at = lines[first]?.trim() === BEGIN ? first + 1 : first;
  let fault: string | undefined;
  const fail = (line: number, what: string): void => {
    fault ??= `Line ${line} of the patch: ${what}`;
    at = lines.length;
  };
  const peek = (): string | undefined => lines[at];
  const skipBlank = (): void => {
    while (at < lines.length && lines[at]?.trim() === '') at += 1;
  };
  /** An end that is none: what follows would be left out without a word. */
  const refuseRest = (end: string): void => {
    const behind = lines.findIndex(
      (line, place) => place > at && (isPatchText(line) || (end !== END && line.trim() === END)),
    );
    if (behind < 0) return;
    const why = `${quoted(end)} ends the patch here, but more of it follows in line ${behind + 1}`;
    fail(at + 1, `${why}. Legal behind "@@": lines that begin with ' ', '-' or '+'.`);
  };
  return {
    mark() {
      const line = peek() ?? '';
      const isEnd = line.trim() === END && lastText < at;
      return isEnd || isIndented ? line.trim() : line.trimEnd();
    },
    isWrapped: () => lines.slice(0, first).some((line) => /^`{3}|<</.test(line.trim())),
    peek,
    take() {
      at += 1;
      return lines[at - 1] ?? '';
    },
    number: () => at + 1,
    header() {
      skipBlank();
      const line = peek()?.trim();
      if (line === undefined) return undefined;
      if (line === END || isWrapping(line)) {
        refuseRest(line);
        return undefined;
      }
      if (!isFileHeader(line)) {
        fail(at + 1, `${quoted(line)} is no header. Legal here: ${HEADERS}.`);
        return undefined;
      }
      at += 1;
      return line;
    },
    fail,
    fault: () => fault,
  };
}

/** Ends of a fence or a here-document, where the mark of the end is missing. */
function isWrapping(line: string): boolean {
  return /^(?:`{3,10}|EOF|PATCH)$/.test(line);
}

function isFileHeader(line: string): boolean {
  return [ADD, DELETE, UPDATE].some((header) => line.startsWith(header));
}

function isMark(bare: string): boolean {
  return isFileHeader(bare) || bare === END;
}

/** True for what belongs to a patch: a header, or a line of a chunk. */
function isPatchText(line: string): boolean {
  const bare = line.trim();
  if (bare === END || isWrapping(bare)) return false;
  return bare === BEGIN || isFileHeader(bare) || /^(?:@@|[+-]|[ \t]+\S)/.test(line);
}

function readOperation(reader: Reader, header: string): PatchOperation {
  const number = reader.number() - 1;
  const pathBehind = (mark: string, line: string): string => {
    const path = line.slice(mark.length).trim();
    if (path === '') reader.fail(number, `"${mark}" needs a path.`);
    return path;
  };
  if (header.startsWith(DELETE)) return { kind: 'delete', path: pathBehind(DELETE, header) };
  if (header.startsWith(ADD))
    return { kind: 'add', path: pathBehind(ADD, header), content: readAdded(reader) };
  const path = pathBehind(UPDATE, header);
  const moved = reader.mark();
  const isMoved = moved.startsWith(MOVE);
  if (isMoved) reader.take();
  const to = isMoved ? pathBehind(MOVE, moved) : undefined;
  const chunks = readChunks(reader);
  if (chunks.length === 0 && to === undefined) {
    const legal = `Behind the header come lines that begin with ' ', '-' or '+', or "@@".`;
    reader.fail(number, `nothing is changed in ${quoted(path)}. ${legal}`);
  }
  return { kind: 'update', path, chunks, ...(to === undefined ? {} : { to }) };
}

function readAdded(reader: Reader): string {
  const lines: string[] = [];
  for (let line = reader.peek(); line !== undefined && !isMark(line.trim()); line = reader.peek()) {
    const isEnd = line.trim() === '' || (isWrapping(line.trim()) && reader.isWrapped());
    if (!line.startsWith('+')) {
      // A blank line may stand between two files, not within a new one.
      if (isEnd) break;
      const why = 'does not begin with "+", as every line of a new file does';
      reader.fail(reader.number(), `${quoted(line)} ${why}. Legal here: "+TEXT", ${HEADERS}.`);
      break;
    }
    lines.push(reader.take().slice(1));
  }
  return lines.map((line) => `${line}\n`).join('');
}

function readChunks(reader: Reader): Chunk[] {
  const chunks: Chunk[] = [];
  for (;;) {
    const chunk = readChunk(reader);
    if (chunk === undefined) return chunks;
    chunks.push(chunk);
  }
}

function readChunk(reader: Reader): Chunk | undefined {
  while (reader.peek()?.trim() === '') reader.take();
  const start = reader.number();
  const contexts = readContexts(reader);
  const lines = readLines(reader);
  const isAtEnd = reader.mark() === END_OF_FILE;
  if (isAtEnd) reader.take();
  // Blank lines in front of a mark are between chunks.
  else dropLastBlanks(lines);
  if (lines.length > 0) return { line: start, contexts, lines, isAtEnd };
  if (contexts.length > 0 || isAtEnd)
    reader.fail(start, `no lines follow "@@". Legal here: lines that begin with ' ', '-' or '+'.`);
  return undefined;
}

function readLines(reader: Reader): ChunkLine[] {
  const lines: ChunkLine[] = [];
  for (
    let line = reader.peek();
    line !== undefined && !endsChunk(line, reader.mark());
    line = reader.peek()
  ) {
    const read = readLine(line);
    if (read === undefined) {
      const why = `begins with neither ' ' (kept), '-' (removed) nor '+' (added)`;
      const legal = `such a line, "@@ CONTEXT", "${END_OF_FILE}", ${HEADERS}`;
      reader.fail(reader.number(), `${quoted(line)} ${why}. Legal here: ${legal}.`);
      break;
    }
    lines.push(read);
    reader.take();
  }
  return lines;
}

function endsChunk(line: string, mark: string): boolean {
  return mark === END_OF_FILE || isMark(mark) || line.startsWith('@@') || isWrapping(line);
}

function dropLastBlanks(lines: ChunkLine[]): void {
  while (lines.at(-1)?.kind === ' ' && lines.at(-1)?.text === '') lines.pop();
}

function readContexts(reader: Reader): string[] {
  const contexts: string[] = [];
  for (let line = reader.peek(); line?.startsWith('@@') === true; line = reader.peek()) {
    reader.take();
    // Line numbers of the other form say nothing here.
    if (!NUMBERS.test(line))
      contexts.push(
        line
          .slice(2)
          .replace(/ ?@@[ \t]{0,8}$/, '')
          .replace(/^ /, ''),
      );
  }
  return contexts.filter((context) => context.trim() !== '');
}

function readLine(line: string): ChunkLine | undefined {
  const kind = line.charAt(0);
  if (kind === ' ' || kind === '-' || kind === '+') return { kind, text: line.slice(1) };
  return line.trim() === '' ? { kind: ' ', text: line } : undefined;
}
