/** Variants that the braces of a pattern may stand for; a pattern with more is refused. */
const MOST_VARIANTS = 256;
/** A longer pattern is no glob that anybody wrote. */
const LONGEST_PATTERN = 4096;

/**
 * A test for paths by a glob pattern: `**` crosses folders, `*` and `?` stay in one, `{a,b}` and `[a-z]` choose.
 * A pattern without a slash matches the name in any folder. Hidden names match like others. Undefined for a pattern that
 * stands for too many. Each test takes length of pattern times length of path at most, whatever the pattern is.
 */
export function compileGlob(pattern: string): ((path: string) => boolean) | undefined {
  if (pattern.length > LONGEST_PATTERN) return undefined;
  const variants = expandBraces(withoutStart(pattern));
  if (variants === undefined) return undefined;
  const compiled = variants.map(compilePieces);
  const matches = (text: string): boolean => compiled.some((pieces) => matchesAll(pieces, text));
  if (pattern.includes('/') && withoutStart(pattern).includes('/')) return matches;
  return (path) => matches(path.slice(path.lastIndexOf('/') + 1));
}

function withoutStart(pattern: string): string {
  let rest = pattern;
  while (rest.startsWith('/') || rest.startsWith('./')) rest = rest.slice(rest.indexOf('/') + 1);
  return rest;
}

/** Texts without braces that a pattern stands for. */
function expandBraces(pattern: string): string[] | undefined {
  const open = pattern.indexOf('{');
  const group = open < 0 ? undefined : braceGroup(pattern, open);
  if (group === undefined) return [pattern];
  const tails = expandBraces(pattern.slice(group.end + 1));
  if (tails === undefined) return undefined;
  const result: string[] = [];
  for (const choice of group.choices) {
    const middles = expandBraces(choice);
    if (middles === undefined || result.length + middles.length * tails.length > MOST_VARIANTS)
      return undefined;
    for (const middle of middles)
      for (const tail of tails) result.push(pattern.slice(0, open) + middle + tail);
  }
  return result;
}

/** The choices of the group that opens at `open`, and where it ends; undefined when it is never closed. */
function braceGroup(pattern: string, open: number): { choices: string[]; end: number } | undefined {
  const choices: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if ((character === ',' && depth === 1) || depth === 0) {
      choices.push(pattern.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) return { choices, end: at };
  }
  return undefined;
}

/** One step of a pattern; `loops` steps may take any number of characters. */
interface Piece {
  readonly takes: (character: string) => boolean;
  readonly loops: boolean;
  /** `**` with a slash: takes nothing, or whole folders. */
  readonly isFolders?: boolean;
}

const PIECE = /\*\*+\/?|\[[!^]?[^\]]+\]|[\s\S]/g;
const anything = (): boolean => true;
const inName = (character: string): boolean => character !== '/';

function compilePieces(pattern: string): Piece[] {
  return (pattern.match(PIECE) ?? []).map((piece): Piece => {
    if (piece.startsWith('**'))
      return { takes: anything, loops: true, isFolders: piece.endsWith('/') };
    if (piece === '*') return { takes: inName, loops: true };
    if (piece === '?') return { takes: inName, loops: false };
    if (piece.length > 1 && piece.startsWith('[')) return { takes: choice(piece), loops: false };
    return { takes: (character) => character === piece, loops: false };
  });
}

/** `[a-c]`, `[!a-c]` and `[^a-c]`; never a slash. */
function choice(piece: string): Piece['takes'] {
  const isExclusion = piece.startsWith('[!') || piece.startsWith('[^');
  const inner = Array.from(piece.slice(isExclusion ? 2 : 1, -1));
  const singles = new Set<string>();
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < inner.length; at += 1) {
    const [first = '', dash, last] = inner.slice(at, at + 3);
    if (dash === '-' && last !== undefined) {
      ranges.push([first, last]);
      at += 2;
    } else singles.add(first);
  }
  return (character) => {
    const isIn =
      singles.has(character) || ranges.some(([low, high]) => low <= character && character <= high);
    return character !== '/' && isIn !== isExclusion;
  };
}

/** All places of the pattern where the text may stand are followed at once, so that nothing is tried twice. */
function matchesAll(pieces: readonly Piece[], text: string): boolean {
  let places = close(new Set([0]), pieces, true);
  for (const character of text) {
    const next = new Set<number>();
    for (const place of places) {
      const piece = pieces[place];
      if (piece === undefined || !piece.takes(character)) continue;
      next.add(piece.loops ? place : place + 1);
    }
    if (next.size === 0) return false;
    places = close(next, pieces, character === '/');
  }
  return places.has(pieces.length);
}

/** Adds the places behind loops, which may take nothing; behind folders only where a name begins. */
function close(places: Set<number>, pieces: readonly Piece[], isNameStart: boolean): Set<number> {
  // A set visits what is added to it on the way.
  for (const place of places) {
    const piece = pieces[place];
    if (piece?.loops === true && (piece.isFolders !== true || isNameStart)) places.add(place + 1);
  }
  return places;
}
