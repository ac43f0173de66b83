import { foldText } from '../files/folded-text.js';
import type { TextLine } from '../files/text-lines.js';

/** Lines compared for one patch at most; every line of a large file may look like the first of a chunk. */
const MOST_COMPARISONS = 20_000_000;

/** How a line is compared, from the strictest to the most lenient way. */
const WAYS: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => foldText(line.trim()).text,
];

/** In what the lines differed that were taken for the same; empty when in nothing. */
const WORDS = [
  '',
  'blanks at line ends differed',
  'indentation differed',
  'typographic characters differed',
];

/** Where lines stand, and in what they differ from those that were looked for. */
export interface FoundLines {
  /** Index of the first line. */
  readonly at: number;
  readonly difference: string;
}

/** Finds neighbouring lines of one file. */
export interface LineSearch {
  /** The first place from index `from` on, in the strictest way in which there is one; the end of the file first, with `isAtEnd`. */
  find(wanted: readonly string[], from: number, isAtEnd?: boolean): FoundLines | undefined;
  /** True when looking on would take too long; nothing is found any more. */
  isExhausted(): boolean;
}

/** A search in `lines`. */
export function createLineSearch(lines: readonly TextLine[]): LineSearch {
  const spelled = new Map<number, readonly string[]>();
  let left = MOST_COMPARISONS;
  const linesIn = (way: number): readonly string[] => {
    const known = spelled.get(way);
    if (known !== undefined) return known;
    const made = lines.map(({ text }) => WAYS[way]?.(text) ?? text);
    spelled.set(way, made);
    return made;
  };
  const fits = (all: readonly string[], wanted: readonly string[], at: number): boolean =>
    wanted.every((line, offset) => {
      left -= 1;
      return all[at + offset] === line;
    });
  const findFrom = (wanted: readonly string[], from: number): FoundLines | undefined => {
    for (const [way, spelling] of WAYS.entries()) {
      const all = linesIn(way);
      const looked = wanted.map(spelling);
      for (let at = from; at + wanted.length <= lines.length && left > 0; at += 1)
        if (fits(all, looked, at)) return { at, difference: WORDS[way] ?? '' };
    }
    return undefined;
  };
  return {
    isExhausted: () => left <= 0,
    find(wanted, from, isAtEnd = false) {
      const end = lines.length - wanted.length;
      const atEnd = isAtEnd && end >= from ? findFrom(wanted, end) : undefined;
      return atEnd ?? findFrom(wanted, from);
    },
  };
}
