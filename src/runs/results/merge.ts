import { savedRuns } from './command-stores.js';
import { processEnvironment, type Config } from '../../config/index.js';
import type { MergeResult } from '../../contracts/index.js';
import { InfrastructureError, InvalidInputError, type RunRecord } from '../../domain/index.js';
import {
  bareRepository,
  bearBranch,
  type BranchBirth,
  noteMerge,
  openUserRepository,
  publishCommit,
  setHostEnvironment,
  sha256,
} from '../../platform/index.js';
import { openEnvelope } from '../../keys/index.js';
import { ensureRunning, type EnsureOptions } from '../../service/index.js';
import { connectTemporal } from '../../host/index.js';
import type { MergePlan } from './merge-plan.js';

/** How a merge ended for the person who asked; a refusal is thrown. */
export type MergeEnd = Extract<
  MergeResult,
  { outcome: 'published' | 'conflict' | 'checks_failed' }
>;

/**
 * Carries a plan out. What the run proved as it is goes straight to the branch; everything else is made and checked by the
 * service first. Nothing is changed unless the answer is `published`. Throws `ERR_MERGE_REFUSED`, `ERR_TARGET_CHECKED_OUT`,
 * `ERR_TARGET_MOVED` (exit 2), and `ERR_MERGE_FAILED` (exit 3).
 */
export async function mergeRun(
  config: Config,
  merge: { readonly record: RunRecord; readonly plan: MergePlan },
  options: EnsureOptions = {},
): Promise<MergeEnd> {
  setHostEnvironment(processEnvironment());
  const { record, plan } = merge;
  if (plan.conflict !== null)
    return { outcome: 'conflict', commit: plan.conflict.commit, files: [...plan.conflict.files] };
  const isPresent = plan.input.mode === 'fast-forward' && !plan.needsProof;
  const bring = (): Promise<MergeEnd> =>
    isPresent ? forward(config, record, plan) : throughService(config, plan, options);
  return plan.birth === null ? bring() : ontoNewBranch(record, plan.birth, bring);
}

/** The branch gets its first commit, and loses it again when nothing is brought on top. */
async function ontoNewBranch(
  record: RunRecord,
  birth: BranchBirth,
  bring: () => Promise<MergeEnd>,
): Promise<MergeEnd> {
  const undo = await bearBranch(await openUserRepository(record.repository), birth);
  try {
    const end = await bring();
    if (end.outcome !== 'published') await undo();
    return end;
  } catch (error) {
    await undo();
    throw error;
  }
}

/** The run's own commits, unchanged: one step of git. */
async function forward(config: Config, record: RunRecord, plan: MergePlan): Promise<MergeEnd> {
  const { into, stories, mode, commits } = plan.input;
  const commit = commits.at(-1) ?? record.headCommit;
  const repository = await openUserRepository(record.repository);
  const bare = bareRepository(config.home, record.repository);
  const isHere = (await repository.git.resolve(`${commit}^{commit}`)) !== undefined;
  const source = isHere ? repository.commonDir : bare;
  if (!(await publishCommit(repository, { source, commit, branch: into })))
    throw new InvalidInputError('ERR_TARGET_MOVED', {
      message: `${into} got other commits while it was merged`,
      hint: 'run the same command again; nothing was changed',
    });
  const mergedAt = new Date().toISOString();
  await noteMerge(savedRuns(config), record.runId, { into, commit, stories, mode, mergedAt });
  return { outcome: 'published', commit, evidence: [] };
}

async function throughService(
  config: Config,
  plan: MergePlan,
  options: EnsureOptions,
): Promise<MergeEnd> {
  const endpoint = await ensureRunning(config, options);
  const { executeMerge } = await import('../../client/index.js');
  const connection = await connectTemporal(endpoint.target, openEnvelope(config));
  const { input } = plan;
  try {
    const result = await executeMerge(connection.client, {
      workflowId: `merge/${input.runId}/${sha256(JSON.stringify(input)).slice(0, 12)}`,
      taskQueue: endpoint.taskQueue,
      // Files that the run proved already need no second proof.
      input: plan.needsProof ? input : { ...input, checks: [] },
    });
    return asEnd(result);
  } finally {
    await connection.close();
  }
}

function asEnd(result: MergeResult): MergeEnd {
  if (result.outcome === 'refused') {
    const { code, message, hint } = result;
    throw new InvalidInputError(code, { message, hint });
  }
  if (result.outcome === 'failed') {
    throw new InfrastructureError('ERR_MERGE_FAILED', {
      message: `the merge could not be done: ${result.message}`,
      hint: 'nothing was changed; see codetether logs worker, then run the same command again',
      data: { code: result.code },
    });
  }
  return result;
}

/** The story that a commit of a plan made, or the commit itself. */
export function nameOfCommit(plan: MergePlan, commit: string): string {
  const found = plan.commits.find((candidate) => candidate.commit === commit);
  return found?.story ?? commit.slice(0, 10);
}
