import { similarity } from '../closest-name.js';
import { carrySpelling, wordsOf } from './edit-style.js';
import { foldedPlaces, foldText } from './folded-text.js';
import {
  commonIndentation,
  findAll,
  splitLines,
  toCrlf,
  toLf,
  usesCrlf,
  type TextLine,
} from './text-lines.js';

/** As large as a file that can be read again; matches whose new texts are longer together are not all made. */
export const MAX_CHARACTERS = 32 * 1024 * 1024;

/** How a text was found, from the strictest to the most lenient way. */
export type MatchKind =
  | 'exact'
  | 'line-endings'
  | 'trailing-blanks'
  | 'indentation'
  | 'punctuation'
  | 'anchors';

/** A place to replace and what to put there. */
export interface EditMatch {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** All places that the first successful way of matching found, in order, never overlapping. */
export interface EditMatches {
  readonly kind: MatchKind;
  readonly matches: readonly EditMatch[];
}

/** What is looked for and what replaces it. */
export interface EditRequest {
  readonly oldText: string;
  readonly newText: string;
}

/** Block anchors count only when the block between them is this alike (tools facts, section 1). */
const ANCHOR_SIMILARITY = 0.8;
/** With anchors the block may be this much longer or shorter than what the model remembered. */
const ANCHOR_SLACK = 0.2;
/** Files and texts beyond this are matched by their characters only: comparing lines would hold the worker up. */
const LENIENT_CHARACTERS = 2 * 1024 * 1024;
const LENIENT_LINES = 100_000;
/** Lines compared for one edit at most; a text of equal lines fits nearly everywhere and would be compared for ever. */
const MOST_COMPARISONS = 2_000_000;
/** Characters compared between anchors at most. */
const MOST_BLOCK_CHARACTERS = 8 * 1024 * 1024;

/**
 * Finds `oldText` in `text` by a ladder of ways, each used only when the stricter ones found nothing:
 * exact; other line endings; blanks at line ends; a uniform shift of indentation (the new text is shifted alike);
 * characters that read alike (typographic for plain punctuation, composed for decomposed letters); first and last line as anchors of a block that is at least 80 % alike.
 * Every way returns ranges of the original text; nothing outside them ever changes, and within them what stands in both texts
 * stays spelled as the file has it.
 */
export function findEdits(text: string, request: EditRequest): EditMatches | undefined {
  const ways: readonly (readonly [
    MatchKind,
    (text: string, request: EditRequest) => EditMatch[],
  ])[] = [
    ['exact', findExact],
    ['line-endings', findWithLineEndings],
    ['trailing-blanks', findWithTrailingBlanks],
    ['indentation', findShifted],
    ['punctuation', findFolded],
    ['anchors', findAnchored],
  ];
  const isLenient = canCompareLines(text) && canCompareLines(request.oldText);
  for (const [kind, find] of ways) {
    if (!isLenient && BY_LINES.has(kind)) continue;
    const matches = find(text, request);
    if (matches.length > 0) return { kind, matches };
  }
  return undefined;
}

const BY_LINES: ReadonlySet<MatchKind> = new Set(['trailing-blanks', 'indentation', 'anchors']);

function canCompareLines(text: string): boolean {
  if (text.length > LENIENT_CHARACTERS) return false;
  let lines = 0;
  for (let feed = text.indexOf('\n'); feed >= 0; feed = text.indexOf('\n', feed + 1)) lines += 1;
  return lines <= LENIENT_LINES;
}

/** Applies matches, which are in order and do not overlap. */
export function applyEdits(text: string, matches: readonly EditMatch[]): string {
  let result = '';
  let from = 0;
  for (const match of matches) {
    result += text.slice(from, match.start) + match.replacement;
    from = match.end;
  }
  return result + text.slice(from);
}

function findExact(text: string, request: EditRequest): EditMatch[] {
  const starts = findAll(text, request.oldText);
  if (starts.length === 0) return [];
  const replacement = usesCrlf(text) ? toCrlf(request.newText) : request.newText;
  const { length } = request.oldText;
  return starts.map((start) => ({ start, end: start + length, replacement }));
}

/** The file has `\r\n` and the model wrote `\n`, or the other way round. */
function findWithLineEndings(text: string, request: EditRequest): EditMatch[] {
  const convert = text.includes('\r\n') ? toCrlf : toLf;
  const oldText = convert(request.oldText);
  if (oldText === request.oldText) return [];
  const replacement = convert(request.newText);
  return findAll(text, oldText).map((start) => ({
    start,
    end: start + oldText.length,
    replacement,
  }));
}

function findWithTrailingBlanks(text: string, request: EditRequest): EditMatch[] {
  const wanted = splitLines(request.oldText).map((line) => line.text.trimEnd());
  const lines = splitLines(text);
  const trimmed = lines.map((line) => line.text.trimEnd());
  return findWindows(text, request, {
    lines,
    length: wanted.length,
    matches: (from, compared) => equalsAt(wanted, compared, (index) => trimmed[from + index]),
    replacement: (window) => keepLines(window, request.oldText, request.newText),
  });
}

/** Lines that stand in both texts stay as the file has them, blanks at their ends included. */
function keepLines(window: readonly TextLine[], oldText: string, newText: string): string {
  const ended = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const old = ended(toLf(oldText));
  return carrySpelling({
    old,
    new: ended(toLf(newText)),
    spelling: (index) => {
      const feed = old[index]?.endsWith('\n') === true ? '\n' : '';
      return `${window[index]?.text ?? ''}${feed}`;
    },
  });
}

function findShifted(text: string, request: EditRequest): EditMatch[] {
  const wantedLines = splitLines(request.oldText).map((line) => line.text);
  const wantedIndentation = commonIndentation(wantedLines);
  const wanted = dedent(wantedLines, wantedIndentation);
  if (wanted.every((line) => line === '')) return [];
  const lines = splitLines(text);
  const bare = lines.map((line) => line.text.trim());
  const wantedBare = wanted.map((line) => line.trim());
  const indentationAt = (from: number): string =>
    commonIndentation(lines.slice(from, from + wanted.length).map((line) => line.text));
  return findWindows(text, request, {
    lines,
    length: wanted.length,
    matches(from, compared) {
      // Without blanks first: only what is equal then is worth the indentation of all its lines.
      if (!equalsAt(wantedBare, compared, (index) => bare[from + index])) return false;
      const indentation = indentationAt(from);
      return equalsAt(wanted, compared, (index) =>
        bare[from + index] === ''
          ? ''
          : lines[from + index]?.text.slice(indentation.length).trimEnd(),
      );
    },
    replacement(window) {
      const indentation = commonIndentation(window.map((line) => line.text));
      const shifted = (wanted: string): string => shift(wanted, wantedIndentation, indentation);
      return keepLines(window, shifted(request.oldText), shifted(request.newText));
    },
  });
}

/** Comparisons that are left for one search. */
interface Comparisons {
  left: number;
}

function equalsAt(
  wanted: readonly string[],
  compared: Comparisons,
  found: (index: number) => string | undefined,
): boolean {
  for (const [index, line] of wanted.entries()) {
    compared.left -= 1;
    if (found(index) !== line) return false;
  }
  return true;
}

/** What reads alike is alike; only what differs between both texts is written as the model wrote it. */
function findFolded(text: string, request: EditRequest): EditMatch[] {
  const wanted = foldText(request.oldText);
  const folded = foldText(text);
  const hasCrlf = text.includes('\r\n');
  const old = wordsOf(request.oldText);
  const places = foldedPlaces(old, wanted);
  const next = wordsOf(request.newText);
  const isWhole = (at: number): boolean =>
    folded.isBoundary(at) && folded.isBoundary(at + wanted.text.length);
  const found: EditMatch[] = [];
  let left = MAX_CHARACTERS;
  for (const at of findAll(folded.text, wanted.text, isWhole)) {
    const origin = (place: number): number => folded.origin(at + (places[place] ?? 0));
    const replacement = carrySpelling({
      old,
      new: next,
      spelling: (index) => text.slice(origin(index), origin(index + 1)),
      fresh: (piece) => (hasCrlf ? toCrlf(piece) : toLf(piece)),
    });
    found.push({ start: origin(0), end: origin(old.length), replacement });
    left -= replacement.length;
    if (left < 0) break;
  }
  return found;
}

function findAnchored(text: string, request: EditRequest): EditMatch[] {
  const wanted = splitLines(request.oldText).map((line) => line.text.trim());
  if (wanted.length < 3 || wanted[0] === '' || wanted.at(-1) === '') return [];
  const lines = splitLines(text);
  const bare = lines.map((line) => line.text.trim());
  const budget = { left: MOST_BLOCK_CHARACTERS };
  const found: EditMatch[] = [];
  for (let from = 0; from < lines.length; from += 1) {
    if (bare[from] !== wanted[0]) continue;
    for (const length of anchoredLengths({ bare, from, wanted }, budget)) {
      const block = lines.slice(from, from + length);
      found.push(windowMatch(text, block, { request, replacement: request.newText }));
    }
    // Two blocks that are alike enough: nobody can say which one was meant.
    if (budget.left <= 0 || found.length > 1) return [];
  }
  return found;
}

interface AnchoredBlock {
  readonly bare: readonly string[];
  readonly from: number;
  readonly wanted: readonly string[];
}

/** Lengths of blocks at a line whose first and last line are those of `wanted` and that are alike enough between. */
function anchoredLengths(
  { bare, from, wanted }: AnchoredBlock,
  budget: { left: number },
): number[] {
  const slack = Math.max(1, Math.floor(wanted.length * ANCHOR_SLACK));
  const lengths: number[] = [];
  const most = Math.min(wanted.length + slack, bare.length - from);
  for (let length = Math.max(3, wanted.length - slack); length <= most; length += 1) {
    if (bare[from + length - 1] !== wanted.at(-1)) continue;
    const block = bare.slice(from, from + length);
    budget.left -= block.reduce((sum, line) => sum + line.length + 1, 0) + wanted.length;
    if (budget.left <= 0) return [];
    if (blockSimilarity(block, wanted) >= ANCHOR_SIMILARITY) lengths.push(length);
  }
  return lengths;
}

interface WindowSearch {
  readonly lines: readonly TextLine[];
  readonly length: number;
  /** Whether the window that begins at a line is one. */
  readonly matches: (from: number, compared: Comparisons) => boolean;
  readonly replacement: (window: readonly TextLine[]) => string;
}

/** Windows of whole lines; none at all when looking further would take too long. */
function findWindows(text: string, request: EditRequest, search: WindowSearch): EditMatch[] {
  const { lines, length } = search;
  if (length === 0) return [];
  const compared: Comparisons = { left: MOST_COMPARISONS };
  const found: EditMatch[] = [];
  let left = MAX_CHARACTERS;
  for (let from = 0; from + length <= lines.length && left >= 0; from += 1) {
    if (compared.left <= 0) return [];
    if (!search.matches(from, compared)) continue;
    const window = lines.slice(from, from + length);
    const match = windowMatch(text, window, { request, replacement: search.replacement(window) });
    found.push(match);
    left -= match.replacement.length;
    from += length - 1;
  }
  return found;
}

interface WindowReplacement {
  readonly request: EditRequest;
  readonly replacement: string;
}

/** The range of whole lines; the last line break belongs to it only when the old text ended with one. */
function windowMatch(
  text: string,
  window: readonly TextLine[],
  change: WindowReplacement,
): EditMatch {
  const first = window[0];
  const last = window.at(-1);
  if (first === undefined || last === undefined) return { start: 0, end: 0, replacement: '' };
  const endsWithBreak = change.request.oldText.endsWith('\n');
  const isCrlf = text.slice(first.start, last.next).includes('\r\n');
  const replacement = isCrlf ? toCrlf(change.replacement) : toLf(change.replacement);
  // The file's last line may have no break where the model wrote one on both sides.
  const hasNoBreak = endsWithBreak && last.next === last.end;
  return {
    start: first.start,
    end: endsWithBreak ? last.next : last.end,
    replacement: hasNoBreak ? replacement.replace(/\r?\n$/, '') : replacement,
  };
}

function dedent(lines: readonly string[], indentation: string): string[] {
  return lines.map((line) => (line.trim() === '' ? '' : line.slice(indentation.length).trimEnd()));
}

function shift(text: string, from: string, to: string): string {
  return text
    .split('\n')
    .map((line) =>
      line.startsWith(from) && line.trim() !== '' ? to + line.slice(from.length) : line,
    )
    .join('\n');
}

function blockSimilarity(found: readonly string[], wanted: readonly string[]): number {
  return similarity(found.slice(1, -1).join('\n'), wanted.slice(1, -1).join('\n'));
}
