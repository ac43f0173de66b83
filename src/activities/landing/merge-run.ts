import { mkdir } from 'node:fs/promises';
import type { MergeInput, MergeResult } from '../../contracts/index.js';
import { InvalidInputError, type Evidence, type StepKey } from '../../domain/index.js';
import {
  branchTip,
  createGit,
  createWorkspace,
  keepBytes,
  noteMerge,
  openUserRepository,
  openWorkspace,
  publishCommit,
  replayCommits,
  type Git,
  bareRepository,
  laneId,
} from '../../platform/index.js';
import { fetchSource } from '../workspace/bare-clone.js';
import type { RalphDependencies, RalphWork } from '../workspace/dependencies.js';
import { refsFolder } from '../workspace/layout.js';
import { createProofRounds } from '../proof/proof-rounds.js';
import { keepRunRefs } from '../workspace/run-refs.js';
import { bringSubmodules } from '../workspace/submodules.js';
import { setupFailed } from '../workspace/setup/setup-failed.js';

/** A run's commits on the tip of a branch, or why there are none. */
export type RebasedRun =
  | { readonly outcome: 'ready'; readonly commit: string }
  | Extract<MergeResult, { outcome: 'conflict' | 'refused' }>;

/** A branch that was moved, or why it was not. */
export type PublishedMerge =
  | { readonly outcome: 'published'; readonly commit: string }
  | Extract<MergeResult, { outcome: 'refused' }>;

/**
 * Makes the run's commits again on the branch's tip, in the engine's clone; the same request makes the same commits. The clone
 * is filled again from the person's branches when it is gone.
 */
export async function rebaseOnto(
  dependencies: RalphDependencies,
  request: MergeInput & { readonly committedAt: string },
): Promise<RebasedRun> {
  const gitDir = bareRepository(dependencies.home, request.repository);
  await mkdir(gitDir, { recursive: true });
  const git = createGit({ gitDir });
  await git.run(['init', '--bare', '--quiet']);
  await keepBytes(gitDir);
  await fetchSource(git, request.repository);
  const { repository, runId } = request;
  await keepRunRefs(git, repository, refsFolder(dependencies.home, repository, runId));
  const tip = await branchTip(await openUserRepository(request.repository), request.into);
  if (tip !== request.tip) return moved(request);
  const replay = await replayCommits(git, {
    commits: request.commits,
    onto: request.tip,
    committer: request.author,
    date: request.committedAt,
  });
  if (replay.kind === 'conflict')
    return { outcome: 'conflict', commit: replay.commit, files: [...replay.files] };
  await bringSubmodules(git, {
    repository,
    base: replay.head,
    allowedHosts: request.setup.submoduleHosts,
  });
  const commit = request.mode === 'squash' ? await squash(git, request, replay.head) : replay.head;
  // Kept by a ref until the next merge of this run, so that nothing can collect it meanwhile.
  await git.run(['update-ref', mergeRef(request.runId), commit]);
  return { outcome: 'ready', commit };
}

function mergeRef(runId: string): string {
  return `refs/codetether/merges/${runId}`;
}

function squash(
  git: Git,
  request: MergeInput & { readonly committedAt: string },
  head: string,
): Promise<string> {
  return git.commitTree({
    tree: `${head}^{tree}`,
    parents: [request.tip],
    message: request.squashMessage,
    author: request.author,
    date: request.committedAt,
  });
}

function moved(request: MergeInput): Extract<MergeResult, { outcome: 'refused' }> {
  return {
    outcome: 'refused',
    code: 'ERR_TARGET_MOVED',
    message: `${request.into} got other commits while it was merged`,
    hint: 'run the same command again; nothing was changed',
  };
}

/** Runs the checks of the run on the merged tree, in a proof lane of its own. Settled checks are not run again by a retry. */
export async function proveMerge(
  work: RalphWork,
  request: MergeInput & { readonly key: StepKey; readonly commit: string },
): Promise<Evidence[]> {
  const { home } = work.dependencies;
  const id = laneId(request.repository, request.runId, 'merge');
  const gitDir = bareRepository(home, request.repository);
  const refPrefix = `refs/codetether/lanes/${request.runId}/merge`;
  await createWorkspace(home, id, { gitDir, refPrefix });
  const { key, checks, setup } = request;
  const proofLane = await openWorkspace(home, { id, workdir: request.workdir });
  const plan = {
    key,
    base: request.commit,
    checks,
    verificationSteps: [],
    setup,
    baseline: null,
    existing: request.existing,
  };
  const tree = await createGit({ gitDir }).resolve(`${request.commit}^{tree}`);
  const rounds = createProofRounds(work, plan, proofLane);
  const round = await rounds.run(tree ?? request.commit, 'story');
  if (!round.isReady) throw setupFailed(round.failure);
  return round.evidence;
}

/** Publishes what was proven and notes it in the record. A branch that is there already is success. */
export async function publishRun(
  dependencies: RalphDependencies,
  request: MergeInput & { readonly commit: string; readonly mergedAt: string },
): Promise<PublishedMerge> {
  const source = bareRepository(dependencies.home, request.repository);
  const { commit, into } = request;
  try {
    const repository = await openUserRepository(request.repository);
    if (!(await publishCommit(repository, { source, commit, branch: into }))) return moved(request);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const { code, message, hint = '' } = error;
    return { outcome: 'refused', code, message, hint };
  }
  const { stories, mode, mergedAt } = request;
  await noteMerge(dependencies.records, request.runId, { into, commit, stories, mode, mergedAt });
  return { outcome: 'published', commit };
}
