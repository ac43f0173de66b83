import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCheckDefinition, isPackageManifest, restorePackageChecks } from '../../domain/index.js';
import { createGit, type Git, type TreeDiff, type WorkspaceFolders } from '../../platform/index.js';

/** A tree in which some paths stand as another commit has them. */
interface TreeSubstitution {
  readonly tree: string;
  /** Path and the object that shall stand there; null removes the path. */
  readonly entries: ReadonlyMap<string, { readonly mode: string; readonly object: string } | null>;
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

async function substitute(
  lane: WorkspaceFolders,
  { tree, entries }: TreeSubstitution,
): Promise<string> {
  if (entries.size === 0) return tree;
  return withScratchIndex(lane, async (git) => {
    await git.run(['read-tree', tree]);
    const nothing = '0'.repeat(40);
    const lines = [...entries].map(([path, entry]) =>
      entry === null ? `0 ${nothing}\t${path}` : `${entry.mode} ${entry.object}\t${path}`,
    );
    await git.run(['update-index', '-z', '--index-info'], {
      stdin: lines.map((line) => `${line}\0`).join(''),
    });
    return (await git.run(['write-tree'])).stdout.toString('utf8').trim();
  });
}

async function entryAt(
  git: Git,
  tree: string,
  path: string,
): Promise<{ mode: string; object: string } | null> {
  const answer = await git.run(['ls-tree', '-z', tree, '--', path]);
  const match = /^(\d+) \w+ ([0-9a-f]+)\t/.exec(answer.stdout.toString('utf8'));
  return match?.[1] === undefined || match[2] === undefined
    ? null
    : { mode: match[1], object: match[2] };
}

/** The lane's tree without the agent's edits to the engine's own files (PRD, progress.txt). */
export async function dropStateEdits(
  lane: WorkspaceFolders,
  trees: {
    readonly base: string;
    readonly tree: string;
    readonly diff: TreeDiff;
    readonly statePaths: readonly string[];
  },
): Promise<string> {
  const touched = trees.diff.files.filter((file) => trees.statePaths.includes(file.path));
  const git = createGit({ gitDir: lane.gitDir });
  const entries = new Map<string, { mode: string; object: string } | null>();
  for (const { path } of touched) entries.set(path, await entryAt(git, trees.base, path));
  return substitute(lane, { tree: trees.tree, entries });
}

/** A story's tree with the base's check definitions, and which of them the story had changed or deleted. */
export interface GuardedTree {
  readonly tree: string;
  readonly changedDefinitions: string[];
}

/**
 * Puts back what the base had of tests, check scripts and their configuration. What the story added stays: a new test is no
 * way round an old one.
 */
export async function restoreDefinitions(
  lane: WorkspaceFolders,
  trees: { readonly base: string; readonly tree: string; readonly diff: TreeDiff },
): Promise<GuardedTree> {
  const git = createGit({ gitDir: lane.gitDir });
  const entries = new Map<string, { mode: string; object: string } | null>();
  for (const { path, change } of trees.diff.files) {
    if (change === 'added') continue;
    if (isPackageManifest(path)) {
      const object = await restoredManifest(git, trees, path);
      if (object !== undefined) entries.set(path, { mode: '100644', object });
    } else if (isCheckDefinition(path)) {
      entries.set(path, await entryAt(git, trees.base, path));
    }
  }
  return {
    tree: await substitute(lane, { tree: trees.tree, entries }),
    changedDefinitions: [...entries.keys()],
  };
}

async function restoredManifest(
  git: Git,
  trees: { readonly base: string; readonly tree: string },
  path: string,
): Promise<string | undefined> {
  const base = (await git.readFile(trees.base, path))?.toString('utf8') ?? '';
  const story = (await git.readFile(trees.tree, path))?.toString('utf8') ?? '';
  const restored = restorePackageChecks(base, story);
  if (restored === null) return undefined;
  return (await git.run(['hash-object', '-w', '--stdin'], { stdin: restored })).stdout
    .toString('utf8')
    .trim();
}
