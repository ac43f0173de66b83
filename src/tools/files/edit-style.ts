import { diffArrays } from 'diff';

/** More differences than this are a new text, not an edit of the old one. */
const MOST_CHANGES = 400;

/** A replacement made of pieces, each of which the model took over from the old text or wrote anew. */
export interface CarriedText {
  /** The old text in pieces. */
  readonly old: readonly string[];
  /** The new text in pieces. */
  readonly new: readonly string[];
  /** How the file spells the piece of the old text. */
  readonly spelling: (index: number) => string;
  /** How a piece is written that is new. Default: as it is. */
  readonly fresh?: (piece: string) => string;
}

/**
 * The new text in which every piece that stands in both texts is spelled as the file has it: a match that was not exact
 * changes only what the model changed.
 */
export function carrySpelling(carried: CarriedText): string {
  const { spelling, fresh = (piece) => piece } = carried;
  let begin = 0;
  const { old, new: wanted } = carried;
  const shorter = Math.min(old.length, wanted.length);
  while (begin < shorter && old[begin] === wanted[begin]) begin += 1;
  let end = 0;
  while (end < shorter - begin && old.at(-1 - end) === wanted.at(-1 - end)) end += 1;
  const parts = Array.from({ length: begin }, (_, at) => spelling(at));
  let from = begin;
  for (const change of changesBetween(
    old.slice(begin, old.length - end),
    wanted.slice(begin, wanted.length - end),
  )) {
    if (change.isAdded) parts.push(...change.pieces.map(fresh));
    else if (!change.isRemoved)
      parts.push(...change.pieces.map((_, offset) => spelling(from + offset)));
    if (!change.isAdded) from += change.pieces.length;
  }
  for (let at = old.length - end; at < old.length; at += 1) parts.push(spelling(at));
  return parts.join('');
}

interface Change {
  readonly pieces: readonly string[];
  readonly isAdded: boolean;
  readonly isRemoved: boolean;
}

function changesBetween(old: string[], wanted: string[]): Change[] {
  const found = diffArrays(old, wanted, { maxEditLength: MOST_CHANGES });
  if (found === undefined) {
    return [
      { pieces: old, isAdded: false, isRemoved: true },
      { pieces: wanted, isAdded: true, isRemoved: false },
    ];
  }
  return found.map(({ value, added, removed }) => ({
    pieces: value,
    isAdded: added,
    isRemoved: removed,
  }));
}

/** Words with their marks, and every other character alone; together they are the text. */
export function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*|\r\n|[\s\S]/gu) ?? [];
}
