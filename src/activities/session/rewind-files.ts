import { z } from 'zod';
import { InvalidInputError } from '../../domain/index.js';
import { bareRepository, createGit, runRef } from '../../platform/index.js';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { standingHead } from './standing-head.js';

const rewindFilesSchema = z.object({
  ...journaledFields,
  repository: z.string().max(4096),
  /** Commit that the session is at. */
  head: z.string().max(64),
  /** Commit whose files come back. */
  to: z.string().max(64),
  message: z.string().max(500),
  author: z.object({ name: z.string().max(500), email: z.string().max(500) }),
  committedAt: z.string().max(40),
});

/**
 * Brings the files of an earlier commit back, as a commit on top: the branch that people have of the session only ever goes forward, and
 * what was taken back stays in its history. Repeatable. Fails with `ERR_COMMITS_MISSING`, `ERR_REF_MOVED`.
 */
export const rewindFilesStep = defineStep<RalphDependencies>()({
  input: rewindFilesSchema,
  journal: {
    result: z.object({ head: z.string().max(64) }),
    identity: ({ head, to }) => ({ head, to }),
  },
  holds: ({ runId }) => [runId],
  claim: (input) => planned(input, ['repository']),
  async run(input, { dependencies }): Promise<{ head: string }> {
    const { repository, to, runId, message, author, committedAt } = input;
    const git = createGit({ gitDir: bareRepository(dependencies.home, repository) });
    const head = await standingHead(git, { runId, head: input.head });
    const tree = await git.resolve(`${to}^{tree}`);
    if (tree === undefined)
      throw new InvalidInputError('ERR_COMMITS_MISSING', {
        message: `commit ${to} is not in the engine's clone`,
        where: { file: repository },
        hint: 'the files of that turn are gone; rewind the conversation alone',
      });
    if (tree === (await git.resolve(`${head}^{tree}`))) return { head };
    const parents = [head];
    const next = await git.commitTree({ tree, parents, message, author, date: committedAt });
    await git.updateRef({ ref: runRef(runId), next, expected: head });
    return { head: next };
  },
});
