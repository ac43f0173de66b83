import { createGit, bareRepository, runRef } from '../../platform/index.js';
import { trimOf } from '../../domain/index.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { commitMessage, publish, type LandStoryRequest } from './land-story.js';

/** What {@link mergeStory} needs. */
export interface MergeStoryRequest {
  readonly repository: string;
  readonly story: { readonly id: string };
  /** Commit that the story started from; an ancestor of `head`. */
  readonly base: string;
  /** The run's head, with what landed since. */
  readonly head: string;
  /** The story's proven tree. */
  readonly tree: string;
}

/** A merge that git could do by itself, or the files with conflict marks. */
export type MergedStory =
  | { readonly kind: 'clean'; readonly tree: string }
  | { readonly kind: 'conflict'; readonly tree: string; readonly files: string[] };

const ENGINE = { name: 'CodeTether', email: 'codetether@localhost' };
/** The commit is only git's way to be told of a merge base; with a fixed date it is the same on every retry. */
const EPOCH = '2000-01-01T00:00:00Z';

/** Merges a story's tree into the run's head, in the bare clone and without any work tree. Moves nothing. */
export async function mergeStory(
  dependencies: RalphDependencies,
  request: MergeStoryRequest,
): Promise<MergedStory> {
  const git = createGit({ gitDir: bareRepository(dependencies.home, request.repository) });
  const side = await git.commitTree({
    tree: request.tree,
    parents: [request.base],
    message: `${request.story.id}\n`,
    author: ENGINE,
    date: EPOCH,
  });
  const answer = await git.run(
    ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', request.head, side],
    { accept: [1] },
  );
  const [tree = '', ...files] = answer.stdout
    .toString('utf8')
    .split('\0')
    .filter((part) => part !== '');
  if (answer.exitCode === 0) return { kind: 'clean', tree };
  return { kind: 'conflict', tree, files: [...new Set(files)] };
}

/** What {@link keepStory} needs. */
export type KeepStoryRequest = Omit<LandStoryRequest, 'parent' | 'prdPath' | 'isVerified'> & {
  readonly base: string;
};

/** Commits work that could not be merged on its own base, and shows it on a branch of the user's repository. */
export async function keepStory(
  dependencies: RalphDependencies,
  request: KeepStoryRequest,
): Promise<{ branch: string }> {
  const gitDir = bareRepository(dependencies.home, request.repository);
  const git = createGit({ gitDir });
  const commit = await git.commitTree({
    tree: request.tree,
    parents: [request.base],
    message: commitMessage(request),
    author: request.author,
    date: request.committedAt,
  });
  const letters = request.story.id.replace(/[^A-Za-z0-9._-]+/g, '-');
  const name = trimOf(letters, '.-');
  const ref = `${runRef(request.runId)}-kept/${name}-${request.attempt.number}`;
  await git.run(['update-ref', ref, commit]);
  const wanted = `${request.branch}-${name}-run-${request.runId}`;
  const { branch } = await publish({ ...request, branch: wanted }, { gitDir, commit });
  return { branch };
}
