import type { ContextBlock, ContextManifest, ContextSource } from '../../domain/index.js';
import { characterStart, wholeCharacters } from './block-writer.js';
import { countBelow } from './count-below.js';
import { CellError } from '../cell-error.js';

/** Gives the bytes of one block. */
export type ReadBlock = (block: ContextBlock) => Buffer;

/** One line that was found. */
export interface FoundLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** What a search found. */
export interface Found {
  /** Lines that match, in all. */
  readonly total: number;
  /** The first of them. */
  readonly lines: readonly FoundLine[];
}

/** Most bytes that one call gives. */
export const SLICE_LIMIT = 256 * 1024;
const BLOCKS_KEPT = 2;
const LINE_LIMIT = 2000;
const TITLE_BYTES = 400;
const LINE_END = 10;
/** A pattern of these characters is searched as bytes. */
const LITERAL = /^[\p{L}\p{N} _\-:/,;@#%&"'<>=!~]+$/u;

/** Reads a stored input by bytes and by lines. Holds two blocks at most. */
export class ContextReader {
  readonly manifest: ContextManifest;
  private readonly readBlock: ReadBlock;
  private readonly kept = new Map<string, Buffer>();
  private readonly lineEnds = new Map<string, Uint32Array>();

  constructor(manifest: ContextManifest, readBlock: ReadBlock) {
    this.manifest = manifest;
    this.readBlock = readBlock;
  }

  /** Bytes `start` to before `end`; negative places count from the end. Cut at whole characters. Throws CellError above {@link SLICE_LIMIT}. */
  slice(start: number, end = this.manifest.bytes): string {
    const { bytes } = this.manifest;
    const from = place(start, bytes);
    const to = place(end, bytes);
    if (to <= from) return '';
    if (to - from > SLICE_LIMIT)
      throw new CellError(
        `a slice gives at most ${SLICE_LIMIT} bytes, and this asks for ${to - from}: use grep(), or chunks() with llm_query()`,
      );
    return this.text(from, to);
  }

  /** Bytes `from` to before `to`, however many; cut at whole characters. */
  text(from: number, to: number): string {
    const { bytes } = this.manifest;
    const parts: Buffer[] = [];
    for (const block of this.blocksFrom(from)) {
      if (block.start >= to) break;
      // copied: the memory of a block is used again
      parts.push(
        Buffer.from(
          this.bytesOf(block).subarray(Math.max(0, from - block.start), to - block.start),
        ),
      );
    }
    const all = Buffer.concat(parts);
    // a character that was cut belongs to whoever asks for its first byte
    const first = from === 0 ? 0 : nextCharacter(all);
    const last = to === bytes ? all.length : wholeCharacters(all);
    return all.toString('utf8', first, last);
  }

  /** Lines `from` to `to`, from 1, both included; long ones are whole. Throws CellError above {@link SLICE_LIMIT}. */
  lines(from: number, to: number): string[] {
    const first = Math.max(1, Math.floor(from));
    const last = Math.min(this.manifest.lines, Math.floor(to));
    if (last < first) return [];
    const text = this.slice(this.startOfLine(first), this.startOfLine(last + 1));
    return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  }

  /** Byte at which a line begins; the end of the input for a line behind the last. */
  startOfLine(line: number): number {
    if (line <= 1) return 0;
    const block = this.blockOfLine(line);
    if (block === undefined) return this.manifest.bytes;
    const before = line - block.firstLine;
    if (before === 0) return block.start;
    const end = this.lineEndsOf(block)[before - 1];
    return end === undefined ? this.manifest.bytes : block.start + end + 1;
  }

  /** Number of the line that a byte belongs to. */
  lineOf(at: number): number {
    const [block] = this.blocksFrom(at);
    if (block === undefined) return this.manifest.lines;
    return block.firstLine + countBelow(this.lineEndsOf(block), at - block.start);
  }

  /** Byte at which the next line begins. */
  lineEndFrom(at: number): number {
    for (const block of this.blocksFrom(at)) {
      const end = this.bytesOf(block).indexOf(LINE_END, Math.max(0, at - block.start));
      if (end >= 0) return block.start + end + 1;
    }
    return this.manifest.bytes;
  }

  /** What the line that begins at a byte begins with, cut to 400 bytes. */
  beginningOf(at: number): string {
    return this.slice(at, Math.min(this.lineEndFrom(at), at + TITLE_BYTES)).replace(/\n$/, '');
  }

  /** The last byte at or before `at` where a character begins. */
  characterAt(at: number): number {
    const [block] = this.blocksFrom(at);
    if (block === undefined) return this.manifest.bytes;
    return block.start + characterStart(this.bytesOf(block), at - block.start);
  }

  /** The file that a byte belongs to. */
  sourceOf(at: number): ContextSource | undefined {
    return this.manifest.sources.findLast(({ start }) => start <= at);
  }

  /** Lines that match, all counted and the first `limit` given, cut to 2,000 characters. Throws SyntaxError for a bad pattern. */
  search(pattern: string, options: { readonly limit: number; readonly flags?: string }): Found {
    const lines: FoundLine[] = [];
    let total = 0;
    for (const found of this.matches(pattern, options.flags ?? '')) {
      total += 1;
      if (lines.length < options.limit) lines.push(found());
    }
    return { total, lines };
  }

  /** Where a text lies, byte for byte, from byte `from` on; undefined = nowhere. It may reach over blocks. */
  find(text: string, from = 0): number | undefined {
    const wanted = Buffer.from(text, 'utf8');
    if (wanted.length === 0) return undefined;
    let before: Buffer = Buffer.alloc(0);
    for (const block of this.blocksFrom(from)) {
      const bytes = this.bytesOf(block);
      const seam = Buffer.concat([before, bytes.subarray(0, wanted.length - 1)]);
      const over = seam.indexOf(wanted);
      if (over >= 0 && block.start - before.length + over >= from)
        return block.start - before.length + over;
      const inside = bytes.indexOf(wanted, Math.max(0, from - block.start));
      if (inside >= 0) return block.start + inside;
      before = Buffer.from(bytes.subarray(Math.max(0, bytes.length - wanted.length + 1)));
    }
    return undefined;
  }

  /** Every line in turn, with its number and where it begins; whoever wants no more stops. */
  *eachLine(): Generator<{ readonly text: string; readonly line: number; readonly start: number }> {
    for (const block of this.manifest.blocks) {
      const bytes = this.bytesOf(block);
      let { firstLine: line } = block;
      let at = 0;
      while (at < bytes.length) {
        const end = bytes.indexOf(LINE_END, at);
        const stop = end < 0 ? bytes.length : end;
        yield { text: bytes.toString('utf8', at, stop), line, start: block.start + at };
        line += 1;
        at = stop + 1;
      }
    }
  }

  /** Matching lines; each is only made when it is asked for. */
  private *matches(pattern: string, flags: string): Generator<() => FoundLine> {
    const isLiteral = flags === '' && LITERAL.test(pattern);
    const expression = isLiteral ? undefined : new RegExp(pattern, lineFlags(flags));
    for (const block of this.manifest.blocks) {
      const bytes = this.bytesOf(block);
      yield* expression === undefined
        ? literalMatches(bytes, { block, wanted: Buffer.from(pattern, 'utf8') })
        : patternMatches(bytes.toString('utf8'), { block, expression });
    }
  }

  private *blocksFrom(at: number): Generator<ContextBlock> {
    for (const block of this.manifest.blocks) if (block.start + block.ref.bytes > at) yield block;
  }

  private blockOfLine(line: number): ContextBlock | undefined {
    // a line over several blocks begins in the first of them
    return this.manifest.blocks.find(
      ({ firstLine, lineEnds }) =>
        firstLine === line || (firstLine < line && line <= firstLine + lineEnds),
    );
  }

  private bytesOf(block: ContextBlock): Buffer {
    const key = block.ref.digest;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const bytes = this.readBlock(block);
    this.kept.set(key, bytes);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= BLOCKS_KEPT) break;
      this.kept.delete(oldest);
      this.lineEnds.delete(oldest);
    }
    return bytes;
  }

  /** Where lines end in a block, found once while it is kept: pieces ask for thousands of lines of one block. */
  private lineEndsOf(block: ContextBlock): Uint32Array {
    const bytes = this.bytesOf(block);
    const known = this.lineEnds.get(block.ref.digest);
    if (known !== undefined) return known;
    const ends = new Uint32Array(block.lineEnds);
    let at = -1;
    for (let index = 0; index < ends.length; index += 1) {
      at = bytes.indexOf(LINE_END, at + 1);
      ends[index] = at;
    }
    this.lineEnds.set(block.ref.digest, ends);
    return ends;
  }
}

function place(at: number, length: number): number {
  if (!Number.isFinite(at)) return at > 0 ? length : 0;
  const whole = Math.trunc(at);
  return whole < 0 ? Math.max(0, length + whole) : Math.min(whole, length);
}

function nextCharacter(bytes: Buffer): number {
  let at = 0;
  while (at < Math.min(4, bytes.length) && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}

/** Flags that people give, with those that make a pattern one of lines. */
function lineFlags(flags: string): string {
  return [...new Set(`${flags.replaceAll(/[gy]/g, '')}gm`)].join('');
}

function countTo(bytes: Buffer, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_END); at >= 0 && at < end; at = bytes.indexOf(LINE_END, at + 1))
    count += 1;
  return count;
}

function* literalMatches(
  bytes: Buffer,
  { block, wanted }: { readonly block: ContextBlock; readonly wanted: Buffer },
): Generator<() => FoundLine> {
  let line = block.firstLine;
  let counted = 0;
  let at = bytes.indexOf(wanted);
  while (at >= 0) {
    const start = bytes.lastIndexOf(LINE_END, at) + 1;
    const end = bytes.indexOf(LINE_END, at);
    const stop = end < 0 ? bytes.length : end;
    line += countTo(bytes.subarray(counted, start), start - counted);
    counted = start;
    const number = line;
    yield () => ({ line: number, text: bytes.toString('utf8', start, stop).slice(0, LINE_LIMIT) });
    at = bytes.indexOf(wanted, stop);
  }
}

function* patternMatches(
  text: string,
  { block, expression }: { readonly block: ContextBlock; readonly expression: RegExp },
): Generator<() => FoundLine> {
  let line = block.firstLine;
  let counted = 0;
  expression.lastIndex = 0;
  for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
    const start = text.lastIndexOf('\n', match.index - 1) + 1;
    const end = text.indexOf('\n', match.index);
    const stop = end < 0 ? text.length : end;
    for (
      let at = text.indexOf('\n', counted);
      at >= 0 && at < start;
      at = text.indexOf('\n', at + 1)
    )
      line += 1;
    counted = start;
    const number = line;
    yield () => ({ line: number, text: text.slice(start, stop).slice(0, LINE_LIMIT) });
    expression.lastIndex = stop + 1;
    if (expression.lastIndex > text.length) return;
  }
}
