import type { Git, GitIdentity } from './git.js';

/** Three versions of the files; each a commit or a tree. */
export interface TreeMerge {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

/** A merged tree, or the files that both sides changed in ways that do not fit. */
export type MergedTree =
  | { readonly kind: 'merged'; readonly tree: string }
  | { readonly kind: 'conflict'; readonly files: readonly string[] };

/** Stands for nobody: the commits are thrown away. */
const NOBODY: GitIdentity = { name: 'CodeTether', email: 'codetether@localhost' };
const NO_TIME = '2000-01-01T00:00:00Z';

/**
 * Merges in the object store alone: no index, no files, no refs. Git 2.38 finds the merge base by history only, so the
 * three versions become commits of a history of their own.
 */
export async function mergeTrees(git: Git, merge: TreeMerge): Promise<MergedTree> {
  const [base, ours, theirs] = await treesOf(git, [merge.base, merge.ours, merge.theirs]);
  if (base === theirs || ours === theirs) return { kind: 'merged', tree: ours };
  if (base === ours) return { kind: 'merged', tree: theirs };
  const commit = (tree: string, parents: readonly string[]): Promise<string> =>
    git.commitTree({ tree, parents, message: 'merge', author: NOBODY, date: NO_TIME });
  const root = await commit(base, []);
  const sides = await Promise.all([commit(ours, [root]), commit(theirs, [root])]);
  const answer = await git.run(
    ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ...sides],
    { accept: [1] },
  );
  const [tree = '', ...files] = answer.stdout.toString('utf8').split('\0').filter(isNotEmpty);
  return answer.exitCode === 0
    ? { kind: 'merged', tree }
    : { kind: 'conflict', files: [...new Set(files)] };
}

async function treesOf(
  git: Git,
  revisions: readonly [string, string, string],
): Promise<[string, string, string]> {
  const peeled = revisions.map((revision) => `${revision}^{tree}`);
  const answer = await git.run(['rev-parse', ...peeled]);
  const [base = '', ours = '', theirs = ''] = answer.stdout.toString('utf8').trim().split('\n');
  return [base, ours, theirs];
}

function isNotEmpty(text: string): boolean {
  return text !== '';
}
