import { isLockFile, isStaleNpmLock, npmManifestOf } from '../../domain/index.js';
import type { Git, TreeDiff, WorkspaceFolders } from '../../platform/index.js';
import { substitute } from '../proof/story-tree.js';

/** Work that git could merge by itself. */
export interface CleanMerge {
  readonly git: Git;
  readonly base: string;
  readonly head: string;
  /** Merged tree. */
  readonly tree: string;
  /** What the work changes on its base. */
  readonly changed: TreeDiff['files'];
}

/**
 * Lock files that git merged, and which are wrong all the same: both sides changed them, so that what it made of the two texts is no
 * tool's; or the work asks for packages in its manifest and left the lock as it was.
 */
export async function locksToRenew(merge: CleanMerge): Promise<string[]> {
  return [...new Set([...(await changedTwice(merge)), ...(await leftBehind(merge))])];
}

async function changedTwice({ git, base, head, changed }: CleanMerge): Promise<string[]> {
  const mine = changed.filter(({ path }) => isLockFile(path));
  if (mine.length === 0 || base === head) return [];
  const landed = new Map(
    (await git.diffTrees(base, head)).files.map(({ path, after }) => [path, after?.object]),
  );
  return mine
    .filter(({ path, after }) => landed.has(path) && landed.get(path) !== after?.object)
    .map(({ path }) => path);
}

const LOCK_NAMES = ['package-lock.json', 'npm-shrinkwrap.json'];

async function leftBehind({ git, head, tree, changed }: CleanMerge): Promise<string[]> {
  const locks = changed
    .filter(({ path, after }) => after !== null && isManifest(path))
    .flatMap(({ path }) => LOCK_NAMES.map((name) => path.replace(/package\.json$/, name)));
  const stale: string[] = [];
  for (const lock of locks) {
    // A lock that was stale before is how the person wants it, or their fault.
    if ((await isStale(git, tree, lock)) && !(await isStale(git, head, lock))) stale.push(lock);
  }
  return stale;
}

function isManifest(path: string): boolean {
  return path === 'package.json' || path.endsWith('/package.json');
}

async function isStale(git: Git, tree: string, lock: string): Promise<boolean> {
  const locked = await git.readFile(tree, lock);
  const manifest = npmManifestOf(lock);
  if (locked === undefined || manifest === undefined) return false;
  const wanted = await git.readFile(tree, manifest);
  return wanted !== undefined && isStaleNpmLock(wanted.toString('utf8'), locked.toString('utf8'));
}

/** The tree with its lock files as they are at the head. */
export async function withLandedLocks(
  lane: WorkspaceFolders,
  merged: Pick<CleanMerge, 'git' | 'head' | 'tree'> & { readonly locks: readonly string[] },
): Promise<string> {
  const { git, head, tree, locks } = merged;
  if (locks.length === 0) return tree;
  const { files } = await git.diffTrees(tree, head);
  const wanted = files.filter(({ path }) => locks.includes(path));
  return substitute(
    lane,
    tree,
    wanted.map((file) => ({ file, entry: file.after })),
  );
}
