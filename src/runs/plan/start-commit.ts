import type { Config } from '../../config/index.js';
import {
  bareRepository,
  makeFirstCommit,
  readCommitFiles,
  type CommitFiles,
} from '../../platform/index.js';
import {
  assertBranchFits,
  chooseBase,
  type RunBase,
  type Workplace,
} from '../repository/repository-rules.js';

/** Author of commits where git knows nobody. */
export const FALLBACK_AUTHOR = { name: 'CodeTether', email: 'codetether@localhost' };

/** The commit that a run starts from, and who its commits are by. */
export interface StartCommit {
  readonly base: RunBase;
  readonly author: { readonly name: string; readonly email: string };
  /** Repository that has the commit: the person's, or the engine's where that has none yet. */
  readonly source: string;
  readonly files: CommitFiles;
}

/**
 * Finds what a run on a branch starts from; a repository without a commit gets one in the engine's clone. Throws InvalidInputError
 * `ERR_BRANCH_CONFLICT`, `ERR_NO_COMMIT`.
 */
export async function startCommit(
  { facts }: Workplace,
  branch: string,
  config: Config,
): Promise<StartCommit> {
  assertBranchFits(branch, facts.branches);
  const author = facts.identity ?? FALLBACK_AUTHOR;
  const gitDir = bareRepository(config.home, facts.topLevel);
  const base = await chooseBase(facts, branch, () =>
    makeFirstCommit({ gitDir, topLevel: facts.topLevel, author }),
  );
  const source = base.first === null ? facts.topLevel : gitDir;
  return { base, author, source, files: await readCommitFiles(source, base.commit) };
}
