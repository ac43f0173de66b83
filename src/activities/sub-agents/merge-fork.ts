import { join } from 'node:path';
import { z } from 'zod';
import { shortLine, workspaceRefSchema } from '../../domain/index.js';
import {
  createGit,
  openWorkspace,
  pathExists,
  removeFolder,
  homePaths,
  workspaceGit,
  writeLooseCommit,
  type Git,
  type WorkspaceFolders,
} from '../../platform/index.js';
import { mergeTrees } from '../landing/merge-story.js';
import { defineStep, journaledFields, type StepRequest } from '../lib/step.js';
import { dropCaches, takeTree } from '../proof/story-tree.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { ENGINE, forkPlace, type ForkPlace } from './fork-place.js';

const mergeForkSchema = z.object({
  ...journaledFields,
  /** Lane that the fork was made of; its agent rests meanwhile. */
  lane: workspaceRefSchema,
  fork: workspaceRefSchema,
  /** Commit that the fork began with. */
  base: z.string(),
  /** For people. */
  title: z.string(),
  /** False = its agent did not succeed: what it changed is kept and not taken over. */
  isWanted: z.boolean(),
});

type MergeRequest = StepRequest<typeof mergeForkSchema>;

/** Names of files in one result: a history is no place for thousands. */
const FILES_LIMIT = 500;

const kept = {
  /** Everything that was changed in the fork. */
  files: z.array(z.string()),
  /** A commit of it, which git in any lane of the run can read. */
  commit: z.string(),
  /** Where it stays, in the engine's clone of the repository. */
  ref: z.string(),
};

const mergedForkSchema = z.discriminatedUnion('kind', [
  /** Taken over; sorted as git sorts, cut to {@link FILES_LIMIT}. */
  z.object({ kind: z.literal('landed'), files: z.array(z.string()) }),
  z.object({ kind: z.literal('empty') }),
  z.object({ kind: z.literal('kept'), ...kept }),
  z.object({ kind: z.literal('conflict'), ...kept, conflicts: z.array(z.string()) }),
]);

type MergedFork = z.infer<typeof mergedForkSchema>;

/**
 * Takes what was changed in a fork over into the lane that it was made of, by a merge with what was changed there meanwhile. On a conflict the
 * lane stays as it is, without marks, and the work of the fork is kept. The fork is gone afterwards. Repeatable.
 */
export const mergeForkStep = defineStep<RalphDependencies>()({
  input: mergeForkSchema,
  journal: {
    result: mergedForkSchema,
    identity: ({ lane, fork, base, isWanted }) => ({
      lane: lane.id,
      fork: fork.id,
      base,
      isWanted: String(isWanted),
    }),
  },
  holds: ({ lane, fork }) => [lane.id, fork.id],
  async run(input, { dependencies }) {
    const { home } = dependencies;
    const lane = await openWorkspace(home, input.lane);
    const merged = await mergeFork(home, lane, input);
    await removeFolder(forkFolder(home, input));
    return merged;
  },
});

async function mergeFork(
  home: string,
  lane: WorkspaceFolders,
  request: MergeRequest,
): Promise<MergedFork> {
  const { base, isWanted } = request;
  const git = createGit({ gitDir: lane.gitDir });
  const place = forkPlace(lane, request.fork);
  const commit = await workOf(home, { git, place, request });
  if (commit === undefined) return { kind: 'empty' };
  const files = (await git.diffTrees(base, commit)).files
    .map(({ path }) => path)
    .slice(0, FILES_LIMIT);
  if (!isWanted) return { kind: 'kept', ...(await keep(git, place, commit)), files };
  const ours = await takeTree(lane, base);
  const head = await writeLooseCommit(lane.gitDir, {
    tree: ours.tree,
    parents: [base],
    message: 'what its starter changed meanwhile\n',
    ...ENGINE,
  });
  const merged = await mergeTrees(git, head, commit);
  if (merged.kind === 'conflict') {
    const conflicts = merged.files.slice(0, FILES_LIMIT);
    return { kind: 'conflict', ...(await keep(git, place, commit)), files, conflicts };
  }
  await workspaceGit(lane).checkoutTree(merged.tree);
  return { kind: 'landed', files };
}

/** A commit of what was changed in the fork; undefined when nothing was. Kept under a name: the fork's files go with it. */
async function workOf(
  home: string,
  at: { readonly git: Git; readonly place: ForkPlace; readonly request: MergeRequest },
): Promise<string | undefined> {
  const { git, place, request } = at;
  const { base, title } = request;
  const known = await git.resolve(place.workRef);
  // a fork that is gone without it held nothing
  if (known !== undefined || !(await pathExists(forkFolder(home, request)))) return known;
  const fork = await openWorkspace(home, request.fork);
  const taken = await dropCaches(fork, base, await takeTree(fork, base));
  if (taken.diff.files.length === 0) return undefined;
  const commit = await writeLooseCommit(fork.gitDir, {
    tree: taken.tree,
    parents: [base],
    message: `${shortLine(title, 100)}\n`,
    ...ENGINE,
  });
  await git.run(['update-ref', place.workRef, commit]);
  return commit;
}

async function keep(
  git: Git,
  { keptRef }: ForkPlace,
  commit: string,
): Promise<{ commit: string; ref: string }> {
  // an attempt before may have kept something under the same name
  const ref = `${keptRef}-${commit.slice(0, 8)}`;
  await git.run(['update-ref', ref, commit]);
  return { commit, ref };
}

function forkFolder(home: string, { fork }: MergeRequest): string {
  return join(homePaths(home).workspaces, fork.id);
}
