import { basename, extname } from 'node:path';
import type { Language } from '../../domain/index.js';
import { findSymbols, type CodeSymbol } from '../../platform/index.js';
import { wordsOf } from './words.js';

/** A piece of a file that can be found. */
export interface Chunk {
  /** `Class.method`, or the name of the file for what stands outside of all. */
  readonly symbol: string;
  readonly kind: string;
  /** From 1; the last one is part of it. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** How often each word stands in it; its name counts several times. */
  readonly words: ReadonlyMap<string, number>;
}

/** Languages by the endings of files. */
const LANGUAGES: Readonly<Record<string, Language>> = {
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.jsx': 'javascript',
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.cts': 'typescript',
  '.tsx': 'typescript',
  '.py': 'python',
  '.pyi': 'python',
  '.go': 'go',
  '.rs': 'rust',
  '.c': 'cpp',
  '.h': 'cpp',
  '.cc': 'cpp',
  '.cpp': 'cpp',
  '.cxx': 'cpp',
  '.hh': 'cpp',
  '.hpp': 'cpp',
  '.java': 'java',
  '.rb': 'ruby',
  '.php': 'php',
};

/** Files without symbols, which are cut by lines. */
const PLAIN = new Set([
  '.md',
  '.rst',
  '.txt',
  '.sh',
  '.sql',
  '.proto',
  '.css',
  '.vue',
  '.kt',
  '.swift',
  '.cs',
  '.lua',
  '.ex',
]);

const NAME_WEIGHT = 4;
const PATH_WEIGHT = 2;
/** Lines of a class that stand for it; its methods are pieces of their own. */
const HEAD_LINES = 20;
const WINDOW_LINES = 40;
const MAX_CHUNKS = 2000;
const MAX_COUNT = 255;
/** Lines above a declaration that may say what it is for. */
const MAX_COMMENT_LINES = 15;

/** True for a file that is read for the index. */
export function isCode(path: string): boolean {
  const ending = extname(path).toLowerCase();
  return ending in LANGUAGES || PLAIN.has(ending);
}

/** The pieces of a file: its declarations with the words above them, and what stands outside of them. */
export async function chunkFile(path: string, text: string): Promise<Chunk[]> {
  const lines = text.split('\n');
  const language = LANGUAGES[extname(path).toLowerCase()];
  const symbols = language === undefined ? undefined : await findSymbols(language, text);
  if (symbols === undefined) return windows(path, lines);
  const taken = new Set<number>();
  const chunks: Chunk[] = [];
  for (const symbol of symbols.slice(0, MAX_CHUNKS)) {
    const first = firstLineOf(symbol, lines, taken);
    const last = symbol.isContainer
      ? Math.min(symbol.lastLine, symbol.firstLine + HEAD_LINES)
      : symbol.lastLine;
    for (let line = first; line <= last; line += 1) taken.add(line);
    const name = [...symbol.inside, symbol.name].join('.');
    const place = { symbol: name, kind: symbol.kind, firstLine: first + 1, lastLine: last + 1 };
    chunks.push({ ...place, words: countWords(path, name, lines.slice(first, last + 1)) });
  }
  const rest = lines.filter((_, at) => !taken.has(at));
  if (rest.some((line) => line.trim() !== '')) {
    const place = {
      symbol: basename(path),
      kind: 'file',
      firstLine: 1,
      lastLine: Math.min(lines.length, WINDOW_LINES),
    };
    chunks.push({ ...place, words: countWords(path, '', rest) });
  }
  return chunks;
}

/** Comments and decorators above a declaration belong to it. */
function firstLineOf(
  symbol: CodeSymbol,
  lines: readonly string[],
  taken: ReadonlySet<number>,
): number {
  let first = symbol.firstLine;
  while (first > 0 && symbol.firstLine - first < MAX_COMMENT_LINES && !taken.has(first - 1)) {
    const above = (lines[first - 1] ?? '').trim();
    if (!/^(?:\/\/|\/\*|\*|#|@|--|""")/.test(above)) break;
    first -= 1;
  }
  return first;
}

function windows(path: string, lines: readonly string[]): Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = 0; from < lines.length && chunks.length < MAX_CHUNKS; from += WINDOW_LINES) {
    const part = lines.slice(from, from + WINDOW_LINES);
    if (part.every((line) => line.trim() === '')) continue;
    const place = {
      symbol: basename(path),
      kind: 'text',
      firstLine: from + 1,
      lastLine: from + part.length,
    };
    chunks.push({ ...place, words: countWords(path, '', part) });
  }
  return chunks;
}

function countWords(
  path: string,
  name: string,
  lines: readonly string[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (text: string, weight: number): void => {
    for (const word of wordsOf(text))
      counts.set(word, Math.min(MAX_COUNT, (counts.get(word) ?? 0) + weight));
  };
  add(path, PATH_WEIGHT);
  add(name, NAME_WEIGHT);
  for (const line of lines) add(line.slice(0, 1000), 1);
  return counts;
}
