import {
  isLockFile,
  isStaleNpmLock,
  isWorkspaceRoot,
  locksOfManifest,
  manifestsOfLock,
  npmManifestOf,
  wantsTheSame,
} from '../../domain/index.js';
import type { Git, TreeDiff, WorkspaceFolders } from '../../platform/index.js';
import { substitute } from '../proof/story-tree.js';

/** Work that git could merge by itself. */
export interface CleanMerge {
  readonly git: Git;
  readonly base: string;
  readonly head: string;
  /** Merged tree. */
  readonly tree: string;
  /** Tree that the work left, on its base. */
  readonly own: string;
  /** What the work changes on its base. */
  readonly changed: TreeDiff['files'];
  /** Locks that were made anew for the manifests of `own`, whether that changed them or not. */
  readonly renewed: readonly string[];
}

/** Lock files that have to be made anew. */
export interface WrongLocks {
  readonly locks: string[];
  /** Those of them that are whole: they were made for another manifest than the merged one, and some tools live with that. */
  readonly stale: string[];
}

/**
 * Lock files that git merged, and which are wrong all the same: both sides changed them, so that what it made of the two texts is no
 * tool's; or they are those of one side while the merged manifest asks for something else.
 */
export async function locksToRenew(merge: CleanMerge): Promise<WrongLocks> {
  const twice = await changedTwice(merge);
  const npm = await leftBehindByNpm(merge);
  const others = (await leftBehind(merge)).filter((lock) => !twice.includes(lock));
  return { locks: [...new Set([...twice, ...npm, ...others])], stale: others };
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

async function leftBehindByNpm({ git, head, tree, changed }: CleanMerge): Promise<string[]> {
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

/** Of every tool but npm: its lock is one side's, and that side's manifest wants something else than the merged one. */
async function leftBehind(merge: CleanMerge): Promise<string[]> {
  const { git, tree, changed } = merge;
  const pairs = new Map<string, Set<string>>();
  const add = (lock: string, manifest: string): void => {
    pairs.set(lock, (pairs.get(lock) ?? new Set()).add(manifest));
  };
  for (const { path, after } of changed) {
    if (after === null) continue;
    for (const manifest of manifestsOfLock(path)) add(path, manifest);
    for (const { lock, root, isBeside } of locksOfManifest(path))
      if (isBeside || (await sharesLock(git, tree, root))) add(lock, path);
  }
  const stale: string[] = [];
  for (const [lock, manifests] of pairs)
    if (await isLeftBehind(merge, lock, [...manifests])) stale.push(lock);
  return stale;
}

async function sharesLock(git: Git, tree: string, root: string): Promise<boolean> {
  const text = await git.readFile(tree, root);
  return text !== undefined && isWorkspaceRoot(root, text.toString('utf8'));
}

async function isLeftBehind(
  merge: CleanMerge,
  lock: string,
  manifests: readonly string[],
): Promise<boolean> {
  const { git, tree } = merge;
  const side = await sideOf(merge, lock);
  if (side === undefined) return false;
  for (const manifest of manifests) {
    const [now, then] = [await textAt(git, tree, manifest), await textAt(git, side, manifest)];
    if (!wantsTheSame(manifest, then, now)) return true;
  }
  return false;
}

/** The tree whose manifests the merged lock was made for; undefined when there is no such lock. */
async function sideOf(
  { git, head, own, tree, renewed }: CleanMerge,
  lock: string,
): Promise<string | undefined> {
  const merged = await git.readFile(tree, lock);
  if (merged === undefined) return undefined;
  const mine = renewed.includes(lock) ? await git.readFile(own, lock) : undefined;
  if (mine?.equals(merged) === true) return own;
  return (await git.readFile(head, lock))?.equals(merged) === true ? head : own;
}

async function textAt(git: Git, tree: string, path: string): Promise<string> {
  return (await git.readFile(tree, path))?.toString('utf8') ?? '';
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
