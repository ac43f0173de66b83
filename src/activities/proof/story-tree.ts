import { isArtefactPath, isCacheName } from '../../domain/index.js';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createGit,
  REPOSITORY_MODE,
  workspaceGit,
  type ChangedFile,
  type Git,
  type TreeDiff,
  type TreeEntry,
  type WorkspaceFolders,
} from '../../platform/index.js';

/** Repositories inside repositories inside repositories: deeper ones stay what they are. */
const NESTING_LIMIT = 20;

/** A tree and what it changes. */
export interface StoryTree {
  readonly tree: string;
  readonly diff: TreeDiff;
}

/** A path and what shall stand there instead; null removes it. */
export interface Substitution {
  readonly file: Pick<ChangedFile, 'rawPath'>;
  readonly entry: TreeEntry | null;
}

/**
 * The lane's files as a tree. Repositories that the agent made inside the lane (`git init`, `git clone`) are taken as
 * files: git by itself would keep a commit id that nobody else has, and lose them.
 */
export async function takeTree(lane: WorkspaceFolders, base: string): Promise<StoryTree> {
  const git = workspaceGit(lane);
  for (let round = 0; ; round += 1) {
    const { tree, leftOut, diff } = await git.stageDiff(base);
    const nested = [
      ...leftOut.map((path) => Buffer.from(path)),
      ...diff.files.filter(isNewRepository).map((file) => file.rawPath),
    ];
    if (nested.length === 0 || round === NESTING_LIMIT) return { tree, diff };
    await git.run(['update-index', '--force-remove', '-z', '--stdin'], { stdin: ended(nested) });
    for (const path of nested) {
      const folder = Buffer.concat([Buffer.from(`${lane.root}/`), path, Buffer.from('/.git')]);
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function isNewRepository({ before, after }: ChangedFile): boolean {
  return after?.mode === REPOSITORY_MODE && before?.mode !== REPOSITORY_MODE;
}

/** Git on the lane's objects with an index of its own that is thrown away afterwards. */
async function withScratchIndex<Result>(
  lane: WorkspaceFolders,
  work: (git: Git) => Promise<Result>,
): Promise<Result> {
  const indexFile = join(lane.state, `index.${randomBytes(6).toString('hex')}`);
  try {
    return await work(createGit({ gitDir: lane.gitDir, workTree: lane.root, indexFile }));
  } finally {
    await rm(indexFile, { force: true });
  }
}

/** The tree with other entries at some paths. */
export async function substitute(
  lane: WorkspaceFolders,
  tree: string,
  substitutions: readonly Substitution[],
): Promise<string> {
  if (substitutions.length === 0) return tree;
  return withScratchIndex(lane, async (git) => {
    await git.run(['read-tree', tree]);
    const nothing = '0'.repeat(tree.length);
    const lines = substitutions.map(({ file, entry }) =>
      Buffer.concat([
        Buffer.from(entry === null ? `0 ${nothing}\t` : `${entry.mode} ${entry.object}\t`),
        file.rawPath,
      ]),
    );
    // Replace: a story may have put a file where the base has a folder, or the other way round.
    await git.run(['update-index', '--replace', '-z', '--index-info'], { stdin: ended(lines) });
    return (await git.run(['write-tree'])).stdout.toString('utf8').trim();
  });
}

/** The parts, each ended by NUL. */
function ended(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [part, Buffer.from([0])]));
}

/**
 * The lane's tree without the agent's edits to the engine's own files (PRD, progress.txt) and to submodules, whose content
 * no lane holds; and what it changes then.
 */
export async function dropStateEdits(
  lane: WorkspaceFolders,
  base: string,
  edited: StoryTree & { readonly statePaths: readonly string[] },
): Promise<StoryTree> {
  const isState = ({ path, before }: ChangedFile): boolean =>
    before?.mode === REPOSITORY_MODE ||
    edited.statePaths.some((state) => path === state || path.startsWith(`${state}/`));
  const tree = await substitute(
    lane,
    edited.tree,
    edited.diff.files.filter(isState).map((file) => ({ file, entry: file.before })),
  );
  if (tree === edited.tree) return { tree, diff: edited.diff };
  return { tree, diff: await createGit({ gitDir: lane.gitDir }).diffTrees(base, tree) };
}

/**
 * The story's tree without caches that a tool left in the lane of a repository which does not ignore them (`__pycache__`,
 * `node_modules`, `*.tsbuildinfo`): tools believe them without looking at the sources, so no commit and no proof has them. What the base
 * tracks stays.
 */
export async function dropCaches(
  lane: WorkspaceFolders,
  base: string,
  story: StoryTree,
): Promise<StoryTree & { readonly dropped: readonly string[] }> {
  const found = story.diff.files.filter(
    ({ path, before }) => before === null && isArtefactPath(path) && isCacheName(path),
  );
  if (found.length === 0) return { ...story, dropped: [] };
  const git = createGit({ gitDir: lane.gitDir });
  const listed = await git.run(['ls-tree', '-r', '-z', '--name-only', '--full-tree', base]);
  const tracked = listed.stdout.toString('utf8').split('\0').filter(isCacheName);
  const folders = new Set(tracked.map((path) => path.slice(0, path.lastIndexOf('/') + 1)));
  const caches = found.filter(
    ({ path }) => ![...folders].some((folder) => folder !== '' && path.startsWith(folder)),
  );
  const tree = await substitute(
    lane,
    story.tree,
    caches.map((file) => ({ file, entry: null })),
  );
  return {
    tree,
    diff: await git.diffTrees(base, tree),
    dropped: caches.map(({ path }) => path),
  };
}
