import { z } from 'zod';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import {
  createGit,
  bareRepository,
  runRef,
  writeLooseCommit,
  type Git,
} from '../../platform/index.js';
import {
  attemptRecordSchema,
  modelReferenceSchema,
  storySchema,
  trimOf,
} from '../../domain/index.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { commitMessage, publish, type LandStoryRequest } from './land-story.js';

const mergeStorySchema = z.object({
  ...journaledFields,
  repository: z.string(),
  story: storySchema,
  base: z.string(),
  head: z.string(),
  tree: z.string().min(1),
});

/** What {@link mergeStory} needs. */
export type MergeStoryRequest = Pick<
  z.output<typeof mergeStorySchema>,
  'repository' | 'base' | 'head' | 'tree'
> & { readonly story: { readonly id: string } };

const mergedStorySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('clean'), tree: z.string() }),
  z.object({ kind: z.literal('conflict'), tree: z.string(), files: z.array(z.string()) }),
]);

/** A merge that git could do by itself, or the files with conflict marks. */
export type MergedStory = z.infer<typeof mergedStorySchema>;

/** A proven story merged with what landed since its base; moves nothing. */
export const mergeStoryStep = defineStep<RalphDependencies>()({
  input: mergeStorySchema,
  journal: {
    result: mergedStorySchema,
    identity: ({ story, base, head, tree }) => ({ story: story.id, base, head, tree }),
  },
  claim: (input) => planned(input, ['repository']),
  run: (input, { dependencies }) => mergeStory(dependencies, input),
});

const keepStorySchema = z.object({
  ...journaledFields,
  repository: z.string(),
  /** Branch of the run; the story's is named after it. */
  branch: z.string(),
  story: storySchema,
  attempt: attemptRecordSchema,
  model: modelReferenceSchema,
  author: z.object({ name: z.string(), email: z.string() }),
  base: z.string(),
  tree: z.string().min(1),
  committedAt: z.string(),
});

/** Keeps work that could not be merged on a branch of its own. */
export const keepStoryStep = defineStep<RalphDependencies>()({
  input: keepStorySchema,
  journal: {
    result: z.object({ branch: z.string() }),
    identity: ({ branch, story, tree, base }) => ({ branch, story: story.id, tree, base }),
  },
  holds: ({ runId }) => [runId],
  claim: (input) => planned(input, ['repository']),
  run: (input, { dependencies }) => keepStory(dependencies, input),
});

const ENGINE = { name: 'CodeTether', email: 'codetether@localhost' };
/** The commit is only git's way to be told of a merge base; with a fixed date it is the same on every retry. */
const EPOCH = Date.UTC(2000, 0, 1) / 1000;

/** Merges a story's tree into the run's head, in the bare clone and without any work tree. Moves nothing. */
export async function mergeStory(
  dependencies: RalphDependencies,
  request: MergeStoryRequest,
): Promise<MergedStory> {
  const gitDir = bareRepository(dependencies.home, request.repository);
  const git = createGit({ gitDir });
  const side = await writeLooseCommit(gitDir, {
    tree: request.tree,
    parents: [request.base],
    message: `${request.story.id}\n`,
    ...ENGINE,
    timestamp: EPOCH,
  });
  return mergeTrees(git, request.head, side);
}

/** Merges two commits by what they have in common, in the object store alone. Moves nothing. */
export async function mergeTrees(git: Git, head: string, side: string): Promise<MergedStory> {
  const answer = await git.run(
    ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', head, side],
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
