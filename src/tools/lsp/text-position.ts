import type { Position, Range } from './server/protocol-shapes.js';

/** A place as people and models write it: line and column from 1, counted in characters as an editor shows them. */
export interface AskedPlace {
  readonly line: number;
  readonly column?: number | undefined;
  /** A name that stands in the line; it says the column. */
  readonly symbol?: string | undefined;
}

/** The lines of a text as the protocol counts them: `\n`, `\r\n` and a lone `\r` end one. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** The place in a text, or a sentence about why it has none. */
export function placeIn(path: string, text: string, asked: AskedPlace): Position | string {
  const lines = linesOf(text);
  const line = lines[asked.line - 1];
  if (line === undefined)
    return `${path}: has ${lines.length} lines; line ${asked.line} is behind its end.`;
  const { symbol, column } = asked;
  if (symbol !== undefined && symbol !== '') {
    const at = findName(line, symbol, column);
    if (at === undefined)
      return `${path}:${asked.line} does not hold "${symbol}": ${line.trim().slice(0, 200)}`;
    return { line: asked.line - 1, character: at };
  }
  if (column === undefined) return 'Give column (from 1) or symbol, the name in that line.';
  if (column > line.length + 1)
    return `${path}:${asked.line} has ${line.length} characters; column ${column} is behind its end.`;
  return { line: asked.line - 1, character: column - 1 };
}

/** Where a name stands by itself in a line, nearest to a column; else where it stands at all. */
function findName(line: string, name: string, column = 1): number | undefined {
  const places: number[] = [];
  for (
    let at = line.indexOf(name);
    at >= 0 && places.length < 1000;
    at = line.indexOf(name, at + 1)
  )
    places.push(at);
  const whole = places.filter((at) => !isWord(line[at - 1]) && !isWord(line[at + name.length]));
  const candidates = whole.length > 0 ? whole : places;
  return candidates.toSorted(
    (left, right) => Math.abs(left - column + 1) - Math.abs(right - column + 1),
  )[0];
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_$]/u.test(character);
}

/** Offsets of a range in a text; undefined for one that does not lie in it. */
export function offsetsOf(
  starts: readonly number[],
  text: string,
  { start, end }: Range,
): readonly [number, number] | undefined {
  const from = offsetOf(starts, text, start);
  const to = offsetOf(starts, text, end);
  return from === undefined || to === undefined || to < from ? undefined : [from, to];
}

/** Where each line begins. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  return starts;
}

/** A column behind the end of its line means its end, as the protocol has it. */
function offsetOf(
  starts: readonly number[],
  text: string,
  { line, character }: Position,
): number | undefined {
  const start = starts[line];
  if (start === undefined) return undefined;
  let end = starts[line + 1] ?? text.length;
  while (end > start && /[\r\n]/.test(text[end - 1] ?? '')) end -= 1;
  return Math.min(start + character, end);
}
