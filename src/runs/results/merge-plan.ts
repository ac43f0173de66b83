import { existsSync } from 'node:fs';
import type { MergeInput } from '../../contracts/index.js';
import {
  existingChecks,
  InvalidInputError,
  isEnded,
  isRed,
  NO_SETUP,
  type RunPlan,
  type RunRecord,
} from '../../domain/index.js';
import {
  bareRepository,
  branchTip,
  checkoutOf,
  firstCommitOf,
  type BranchBirth,
  openScratchGit,
  openUserRepository,
  readRunPlan,
  replayCommits,
  type Git,
  type UserRepository,
} from '../../platform/index.js';
import { commitsBeyond, selectStories, type RunCommit } from './run-commits.js';

/** What a person asks of a merge; absent = the default. */
export interface MergeFlags {
  /** Default: the branch that was checked out when the run was planned. */
  readonly into?: string | undefined;
  /** One commit instead of one a story. */
  readonly squash?: boolean | undefined;
  /** Ids of stories. Default: all that the run committed. */
  readonly only?: readonly string[] | undefined;
}

/** What a merge would do; nothing was changed to find out. */
export interface MergePlan {
  readonly input: MergeInput;
  readonly commits: readonly RunCommit[];
  /** Set for a branch that has no commit yet: it gets its first one before anything else. */
  readonly birth: BranchBirth | null;
  /** Work tree whose files move along; null when the branch is checked out nowhere. */
  readonly checkout: string | null;
  /** False when the resulting files are exactly those that the run proved. */
  readonly needsProof: boolean;
  /** The commit and the files that do not fit; null when all do. */
  readonly conflict: { readonly commit: string; readonly files: readonly string[] } | null;
}

/**
 * Plans a merge in memory. `commits` is empty when the target has everything. Throws InvalidInputError `ERR_RUN_OPEN`,
 * `ERR_RUN_DISCARDED`, `ERR_NOTHING_COMMITTED`, `ERR_MERGE_TARGET`, `ERR_TARGET_CHECKED_OUT`, `ERR_COMMITS_MISSING`,
 * `ERR_STORY_UNKNOWN`, `ERR_STORY_LEFT_OUT`.
 */
export async function planMerge(
  home: string,
  record: RunRecord,
  flags: MergeFlags,
): Promise<MergePlan> {
  assertMergeable(record);
  const repository = await openUserRepository(record.repository);
  const into = targetOf(record, flags);
  const checkout = (await checkoutOf(repository, into)) ?? null;
  const bare = bareRepository(home, record.repository);
  const { tip, isBorn } = await tipOf(repository, into, { bare, record, checkout });
  const scratch = await openScratchGit(repository, bare);
  try {
    await assertPresent(scratch.git, record);
    const all = await commitsBeyond(scratch.git, record, tip);
    const commits = flags.only === undefined ? all : selectStories(record, all, flags.only);
    const plan = await readRunPlan(home, record.runId);
    const request = { record, plan, flags, into, tip, commits };
    const birth = isBorn ? null : { source: bare, commit: tip, branch: into };
    return { checkout, commits, birth, ...(await tryOut(scratch.git, request)) };
  } finally {
    await scratch.close();
  }
}

function assertMergeable(record: RunRecord): void {
  const refuse = (code: string, message: string, hint: string): never => {
    throw new InvalidInputError(code, { message, hint });
  };
  const id = record.runId;
  if (!isEnded(record.status))
    refuse(
      'ERR_RUN_OPEN',
      `run ${id} has not ended: ${record.status}`,
      `wait for it (codetether attach ${id}) or end it (codetether runs cancel ${id})`,
    );
  if (record.discardedAt !== undefined)
    refuse(
      'ERR_RUN_DISCARDED',
      `run ${id} was discarded at ${record.discardedAt}`,
      'run the PRD again: codetether ralph run -p PRD',
    );
  if (record.kind === 'proof')
    refuse(
      'ERR_NOTHING_COMMITTED',
      `run ${id} is a proof of commits that you have, and made none`,
      `merge ${record.branch} with git`,
    );
  if (record.headCommit === record.baseCommit)
    refuse(
      'ERR_NOTHING_COMMITTED',
      `run ${id} committed nothing, because no story passed`,
      `codetether ralph report ${id} says why`,
    );
}

function targetOf(record: RunRecord, flags: MergeFlags): string {
  const into = flags.into ?? record.baseBranch;
  if (into !== undefined && into !== null) return into;
  throw new InvalidInputError('ERR_MERGE_TARGET', {
    message: `run ${record.runId} was started from no branch, so the one to merge into is not known`,
    where: { field: '--into' },
    hint: 'name it, for example --into main',
  });
}

interface TipFacts {
  readonly bare: string;
  readonly record: RunRecord;
  readonly checkout: string | null;
}

/** Where the branch is; one that is checked out and has no commit begins where the run did. */
async function tipOf(
  repository: UserRepository,
  into: string,
  { bare, record, checkout }: TipFacts,
): Promise<{ readonly tip: string; readonly isBorn: boolean }> {
  const tip = await branchTip(repository, into);
  if (tip !== undefined) return { tip, isBorn: true };
  const first =
    checkout === null || !existsSync(bare)
      ? undefined
      : await firstCommitOf(bare, record.headCommit);
  if (first !== undefined) return { tip: first, isBorn: false };
  throw new InvalidInputError('ERR_MERGE_TARGET', {
    message: `the repository has no branch ${into}`,
    where: { file: repository.topLevel, field: '--into' },
    hint: `name one that exists, or make it: git branch ${into}`,
  });
}

async function assertPresent(git: Git, record: RunRecord): Promise<void> {
  if ((await git.resolve(`${record.headCommit}^{commit}`)) !== undefined) return;
  throw new InvalidInputError('ERR_COMMITS_MISSING', {
    message: `commit ${record.headCommit.slice(0, 12)} of run ${record.runId} is neither in the repository nor in the engine's clone`,
    where: { file: record.repository },
    hint: 'restore the branch of the run from a backup or a remote, or run the PRD again',
  });
}

interface TryOut {
  readonly record: RunRecord;
  /** Null for a run of before plans were stored. */
  readonly plan: RunPlan | null;
  readonly flags: MergeFlags;
  readonly into: string;
  readonly tip: string;
  readonly commits: readonly RunCommit[];
}

async function tryOut(
  git: Git,
  { record, plan, flags, into, tip, commits }: TryOut,
): Promise<Pick<MergePlan, 'input' | 'needsProof' | 'conflict'>> {
  const ids = commits.map(({ commit }) => commit);
  const author = await authorOf(git, record.headCommit);
  const replay = await replayCommits(git, {
    commits: ids,
    onto: tip,
    committer: author,
    date: record.startedAt,
  });
  const head = replay.kind === 'replayed' ? replay.head : tip;
  const isUnmoved =
    replay.kind === 'replayed' && replay.commits.every(({ from, to }) => from === to);
  const stories = [...new Set(commits.flatMap(({ story }) => (story === null ? [] : [story])))];
  const input: MergeInput = {
    runId: record.runId,
    repository: record.repository,
    workdir: record.workdir ?? '.',
    into,
    tip,
    commits: ids,
    stories,
    mode: flags.squash === true ? 'squash' : isUnmoved ? 'fast-forward' : 'rebase',
    squashMessage: squashMessage(record, commits),
    author,
    checks: checksOf(record, plan?.checks ?? record.checks),
    existing: existingChecks(record),
    setup: plan?.setup ?? record.setup ?? NO_SETUP,
  };
  return {
    input,
    needsProof: !(await isProven(git, record, head)),
    conflict: replay.kind === 'conflict' ? { commit: replay.commit, files: replay.files } : null,
  };
}

/** The checks that have to pass: not those that were red before the run, which its stories were allowed to leave so. */
function checksOf(record: RunRecord, checks: RunRecord['checks']): MergeInput['checks'] {
  const evidence = record.baseline?.evidence ?? [];
  const red = new Set(evidence.filter(isRed).map(({ check }) => check));
  return checks.filter(({ name }) => !record.options.allowRedBaseline || !red.has(name));
}

/** True when the files are exactly those of a commit that the run proved. What an agent of a session commits is checked by nobody. */
async function isProven(git: Git, record: RunRecord, head: string): Promise<boolean> {
  if (record.kind === 'session') return false;
  const tree = await git.resolve(`${head}^{tree}`);
  const commits = record.stories.flatMap(({ commit }) => (commit === null ? [] : [commit]));
  for (const commit of commits) {
    if ((await git.resolve(`${commit}^{tree}`)) === tree) return true;
  }
  return false;
}

async function authorOf(git: Git, commit: string): Promise<MergeInput['author']> {
  const answer = await git.run(['log', '-1', '--format=%an%x00%ae', commit]);
  const [name = '', email = ''] = answer.stdout.toString('utf8').trim().split('\0');
  return { name, email };
}

/** One commit for all stories, with the trailers by which a later run finds them. */
function squashMessage(record: RunRecord, commits: readonly RunCommit[]): string {
  const subject = `feat: ${record.feature.replace(/\s+/g, ' ').trim()}`;
  const stories = commits.filter(({ story }) => story !== null);
  const trailers = [
    ...stories.map(({ story }) => `Codetether-Story: ${story ?? ''}`),
    `Codetether-Run: ${record.runId}`,
  ];
  const lines = commits.map((commit) => `- ${commit.subject}`);
  return `${subject}\n\n${lines.join('\n')}\n\n${trailers.join('\n')}\n`;
}
