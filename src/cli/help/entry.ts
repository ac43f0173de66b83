import { readFileSync } from 'node:fs';
import type { CommandNode } from './command-tree.js';
import { helpText } from './print-help.js';

/** The help text of a command line that asks for help and nothing else, from the tree that the build wrote; undefined for any other. */
export function quickHelp(words: readonly string[], file: URL, columns = 80): string | undefined {
  const tree = JSON.parse(readFileSync(file, 'utf8')) as CommandNode;
  return helpText(tree, words.slice(0, -1), columns);
}
