/** A JSON text with what models write around it blanked out, at the same offsets. */
export interface PlainJson {
  readonly text: string;
  /** What was passed over, as sentences. */
  readonly faults: readonly string[];
}

/**
 * The JSON of a text that a model or a person wrapped: in a fence of Markdown, with sentences around it. Everything else is
 * replaced by blanks, so that offsets and lines stay.
 */
export function withoutWrapping(text: string): PlainJson {
  const lines = text.split('\n');
  const open = lines.findIndex((line) => /^\s*```/.test(line));
  if (open < 0) return { text, faults: [] };
  const first = lines.findIndex((line) => line.trim() !== '');
  // a fence inside the document is text of one of its fields
  const isBefore = lines.slice(first, open).every((line) => !/^\s*[{[]/.test(line));
  if (!isBefore) return { text, faults: [] };
  const end = lines.findIndex((line, index) => index > open && /^\s*```\s*$/.test(line));
  const last = end < 0 ? lines.length : end;
  const kept = lines.map((line, index) => (index > open && index < last ? line : blank(line)));
  return { text: kept.join('\n'), faults: ['the JSON stands in a Markdown fence'] };
}

function blank(line: string): string {
  return line.endsWith('\r') ? `${' '.repeat(line.length - 1)}\r` : ' '.repeat(line.length);
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^['‘’]/, 'strings stand in double quotes ("), not in single ones'],
  [/^[“”„«]/, 'strings stand in straight double quotes ("), not in typographic ones'],
  [/^(?:True|False|None)\b/, 'write true, false or null, not the words of Python'],
  [/^(?:undefined|NaN|-?Infinity)\b/, 'there is no such value in JSON; write null'],
  [/^`/, 'a back-tick stands where JSON is expected; leave the Markdown fence out'],
  [/^[A-Za-z_$][\w$]*\s*:/, 'names of fields stand in double quotes'],
  [/^[.…]{2,}/, 'an ellipsis stands for something that is missing'],
];

/** What is wrong at a place of a JSON text in words of the one who wrote it; undefined where nothing better is known. */
export function faultAt(text: string, offset: number): string | undefined {
  const rest = text.slice(offset, offset + 40);
  return HINTS.find(([pattern]) => pattern.test(rest))?.[1];
}
