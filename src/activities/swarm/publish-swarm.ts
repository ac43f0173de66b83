import { z } from 'zod';
import { bareRepository, createGit, runRef } from '../../platform/index.js';
import { trimOf, visible } from '../../domain/index.js';
import { publish } from '../landing/land-story.js';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';

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

/** Keeps the work of a subtask that could not be merged on a branch of its own. Repeatable. */
export const keepSubtaskStep = defineStep<RalphDependencies>()({
  input: placeSchema.extend({
    subtask: z.string(),
    attempt: z.number().int().positive(),
    base: z.string(),
    /** Its own files on its own base. */
    tree: z.string(),
    message: z.string(),
    author: z.object({ name: z.string(), email: z.string() }),
    committedAt: z.string(),
  }),
  claim: (input) => planned(input, ['repository']),
  async run(input, { dependencies }): Promise<{ branch: string }> {
    const gitDir = bareRepository(dependencies.home, input.repository);
    const git = createGit({ gitDir });
    const commit = await git.commitTree({
      tree: input.tree,
      parents: [input.base],
      message: visible(input.message),
      author: input.author,
      date: input.committedAt,
    });
    // two dots in a row are no part of a branch's name
    const name = trimOf(input.subtask, '.-').replaceAll(/\.{2,}/g, '.');
    await git.run(['update-ref', `${runRef(input.runId)}-kept/${name}-${input.attempt}`, commit]);
    const wanted = `${input.branch}-${name}-run-${input.runId}`;
    const { branch } = await publish({ ...input, branch: wanted }, { gitDir, commit });
    return { branch };
  },
});
