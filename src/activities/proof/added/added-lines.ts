import type { AddedLines } from '../../../domain/index.js';
import { createGit, type ChangedFile, type WorkspaceFolders } from '../../../platform/index.js';

const PATCH: readonly string[] = [
  'diff-tree',
  '-r',
  '-p',
  '--unified=0',
  '--no-color',
  '--no-ext-diff',
  '--text',
  '--no-textconv',
  '--no-renames',
];

/** A file with the lines that a story added to it. */
export interface FileLines {
  readonly file: ChangedFile;
  readonly lines: AddedLines['lines'];
}

/**
 * The lines that a story added to these files; binary ones as text. The files are compared in two trees of their own under numbers, so that
 * no name of a story is ever read from a patch: the caller bounds how much is compared.
 */
export async function addedLines(
  lane: Pick<WorkspaceFolders, 'gitDir'>,
  files: readonly ChangedFile[],
): Promise<FileLines[]> {
  if (files.length === 0) return [];
  const git = createGit({ gitDir: lane.gitDir });
  const treeOf = async (side: 'before' | 'after'): Promise<string> => {
    const entries = files.flatMap((file, index) => {
      const entry = file[side];
      return entry === null ? [] : [`100644 blob ${entry.object}\t${index}\0`];
    });
    const answer = await git.run(['mktree', '-z'], { stdin: entries.join('') });
    return answer.stdout.toString('latin1').trim();
  };
  const answer = await git.run([...PATCH, await treeOf('before'), await treeOf('after')]);
  return parsePatch(answer.stdout.toString('utf8')).flatMap(({ index, lines }) => {
    const file = files[index];
    return file === undefined ? [] : [{ file, lines }];
  });
}

interface NumberedLines {
  readonly index: number;
  readonly lines: { readonly line: number; readonly text: string }[];
}

function parsePatch(patch: string): NumberedLines[] {
  const files: NumberedLines[] = [];
  let number = 0;
  let isInHunk = false;
  for (const line of patch.split('\n')) {
    if (line.startsWith('diff --git ')) isInHunk = false;
    const index = isInHunk ? undefined : /^\+\+\+ b\/(\d+)\t?$/.exec(line)?.[1];
    const hunk = /^@@ -\S+ \+(\d+)/.exec(line);
    if (index !== undefined) {
      files.push({ index: Number(index), lines: [] });
    } else if (hunk !== null) {
      number = Number(hunk[1]);
      isInHunk = true;
    } else if (isInHunk && line.startsWith('+')) {
      files.at(-1)?.lines.push({ line: number, text: line.slice(1) });
      number += 1;
    }
  }
  return files;
}
