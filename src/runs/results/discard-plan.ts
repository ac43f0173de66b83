import { InvalidInputError, isEnded, type RunRecord } from '../../domain/index.js';
import {
  bareRepository,
  branchTip,
  createGit,
  lanesFolder,
  listWorktrees,
  openUserRepository,
  type UserRepository,
} from '../../platform/index.js';

/** A branch that a discard removes, or puts back to where it was before the run. */
export interface DiscardedBranch {
  readonly name: string;
  /** Where it stands; it is left alone when it moves before it is removed. */
  readonly tip: string;
  /** Commit that it goes back to; null = it is deleted. */
  readonly resetTo: string | null;
}

/** What a discard would do; nothing was changed to find out. */
export interface DiscardPlan {
  readonly branches: readonly DiscardedBranch[];
  /** Sentences about what stays, and why. */
  readonly kept: readonly string[];
  /** Absolute path of the run's lanes. */
  readonly lanes: string;
  /** Ids of stories that this run passed and whose work goes away. */
  readonly stories: readonly string[];
}

/**
 * Finds what is the run's alone. Throws InvalidInputError `ERR_RUN_OPEN`, `ERR_RUN_DISCARDED`, and `ERR_BRANCH_CHECKED_OUT` when
 * a person has one of its branches checked out.
 */
export async function planDiscard(home: string, record: RunRecord): Promise<DiscardPlan> {
  assertDiscardable(record);
  const repository = await openUserRepository(record.repository).catch(() => undefined);
  const lanes = lanesFolder(home, record.repository, record.runId);
  if (repository === undefined)
    return { branches: [], kept: [`${record.repository} is gone`], lanes, stories: [] };
  const commits = await commitsOf(home, repository, record);
  const checkedOut = await listWorktrees(repository);
  const branches: DiscardedBranch[] = [];
  const kept: string[] = [];
  for (const name of candidates(record)) {
    const tip = await branchTip(repository, name);
    if (tip === undefined) continue;
    if (!commits.has(tip)) {
      if (tip !== record.baseCommit) kept.push(`${name} has commits of somebody else and stays`);
      continue;
    }
    const place = checkedOut.find((worktree) => worktree.branch === name);
    if (place !== undefined) throw isCheckedOut(name, place.path);
    branches.push({ name, tip, resetTo: await resetPoint(repository, record, name) });
  }
  return { branches, kept, lanes, stories: await lostStories(repository, record, branches) };
}

function assertDiscardable(record: RunRecord): void {
  if (record.kind === 'proof') {
    throw new InvalidInputError('ERR_NOTHING_COMMITTED', {
      message: `run ${record.runId} is a proof of commits that are yours, and made none that could be removed`,
      hint: 'codetether cleanup removes the lanes of old runs',
    });
  }
  if (!isEnded(record.status)) {
    throw new InvalidInputError('ERR_RUN_OPEN', {
      message: `run ${record.runId} has not ended: ${record.status}`,
      hint: `end it first: codetether runs cancel ${record.runId}`,
    });
  }
  if (record.discardedAt !== undefined) {
    throw new InvalidInputError('ERR_RUN_DISCARDED', {
      message: `run ${record.runId} was discarded at ${record.discardedAt}`,
      hint: 'there is nothing left to remove',
    });
  }
}

/** Every name under which the run may have published something. */
function candidates(record: RunRecord): string[] {
  const id = record.runId;
  const kept = record.stories.flatMap(({ branch }) =>
    branch === null || branch === undefined ? [] : [branch],
  );
  const names = [
    record.publishedBranch ?? record.branch,
    record.branch,
    `${record.branch}-run-${id}`,
    `codetether-run-${id}`,
    ...kept,
  ];
  return [...new Set(names)];
}

/** Commits that this run made: on its ref, on its branch, and on the branches of stories that did not merge. */
async function commitsOf(
  home: string,
  repository: UserRepository,
  record: RunRecord,
): Promise<ReadonlySet<string>> {
  const own = record.stories.flatMap(({ commit }) => (commit === null ? [] : [commit]));
  const found = new Set(own);
  const heads = [record.headCommit, ...keptBranches(record).map((name) => `refs/heads/${name}`)];
  const bare = createGit({ gitDir: bareRepository(home, record.repository) });
  for (const git of [repository.git, bare]) {
    for (const head of heads) {
      const answer = await git
        .run(['rev-list', '--end-of-options', head, `^${record.baseCommit}`], { accept: [128] })
        .catch(() => undefined);
      const lines = answer?.exitCode === 0 ? answer.stdout.toString('utf8').split('\n') : [];
      for (const commit of lines.filter((line) => line !== '')) found.add(commit);
    }
  }
  return found;
}

function keptBranches(record: RunRecord): string[] {
  return record.stories.flatMap(({ branch }) =>
    branch === null || branch === undefined ? [] : [branch],
  );
}

/** The base for a branch that the run went on with; also when nothing else would reach the base any more. */
async function resetPoint(
  repository: UserRepository,
  record: RunRecord,
  name: string,
): Promise<string | null> {
  if (name !== record.branch) return null;
  if (record.continuesBranch !== undefined)
    return record.continuesBranch ? record.baseCommit : null;
  const answer = await repository.git.run([
    'for-each-ref',
    '--format=%(refname:lstrip=2)',
    `--contains=${record.baseCommit}`,
    'refs/heads',
  ]);
  const others = answer.stdout.toString('utf8').split('\n');
  return others.some((other) => other !== '' && other !== name) ? null : record.baseCommit;
}

/** Stories that this run passed, but for those that a merge or another branch keeps. */
async function lostStories(
  repository: UserRepository,
  record: RunRecord,
  branches: readonly DiscardedBranch[],
): Promise<string[]> {
  const merged = new Set((record.merges ?? []).flatMap(({ stories }) => stories));
  const removed = new Set(branches.map(({ name }) => name));
  const lost: string[] = [];
  for (const { story, commit } of record.stories) {
    if (commit === null || merged.has(story.id)) continue;
    const answer = await repository.git.run(
      ['for-each-ref', '--format=%(refname:lstrip=2)', `--contains=${commit}`, 'refs/heads'],
      { accept: [128, 129] },
    );
    const holders = answer.stdout
      .toString('utf8')
      .split('\n')
      .filter((name) => name !== '');
    if (holders.every((name) => removed.has(name))) lost.push(story.id);
  }
  return lost;
}

function isCheckedOut(name: string, path: string): InvalidInputError {
  return new InvalidInputError('ERR_BRANCH_CHECKED_OUT', {
    message: `${name} is checked out in ${path}`,
    where: { file: path },
    hint: 'switch to another branch there first; nothing was removed',
  });
}
