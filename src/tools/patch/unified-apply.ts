import { applyPatch, type StructuredPatch } from 'diff';
import type { UnifiedHunk } from './unified-parse.js';

type Hunk = StructuredPatch['hunks'][number];

/** Lines of context that may differ, as a last way. */
const MOST_FUZZ = 2;
/** Characters of a line that is compared in no time; longer ones count for several. */
const USUAL_LINE = 100;
/** Lines compared for one file at most; every line of a large file may look like the first of a hunk. */
const MOST_COMPARISONS = 20_000_000;

/** The text with all hunks applied, or the first that fits nowhere. */
export type AppliedHunks =
  | {
      readonly kind: 'applied';
      readonly text: string;
      /** In what the file differed from the patch; empty when in nothing. */
      readonly difference: string;
    }
  | { readonly kind: 'failed'; readonly hunk: UnifiedHunk; readonly place: number }
  | { readonly kind: 'too-long' };

interface Way {
  readonly words: string;
  readonly fuzz: number;
  readonly areBlanksEqual: boolean;
}

const STRICT: Way = { words: '', fuzz: 0, areBlanksEqual: false };

const WAYS: readonly Way[] = [
  STRICT,
  { words: 'blanks or line ends differed', fuzz: 0, areBlanksEqual: true },
  ...Array.from({ length: MOST_FUZZ }, (_, at) => ({
    words: `up to ${at + 1} line${at === 0 ? '' : 's'} of context differed in each hunk`,
    fuzz: at + 1,
    areBlanksEqual: true,
  })),
];

/** Applies the hunks of one file, each as near to its line as it fits; all or none. Pure. */
export function applyHunks(text: string, hunks: readonly UnifiedHunk[]): AppliedHunks {
  const lineCount = text.split('\n').length;
  if (lineCount * hunks.length > MOST_COMPARISONS) return { kind: 'too-long' };
  const usable = hunks.map(({ hunk }) => fitting(hunk, { text, lineCount }));
  const budget: Budget = { left: MOST_COMPARISONS };
  for (const way of WAYS) {
    const result = applyIn(text, usable, { way, budget });
    // What was compared without a budget was taken for different.
    if (budget.left <= 0) return { kind: 'too-long' };
    if (result !== undefined) return { kind: 'applied', text: result, difference: way.words };
  }
  const place = firstUnfit(text, usable, budget);
  const hunk = budget.left <= 0 ? undefined : hunks[place];
  return hunk === undefined ? { kind: 'too-long' } : { kind: 'failed', hunk, place };
}

/** Within the file, and without a byte order mark, which is kept apart. */
function fitting(hunk: Hunk, file: { readonly text: string; readonly lineCount: number }): Hunk {
  return {
    ...hunk,
    oldStart: Math.min(hunk.oldStart, file.lineCount + 1),
    lines: hunk.lines.map((line) => line.replace(/^([ +-])\uFEFF/, '$1')),
  };
}

/** Comparisons that are left. */
interface Budget {
  left: number;
}

interface Attempt {
  readonly way: Way;
  readonly budget: Budget;
}

function applyIn(
  text: string,
  hunks: readonly Hunk[],
  { way, budget }: Attempt,
): string | undefined {
  const patch: StructuredPatch = {
    oldFileName: 'a',
    newFileName: 'a',
    oldHeader: undefined,
    newHeader: undefined,
    hunks: way.areBlanksEqual ? hunks.map((hunk) => withEnds(hunk, text)) : [...hunks],
  };
  const result = applyPatch(text, patch, {
    fuzzFactor: way.fuzz,
    ...(way.areBlanksEqual ? { autoConvertLineEndings: false } : {}),
    compareLine: (...[, found, , wanted]: CompareArguments) => {
      if (budget.left <= 0) return false;
      budget.left -= 1 + Math.floor((found?.length ?? 0) / USUAL_LINE);
      return found === wanted || (way.areBlanksEqual && found?.trimEnd() === wanted.trimEnd());
    },
  });
  return result === false ? undefined : result;
}

/** Number of the line, the line (none behind the last), the kind of the patch's line, and its text. */
type CompareArguments = [number, string | undefined, string, string];

/** Added lines end as those of the file do. */
function withEnds(hunk: Hunk, text: string): Hunk {
  const end = text.includes('\r\n') ? '\r' : '';
  return {
    ...hunk,
    lines: hunk.lines.map((line, at) =>
      line.startsWith('+') && hunk.lines[at + 1]?.startsWith('\\') !== true
        ? line.replace(/\r?$/, end)
        : line,
    ),
  };
}

/** Index of the first hunk without which those before it could be applied: found by halves. */
function firstUnfit(text: string, hunks: readonly Hunk[], budget: Budget): number {
  const way = WAYS.at(-1) ?? STRICT;
  let good = 0;
  let bad = hunks.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (applyIn(text, hunks.slice(0, middle), { way, budget }) !== undefined) good = middle;
    else bad = middle;
  }
  return bad - 1;
}

/** The lines that a hunk expects in the file. */
export function expectedLines({ hunk }: UnifiedHunk): string {
  return hunk.lines
    .filter((line) => line.startsWith(' ') || line.startsWith('-'))
    .map((line) => line.slice(1).replace(/\r$/, ''))
    .join('\n');
}
