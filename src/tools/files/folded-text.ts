/** A text in one spelling of its characters, with the way back to the original. */
export interface FoldedText {
  readonly text: string;
  /** Offset in the original of an offset in `text`. */
  origin(at: number): number;
  /** True when nothing that belongs together is cut there. */
  isBoundary(at: number): boolean;
}

/** Longer texts are folded character by character: a way back for each would hold the worker up. */
const MOST_CHARACTERS = 512 * 1024;

const SINGLE: readonly (readonly [RegExp, string])[] = [
  [/[\u2018-\u201b\u2032\u2039\u203a]/g, "'"],
  [/[\u201c-\u201f\u2033\u00ab\u00bb]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, '-'],
  [/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, ' '],
];

/**
 * What may be spelled in several ways: a letter with marks, syllables in parts, single characters that are composed of others,
 * a Windows line end, an ellipsis. Marks beyond thirty stand alone, so that no text makes normalisation dear.
 */
const SPELLED =
  /[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?|[\uac00-\ud7a3][\u11a8-\u11ff]|[^\p{M}]\p{M}{1,30}|[\u0374\u037e\u0387\u1f71-\u1fff\u2126\u212a\u212b\u2329\u232a\uf900-\ufaff\u{2f800}-\u{2fa1f}]|\r\n|\u2026/gu;

/**
 * The text with composed characters, plain quotes, hyphens and blanks, and `\n` as line end: what reads alike becomes alike.
 * Pure, linear.
 */
export function foldText(original: string): FoldedText {
  const single = foldSingle(original);
  if (original.length > MOST_CHARACTERS)
    return { text: single, origin: (at) => at, isBoundary: () => true };
  const parts: string[] = [];
  const origins: number[] = [];
  let from = 0;
  const take = (until: number): void => {
    parts.push(single.slice(from, until));
    for (let at = from; at < until; at += 1) origins.push(at);
  };
  for (const { 0: spelled, index } of single.matchAll(SPELLED)) {
    take(index);
    const plain = plainSpelling(spelled);
    parts.push(plain);
    // Every part of it leads back to its beginning: a match may not begin or end within.
    for (let unit = 0; unit < plain.length; unit += 1) origins.push(index);
    from = index + spelled.length;
  }
  take(single.length);
  return {
    text: parts.join(''),
    origin: (at) => origins[at] ?? original.length,
    isBoundary: (at) => at === 0 || origins[at] !== origins[at - 1],
  };
}

/** One character for one, so that offsets stay true. */
function foldSingle(text: string): string {
  return SINGLE.reduce((folded, [pattern, plain]) => folded.replace(pattern, plain), text);
}

function plainSpelling(spelled: string): string {
  if (spelled === '\r\n') return '\n';
  return spelled === '\u2026' ? '...' : foldSingle(spelled.normalize('NFC'));
}

/** Where each piece of the original begins in its folded form, and where the last ends; within a character it is its beginning. */
export function foldedPlaces(pieces: readonly string[], folded: FoldedText): number[] {
  const places: number[] = [];
  let offset = 0;
  let at = 0;
  for (const piece of pieces) {
    while (at < folded.text.length && folded.origin(at) < offset) at += 1;
    places.push(at);
    offset += piece.length;
  }
  return [...places, folded.text.length];
}
