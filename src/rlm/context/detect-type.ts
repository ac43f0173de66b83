import type { ContentType, RecordFormat } from '../../domain/index.js';

/** What an input was taken for. */
export interface DetectedType {
  readonly type: ContentType;
  readonly format?: RecordFormat;
}

/** File endings that say what is in a file. */
const BY_ENDING: Readonly<Record<string, DetectedType>> = {
  ...ending(
    'code',
    'c cc cpp cs css go h hpp html java js jsx kt mjs cjs php py rb rs scala sh sql swift ts tsx vue',
  ),
  ...ending('documents', 'adoc markdown md mdx org rst tex'),
  ...ending('logs', 'log'),
  json: { type: 'records', format: 'json' },
  jsonl: { type: 'records', format: 'jsonl' },
  ndjson: { type: 'records', format: 'jsonl' },
  csv: { type: 'records', format: 'csv' },
  tsv: { type: 'records', format: 'tsv' },
  yaml: { type: 'records', format: 'yaml' },
  yml: { type: 'records', format: 'yaml' },
};

function ending(type: ContentType, names: string): Record<string, DetectedType> {
  return Object.fromEntries(names.split(' ').map((name) => [name, { type }]));
}

/** By the ending of a file's name; undefined = it says nothing. Pure. */
export function typeOfName(name: string): DetectedType | undefined {
  const dot = name.lastIndexOf('.');
  const key = name.slice(dot + 1).toLowerCase();
  return dot < 0 || !Object.hasOwn(BY_ENDING, key) ? undefined : BY_ENDING[key];
}

/** A line that begins an entry of a log: a moment, or a level. */
export const LOG_LINE =
  /^(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\[?\d\d?\/[A-Z][a-z]{2}\/\d{4}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\[?\d\d:\d\d:\d\d|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b)/;
/** A line that begins a turn of a conversation; the name is its first group. */
export const TURN_LINE =
  /^(?:\[?(User|Assistant|Human|AI|System|Tool|Bot|Agent|Customer|Support)[^:\]\n]{0,40}\]?:|<(user|assistant|system|tool)>|\[\d[^\]\n]{0,30}\] ?([^:\n]{1,40}):)/i;
/** A line that begins a section of a document. */
export const HEADING_LINE = /^(?:#{1,6} |={1,6} |(?:Chapter|CHAPTER|Section|SECTION) [\dIVXLC]+)/;
const CODE_LINE =
  /^\s*(?:import |from \S+ import|export |function |class |def |fn |func |pub |const |let |var |return\b|if ?\(|for ?\(|while ?\(|#include|package |public |private |[})\]];?$|\/\/|\/\*)/;

/** Part of the lines that must look like a kind. */
const SHARE = 0.3;

/** By its lines: the kind that most of them look like. Pure. */
export function typeOfLines(lines: readonly string[]): DetectedType {
  const filled = lines.filter((line) => line.trim() !== '');
  const table = tableFormat(filled);
  if (table !== undefined) return { type: 'records', format: table };
  const part = (pattern: RegExp): number =>
    filled.filter((line) => pattern.test(line)).length / Math.max(1, filled.length);
  const scores: [ContentType, number][] = [
    ['logs', part(LOG_LINE)],
    ['conversation', part(TURN_LINE)],
    ['code', part(CODE_LINE)],
    ['documents', part(HEADING_LINE) * 4 + part(/^.{80,}$/) * 0.5],
  ];
  const [best] = scores.toSorted((left, right) => right[1] - left[1]);
  return { type: best !== undefined && best[1] >= SHARE ? best[0] : 'mixed' };
}

/** Rows of a table or of JSON; undefined where the lines are neither. */
function tableFormat(lines: readonly string[]): RecordFormat | undefined {
  if (lines.length < 2) return undefined;
  const inside = lines.slice(0, 50);
  if (inside.every(isJsonObject)) return 'jsonl';
  for (const [format, mark] of [
    ['tsv', '\t'],
    ['csv', ','],
  ] as const) {
    const counts = inside.map((line) => line.split(mark).length);
    if ((counts[0] ?? 0) >= 3 && counts.every((count) => count === counts[0])) return format;
  }
  return undefined;
}

function isJsonObject(line: string): boolean {
  const text = line.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return false;
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
