import { splitLines, type TextLine } from '../files/text-lines.js';
import { createLineSearch, type FoundLines, type LineSearch } from './chunk-search.js';
import type { Chunk, ChunkLine } from './patch-operation.js';

/** The text with all chunks applied, or the first that has no place. */
export type AppliedChunks =
  | { readonly kind: 'applied'; readonly text: string; readonly differences: readonly string[] }
  | {
      readonly kind: 'failed';
      readonly chunk: Chunk;
      readonly place: number;
      readonly missing: string;
      readonly isTooLong: boolean;
    };

/** Where a chunk goes: its lines stand from `at` on, `length` of them. */
interface Placed {
  readonly at: number;
  readonly lines: readonly ChunkLine[];
}

/**
 * Applies chunks in order, each behind the one before it. Kept lines stay as the file has them, byte by byte; new ones get the
 * line end of their neighbours; a missing last line break stays missing. Pure.
 */
export function applyChunks(text: string, chunks: readonly Chunk[]): AppliedChunks {
  const lines = splitLines(text);
  const search = createLineSearch(lines);
  const placed: Placed[] = [];
  const differences = new Set<string>();
  let from = 0;
  const blanks = lines.length - 1 - lines.findLastIndex((line) => line.text.trim() !== '');
  for (const [place, chunk] of chunks.entries()) {
    const found = placeChunk(search, chunk, { from, end: lines.length, blanks });
    if ('missing' in found)
      return { kind: 'failed', chunk, place, isTooLong: search.isExhausted(), ...found };
    for (const difference of found.differences) differences.add(difference);
    placed.push({ at: found.at, lines: found.lines });
    from = found.at + found.lines.filter(({ kind }) => kind !== '+').length;
  }
  return { kind: 'applied', text: rebuild(text, lines, placed), differences: [...differences] };
}

interface Range {
  readonly from: number;
  readonly end: number;
  /** Blank lines in front of the end. */
  readonly blanks: number;
}

interface FoundChunk extends Placed {
  readonly differences: readonly string[];
}

function placeChunk(
  search: LineSearch,
  chunk: Chunk,
  { from, end, blanks }: Range,
): FoundChunk | { readonly missing: string } {
  let start = from;
  const differences: string[] = [];
  const note = ({ difference }: FoundLines): void => {
    if (difference !== '') differences.push(difference);
  };
  for (const context of chunk.contexts) {
    const found = search.find([context], start);
    if (found === undefined) return { missing: context };
    note(found);
    start = found.at + 1;
  }
  // The context may itself be the first line of the chunk: models repeat it.
  const again = chunk.contexts.length > 0 ? Math.max(from, start - 1) : start;
  let missing = '';
  for (const lines of [chunk.lines, ...withoutLastBlanks(chunk, blanks)]) {
    const wanted = lines.filter(({ kind }) => kind !== '+').map(({ text }) => text);
    if (wanted.length === 0)
      return { at: chunk.contexts.length === 0 ? end : start, lines, differences };
    const found =
      search.find(wanted, start, chunk.isAtEnd) ?? search.find(wanted, again, chunk.isAtEnd);
    if (found !== undefined) {
      note(found);
      return { at: found.at, lines, differences };
    }
    missing = wanted.join('\n');
  }
  return { missing };
}

/** Blank lines behind the last line of a file are none there; those that it has stay with a chunk at its end. */
function withoutLastBlanks({ lines, isAtEnd }: Chunk, blanks: number): (readonly ChunkLine[])[] {
  const last = lines.findLastIndex(({ kind, text }) => kind !== ' ' || text.trim() !== '');
  const end = Math.max(1, last + 1);
  const count = lines.length - end;
  if (count === 0) return [];
  return [lines.slice(0, end + (isAtEnd && blanks < count ? blanks : 0))];
}

interface OutputLine {
  readonly text: string;
  readonly end: string;
}

function rebuild(text: string, lines: readonly TextLine[], placed: readonly Placed[]): string {
  const output: OutputLine[] = [];
  let next = 0;
  const keep = (until: number): void => {
    for (const { text: line, end, next: behind } of lines.slice(next, until))
      output.push({ text: line, end: text.slice(end, behind) });
    next = Math.max(next, until);
  };
  const add = (line: string): void => {
    const beside = output.at(-1)?.end ?? '';
    output.push({ text: line, end: beside === '' ? endOf(text, lines[next]) : beside });
  };
  for (const chunk of placed) {
    keep(chunk.at);
    for (const line of chunk.lines) {
      if (line.kind === '+') add(line.text);
      else if (line.kind === ' ') keep(next + 1);
      else next += 1;
    }
  }
  keep(lines.length);
  return joinLines(output, text);
}

/** Every line with its end but the last, which has one when the file's last line had one. */
function joinLines(output: readonly OutputLine[], text: string): string {
  const isWindows = text.includes('\r\n') && !/(?:^|[^\r])\n/.test(text);
  const usual = isWindows ? '\r\n' : '\n';
  const hasLastBreak = text === '' || text.endsWith('\n');
  return output
    .map((line, at) => {
      if (at === output.length - 1 && !hasLastBreak) return line.text;
      return line.text + (line.end === '' ? usual : line.end);
    })
    .join('');
}

/** The line end of a line; empty for one that has none. */
function endOf(text: string, line: TextLine | undefined): string {
  return line === undefined ? '' : text.slice(line.end, line.next);
}
