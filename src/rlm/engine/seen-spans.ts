import type { ContextReader } from '../context/context-reader.js';
import type { AskedSpan, VerifiedSpan } from './spans.js';
import { verifySpans } from './verify-spans.js';

/** A quotation that is in the input, byte for byte. */
export type SeenSpan = NonNullable<VerifiedSpan>;

/** Lines that are kept of what one cell was given; the latest ones. */
const MOST_GIVEN = 500;
/** Spans that a cell shows, and characters of each. */
const MOST_SPANS = 5;
const QUOTE_LIMIT = 300;
/** Shorter lines say nothing. */
const SHORTEST = 3;
/** Inputs up to this size are searched for what was printed of them by the language's own means. */
const SEARCHED_BYTES = 1024 * 1024;
const LINES_LOOKED_FOR = 40;
/** Shorter lines, and numbers, may stand in the input without having been read there. */
const SHORTEST_PRINTED = 8;
const NUMBER = /^[\d\s.,:%+-]*$/;
/** The number that a line which was found is printed with. */
const NUMBERED = /^\d+:/;

interface GivenLine {
  readonly line: number;
  readonly text: string;
  /** It was searched for, not only read. */
  readonly isFound: boolean;
}

/** What a cell has seen of the input, for the case that no answer comes of it: lines that it searched for or printed, as they stand there. */
export class SeenSpans {
  private readonly reader: ContextReader;
  private given: GivenLine[] = [];

  constructor(reader: ContextReader) {
    this.reader = reader;
  }

  /** A new cell begins. */
  begin(): void {
    this.given = [];
  }

  /** Takes in what a function of the host gave to the cell. */
  note(name: string, args: readonly unknown[], value: unknown): void {
    const lines = this.linesOf(name, args, value).filter(({ text }) => isTelling(text));
    this.given = [...this.given, ...lines].slice(-MOST_GIVEN);
  }

  /** The best of it: what it printed first, then what it only searched for. */
  spans(output: string): readonly SeenSpan[] {
    const printed = this.given.filter(({ text }) => output.includes(shortened(text)));
    const found = this.given.filter((line) => line.isFound && !printed.includes(line));
    const asked: AskedSpan[] = [...printed, ...this.printedOf(output), ...found].map(
      ({ line, text }) => ({ quote: shortened(text), ...(line > 0 ? { line } : {}) }),
    );
    const spans = new Map<number, SeenSpan>();
    for (const span of asked) {
      if (spans.size >= MOST_SPANS) break;
      const [at] = verifySpans(this.reader, [span]);
      if (at !== null && at !== undefined && !spans.has(at.start)) spans.set(at.start, at);
    }
    return [...spans.values()];
  }

  private linesOf(name: string, args: readonly unknown[], value: unknown): GivenLine[] {
    switch (name) {
      case 'grep':
        return listOf(value, 'lines').map((line) => ({ ...line, isFound: true }));
      case 'entries':
        return listOf(value, 'entries').map(({ line, text }) => ({
          line,
          text: text.split('\n', 1)[0] ?? '',
          isFound: true,
        }));
      case 'lines':
        return linesFrom(value, Math.max(1, numberOf(args[0], 1)));
      case 'slice':
        return linesFrom(
          typeof value === 'string' ? value.split('\n') : [],
          this.reader.lineOf(Math.max(0, numberOf(args[0], 0))),
        );
      default:
        return [];
    }
  }

  /** Lines of a small input that were printed without being asked for here: whole ones, as nobody prints them by chance. */
  private printedOf(output: string): GivenLine[] {
    const { bytes } = this.reader.manifest;
    if (bytes > SEARCHED_BYTES) return [];
    const printed = output
      .split('\n', LINES_LOOKED_FOR)
      .map((line) => line.replace(NUMBERED, '').trim())
      .filter((text) => text.length >= SHORTEST_PRINTED && !NUMBER.test(text));
    if (printed.length === 0) return [];
    const wanted = new Set(printed);
    const lines = new Map<string, number>();
    for (const [index, line] of this.reader.text(0, bytes).split('\n').entries()) {
      const text = line.trim();
      if (wanted.has(text) && !lines.has(text)) lines.set(text, index + 1);
    }
    return printed.flatMap((text) => {
      const line = lines.get(text);
      return line === undefined ? [] : [{ line, text, isFound: false }];
    });
  }
}

function isTelling(text: string): boolean {
  return text.trim().length >= SHORTEST;
}

/** Cut between characters. */
function shortened(text: string): string {
  return text
    .trim()
    .slice(0, QUOTE_LIMIT)
    .replace(/[\uD800-\uDBFF]$/, '');
}

function linesFrom(value: unknown, first: number): GivenLine[] {
  return (Array.isArray(value) ? value : [])
    .slice(0, MOST_GIVEN)
    .map((text: unknown, index) => ({ line: first + index, text: String(text), isFound: false }));
}

function listOf(value: unknown, field: string): { line: number; text: string }[] {
  const list = (value as Readonly<Record<string, unknown>> | null)?.[field];
  return (Array.isArray(list) ? list : []).slice(0, MOST_GIVEN) as { line: number; text: string }[];
}

function numberOf(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : fallback;
}
