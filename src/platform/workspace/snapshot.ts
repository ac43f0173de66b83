import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { createGit, type Git, type GitIdentity } from '../git/git.js';
import { moveLooseRef, writeLooseCommit } from '../git/objects/loose-store.js';
import { noteEngineWrite } from '../sandbox/ownership.js';
import { isNotFound } from '../storage/durable-file.js';
import type { WorkspaceFolders } from './workspace.js';

/** Snapshots are the engine's; people's commits are made elsewhere with their own names. */
const ENGINE: GitIdentity = { name: 'CodeTether', email: 'codetether@localhost' };
/** Snapshots carry no time of their own, so that the same state makes the same commit. */
const SNAPSHOT_TIMESTAMP = 946_684_800;

/** A commit that holds the files of a workspace, ignored ones excepted. */
export interface Snapshot {
  readonly commit: string;
  readonly tree: string;
}

/** The versions of a workspace's files in its bare repository. */
export interface Snapshots {
  /** Newest snapshot, or undefined before the first. */
  head(): Promise<Snapshot | undefined>;
  /** Message of a snapshot commit. */
  message(commit: string): Promise<string>;
  /** Commits the files as they are and moves the head there; returns the head unchanged when nothing differs. */
  take(message: string): Promise<Snapshot>;
  /** Tree of the files as they are; moves nothing. */
  currentTree(): Promise<string>;
  /** A commit of `tree` on `parent`; moves nothing. */
  commit(tree: string, parent: string, message: string): Promise<string>;
  /** Moves the head by compare-and-swap. Throws `ERR_REF_MOVED`. */
  advance(next: string, expected: string | null): Promise<void>;
  /** Makes the files equal `commit`: changed files reset, strays removed, ignored files left alone. */
  restore(commit: string): Promise<void>;
}

/** Git on a workspace's files with the workspace's own index; what engine steps use to stage, check out and compare. */
export function workspaceGit(workspace: WorkspaceFolders): Git {
  const git = createGit({
    gitDir: workspace.gitDir,
    workTree: workspace.root,
    indexFile: join(workspace.state, 'index'),
    excludesFile: excludesFile(workspace),
  });
  return {
    ...git,
    async run(args, options) {
      if (args[0] === 'read-tree' || args[0] === 'checkout-index') noteEngineWrite(workspace.root);
      return git.run(args, options);
    },
    async checkoutTree(tree, options) {
      noteEngineWrite(workspace.root);
      await git.checkoutTree(tree, options);
    },
  };
}

/**
 * Ignore patterns of one workspace: files that set-up made or copied there. They are part of no snapshot and no story, also
 * where the repository does not ignore them.
 */
export function excludesFile(workspace: Pick<WorkspaceFolders, 'state'>): string {
  return join(workspace.state, 'exclude');
}

/** Snapshots of one workspace under its ref prefix (`PREFIX/head`). */
export function createSnapshots(workspace: WorkspaceFolders): Snapshots {
  const git = workspaceGit(workspace);
  const ref = `${workspace.refPrefix}/head`;

  const head = async (): Promise<Snapshot | undefined> => {
    const known = readKnownHead(join(workspace.gitDir, ref));
    if (known !== undefined) return known;
    // One process for both ids: a commit and its tree.
    const answer = await git.run(['rev-parse', '--quiet', ref, `${ref}^{tree}`], {
      accept: [1, 128],
    });
    const [id, tree] = answer.stdout.toString('utf8').trim().split('\n');
    return answer.exitCode !== 0 || id === undefined || tree === undefined
      ? undefined
      : remember({ commit: id, tree });
  };
  const commit = async (
    tree: string,
    parent: string | undefined,
    message: string,
  ): Promise<string> => {
    const parents = parent === undefined ? [] : [parent];
    const id = await writeLooseCommit(workspace.gitDir, {
      tree,
      parents,
      message,
      ...ENGINE,
      timestamp: SNAPSHOT_TIMESTAMP,
    });
    return remember({ commit: id, tree }).commit;
  };

  const advance = async (next: string, expected: string | null): Promise<void> => {
    const move = { ref, next, expected };
    if (!(await moveLooseRef(workspace.gitDir, move))) await git.updateRef(move);
  };

  return {
    head,
    commit,
    currentTree: () => git.writeTree(),
    async message(id) {
      const raw = (await git.run(['cat-file', 'commit', id])).stdout.toString('utf8');
      return raw.slice(raw.indexOf('\n\n') + 2);
    },
    async take(message) {
      const [before, tree] = await Promise.all([head(), git.writeTree()]);
      if (before?.tree === tree) return before;
      const next = await commit(tree, before?.commit, message);
      await advance(next, before?.commit ?? null);
      return { commit: next, tree };
    },
    advance,
    async restore(id) {
      await git.checkoutTree(id);
    },
  };
}

/** Trees of recent snapshot commits. Ids are made of content, so what was true once stays true. */
const trees = new LRUCache<string, string>({ max: 1000 });

function remember(snapshot: Snapshot): Snapshot {
  trees.set(snapshot.commit, snapshot.tree);
  return snapshot;
}

/** The head read from its loose ref file; undefined when it is packed, missing or not a commit of ours: ask git then. */
function readKnownHead(refFile: string): Snapshot | undefined {
  let commit: string;
  try {
    commit = readFileSync(refFile, 'utf8').trim();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const tree = trees.get(commit);
  return tree === undefined ? undefined : { commit, tree };
}
