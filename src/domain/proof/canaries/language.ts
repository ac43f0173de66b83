import type { Language } from '../tools/tool-row.js';

const ENDINGS: Readonly<Record<Language, RegExp>> = {
  javascript: /\.(?:[cm]?js|jsx)$/,
  typescript: /(?<!\.d)\.(?:[cm]?ts|tsx)$/,
  python: /\.py$/,
  go: /\.go$/,
  rust: /\.rs$/,
  cpp: /\.(?:c|cc|cpp|cxx|h|hh|hpp)$/,
  java: /\.java$/,
  ruby: /\.rb$/,
  php: /\.php$/,
};

/** The language of a source file by its ending, or undefined. Pure. */
export function languageOf(path: string): Language | undefined {
  return Object.entries(ENDINGS)
    .filter(([, ending]) => ending.test(path))
    .map(([language]) => language as Language)[0];
}

/** True for shell scripts, by their ending. Pure. */
export function isShellPath(path: string): boolean {
  return /\.(?:sh|bash)$/.test(path);
}
