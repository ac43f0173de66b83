import { join } from 'node:path';
import { createGit, type Git, type GitIdentity } from '../git/git.js';
import type { WorkspaceFolders } from './workspace.js';

/** Snapshots are the engine's; people's commits are made elsewhere with their own names. */
const ENGINE: GitIdentity = { name: 'CodeTether', email: 'codetether@localhost' };
/** Snapshots carry no time of their own, so that the same state makes the same commit. */
const SNAPSHOT_DATE = '2000-01-01T00:00:00Z';

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
  return createGit({
    gitDir: workspace.gitDir,
    workTree: workspace.root,
    indexFile: join(workspace.state, 'index'),
  });
}

/** Snapshots of one workspace under its ref prefix (`PREFIX/head`). */
export function createSnapshots(workspace: WorkspaceFolders): Snapshots {
  const git = workspaceGit(workspace);
  const ref = `${workspace.refPrefix}/head`;

  const head = async (): Promise<Snapshot | undefined> => {
    // One process for both ids: a commit and its tree.
    const answer = await git.run(['rev-parse', '--quiet', ref, `${ref}^{tree}`], {
      accept: [1, 128],
    });
    const [commit, tree] = answer.stdout.toString('utf8').trim().split('\n');
    return answer.exitCode !== 0 || commit === undefined || tree === undefined
      ? undefined
      : { commit, tree };
  };
  const commit = (tree: string, parent: string | undefined, message: string): Promise<string> =>
    git.commitTree({
      tree,
      parents: parent === undefined ? [] : [parent],
      message,
      author: ENGINE,
      date: SNAPSHOT_DATE,
    });

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
      await git.updateRef({ ref, next, expected: before?.commit ?? null });
      return { commit: next, tree };
    },
    async advance(next, expected) {
      await git.updateRef({ ref, next, expected });
    },
    async restore(id) {
      await git.checkoutTree(id);
    },
  };
}
