/** Places in one file that are looked for; of more than these, one more is found. */
export const MAX_MATCHES = 100_000;

/** A line of a text and where it stands. `end` excludes the line break, `next` is where the following line begins. */
export interface TextLine {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** Lines with their offsets; a final line break starts no further line. The break is `\n` or `\r\n`. */
export function splitLines(text: string): TextLine[] {
  const lines: TextLine[] = [];
  let start = 0;
  while (start < text.length) {
    const feed = text.indexOf('\n', start);
    const next = feed < 0 ? text.length : feed + 1;
    const stop = feed < 0 ? text.length : feed;
    const end = feed > start && text[stop - 1] === '\r' ? stop - 1 : stop;
    lines.push({ text: text.slice(start, end), start, end, next });
    start = next;
  }
  return lines;
}

/** 1-based number of the line that holds `offset`. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (
    let feed = text.indexOf('\n');
    feed >= 0 && feed < offset;
    feed = text.indexOf('\n', feed + 1)
  )
    line += 1;
  return line;
}

/** The longest run of blanks that every non-blank line begins with. */
export function commonIndentation(lines: readonly string[]): string {
  let common: string | undefined;
  for (const line of lines) {
    if (line.trim() === '') continue;
    const own = line.slice(0, line.length - line.trimStart().length);
    if (common === undefined) common = own;
    let shared = 0;
    while (shared < Math.min(common.length, own.length) && common[shared] === own[shared])
      shared += 1;
    common = common.slice(0, shared);
  }
  return common ?? '';
}

/** True when every line break of the text is `\r\n`, and there is one. */
export function usesCrlf(text: string): boolean {
  return text.includes('\r\n') && !/(^|[^\r])\n/.test(text);
}

/** The text with `\r\n` for every line break. */
export function toCrlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

/** The text with `\n` for every line break. */
export function toLf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** Where `wanted` stands in a text, in order, never overlapping; at most one place more than {@link MAX_MATCHES}. */
export function findAll(
  text: string,
  wanted: string,
  isMatch: (at: number) => boolean = () => true,
): number[] {
  const starts: number[] = [];
  if (wanted === '') return starts;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    if (isMatch(at)) starts.push(at);
    if (starts.length > MAX_MATCHES) break;
  }
  return starts;
}
