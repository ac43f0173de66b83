import type { Git } from '../../platform/index.js';

/** Both outer marks of git's own form; a line of equal signs alone is also a heading in some formats. */
const MARKS = '^(<<<<<<<|>>>>>>>) ';

/** Those of `files` that still hold conflict marks in `tree`. */
export async function filesWithMarks(
  git: Git,
  tree: string,
  files: readonly string[],
): Promise<string[]> {
  if (files.length === 0) return [];
  const answer = await git.run(
    [
      'grep',
      '-l',
      '-z',
      '-E',
      '-e',
      MARKS,
      tree,
      '--',
      ...files.map((file) => `:(literal)${file}`),
    ],
    { accept: [1] },
  );
  return answer.stdout
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => line.slice(tree.length + 1));
}
