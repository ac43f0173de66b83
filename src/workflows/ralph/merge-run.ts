import {
  ActivityCancellationType,
  CancellationScope,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { MergeActivities } from '../../activities/index.js';
import { ACTIVITY_POLICIES, type MergeInput, type MergeResult } from '../../contracts/index.js';
import { proofLimitMs } from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { workflowScope, workflowTime } from '../lib/scope.js';

const { rebaseRun, proveTree, publishMerge } = proxyActivities<MergeActivities>({
  ...ACTIVITY_POLICIES.workspace,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/**
 * Brings a run's commits onto a branch that went on meanwhile: rebased in the engine's clone, checked there on exactly the
 * tree that results, and only then published in one step. Never throws but for cancellation; nothing is ever half-done.
 */
export async function mergeRunWorkflow(input: MergeInput): Promise<MergeResult> {
  try {
    return await merge(input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, message } = failureFacts(error);
    return { outcome: 'failed', code, message };
  }
}

async function merge(input: MergeInput): Promise<MergeResult> {
  const scope = workflowScope();
  const rebased = await rebaseRun({
    ...input,
    key: { scope, step: 1, index: 0 },
    committedAt: workflowTime(),
  });
  if (rebased.outcome !== 'ready') return rebased;
  const { commit } = rebased;
  const { checks, setup } = input;
  const policy = ACTIVITY_POLICIES.checks;
  const { evidence } = await proveTree.executeWithOptions(
    {
      ...policy,
      startToCloseTimeout:
        policy.startToCloseTimeout + proofLimitMs({ checks, verificationSteps: [], setup }),
      summary: `checks on ${commit.slice(0, 10)}, to go to ${input.into}`,
    },
    [{ ...input, key: { scope, step: 2, index: 0 }, commit }],
  );
  if (evidence.some((entry) => entry.exitCode !== 0 || entry.isTimedOut))
    return { outcome: 'checks_failed', evidence };
  // Begun is finished: a request to stop comes too late between the branch and its note in the record.
  return CancellationScope.nonCancellable(async () => {
    const published = await publishMerge({
      ...input,
      key: { scope, step: 3, index: 0 },
      commit,
      mergedAt: workflowTime(),
    });
    return published.outcome === 'published' ? { ...published, evidence } : published;
  });
}
