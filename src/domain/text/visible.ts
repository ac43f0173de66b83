/**
 * What a terminal, a screen or a reader obeys or hides instead of showing: control characters (C0 but tab and line feed,
 * DEL, C1), marks of direction and their overrides, characters without width, separators that some take for line ends, tags,
 * and halves of characters.
 */
const HIDDEN =
  /(?![\n\t])\p{Cc}|[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu;
const LINE_LIMIT = 4096;

/**
 * Text of models, people, files and servers as it may be shown: what would be obeyed or hidden is written out, for example
 * `\x1b` or `\u{202e}`. Line feeds and tabs stay. Pure, linear.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, writtenOut);
}

/** {@link visible} on one line of at most 4,096 characters: line ends and other runs of white space become one blank. */
export function visibleLine(text: string): string {
  const start = text.slice(0, LINE_LIMIT);
  const line = start.replace(/\s+/g, ' ').trim();
  return visible(start.length < text.length ? `${line}…` : line);
}

/** JSON text in which the same characters are escapes: shown safely, and the same value when it is read. */
export function visibleJson(json: string): string {
  return json.replace(HIDDEN, (character) => {
    const first = unit(character.charCodeAt(0));
    return character.length === 1 ? first : first + unit(character.charCodeAt(1));
  });
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

function writtenOut(character: string): string {
  if (character === '\r') return '\\r';
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
