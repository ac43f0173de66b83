import { z } from 'zod';
import { trimOf, visible, workspaceRefSchema } from '../../domain/index.js';
import { bareRepository, createGit, openWorkspace, runRef } from '../../platform/index.js';
import { publish } from '../landing/land-story.js';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import { dropCaches, takeTree } from '../proof/story-tree.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { isLaneOfAnother } from './lane-owner.js';

const { key, runId } = journaledFields;

const placeSchema = z.object({ key, runId, repository: z.string(), branch: z.string() });

/** Brings the run's commits to a branch of the person's repository. Repeatable. Fails with `ERR_PUBLISH_FAILED`, `ERR_GIT_LOCKED`. */
export const publishSwarmStep = defineStep<RalphDependencies>()({
  input: placeSchema.extend({ commit: z.string() }),
  claim: (input) => planned(input, ['repository']),
  async run(input, { dependencies }): Promise<{ branch: string; notes: string[] }> {
    const gitDir = bareRepository(dependencies.home, input.repository);
    return publish(input, { gitDir, commit: input.commit });
  },
});

const workSchema = placeSchema.extend({
  subtask: z.string(),
  attempt: z.number().int().positive(),
  base: z.string(),
  message: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  committedAt: z.string(),
});

/** Keeps the work of a subtask that could not be merged on a branch of its own. Repeatable. */
export const keepSubtaskStep = defineStep<RalphDependencies>()({
  input: workSchema.extend({
    /** Its own files on its own base. */
    tree: z.string(),
  }),
  claim: (input) => planned(input, ['repository']),
  run: ({ tree, ...work }, { dependencies }) => keepTree(dependencies, work, tree),
});

/** Keeps what the agent of a subtask left in its lane on a branch of its own; null where it changed nothing. Repeatable. */
export const keepUnlandedStep = defineStep<RalphDependencies>()({
  input: workSchema.extend({
    lane: workspaceRefSchema,
    /** Its agent lays its lane out by itself; absent = the swarm had it laid out before. */
    laysOut: z.literal(true).optional(),
  }),
  holds: ({ lane }) => [lane.id],
  claim: (input) => planned(input, ['repository']),
  async run({ lane: ref, ...work }, { dependencies }): Promise<{ branch: string | null }> {
    const lane = await openWorkspace(dependencies.home, ref);
    if (await isLaneOfAnother(lane, work)) return { branch: null };
    const { tree, diff } = await dropCaches(lane, work.base, await takeTree(lane, work.base));
    return diff.files.length === 0 ? { branch: null } : keepTree(dependencies, work, tree);
  },
});

async function keepTree(
  { home }: RalphDependencies,
  work: z.output<typeof workSchema>,
  tree: string,
): Promise<{ branch: string }> {
  const gitDir = bareRepository(home, work.repository);
  const git = createGit({ gitDir });
  const commit = await git.commitTree({
    tree,
    parents: [work.base],
    message: visible(work.message),
    author: work.author,
    date: work.committedAt,
  });
  const { subtask, attempt, runId: run } = work;
  // two dots in a row are no part of a branch's name
  const name = trimOf(subtask, '.-').replaceAll(/\.{2,}/g, '.');
  await git.run(['update-ref', `${runRef(run)}-kept/${name}-${attempt}`, commit]);
  // no id has such a sign in it, so that no attempt takes the branch of another subtask
  const which = attempt === 1 ? name : `${name}@${attempt}`;
  const wanted = `${work.branch}-${which}-run-${run}`;
  const { branch } = await publish({ ...work, branch: wanted }, { gitDir, commit });
  return { branch };
}
