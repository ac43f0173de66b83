import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { MergeInput, MergeResult } from '../../contracts/index.js';
import { isRed, markdownCode, markdownText, proofLimitMs } from '../../domain/index.js';
import { showDetails } from '../lib/current-details.js';
import { failureFacts } from '../lib/failure.js';
import { workflowTime } from '../lib/scope.js';
import { standaloneSteps } from '../lib/step.js';

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

function showMerge({ runId, into, checks }: MergeInput, doing: string): void {
  showDetails(`merge into ${markdownText(into)}`, [
    {
      lines: [`**now** ${doing}`, `**checks** ${checks.length}`, `**run** ${markdownCode(runId)}`],
    },
  ]);
}

async function merge(input: MergeInput): Promise<MergeResult> {
  const { runId, ...work } = input;
  const steps = standaloneSteps(runId);
  showMerge(input, `puts ${input.commits.length} commits on top of it`);
  const rebased = await steps.once('rebaseRun', {
    summary: `${input.commits.length} commits onto ${input.into}`,
    args: { ...work, committedAt: workflowTime() },
  });
  if (rebased.outcome !== 'ready') return rebased;
  const { commit } = rebased;
  const { checks, setup } = input;
  showMerge(input, `checks the result, ${commit.slice(0, 10)}`);
  const { evidence } = await steps.once('proveTree', {
    summary: `checks on ${commit.slice(0, 10)}, to go to ${input.into}`,
    extraMs: proofLimitMs({ checks, verificationSteps: [], setup }),
    args: { ...work, commit },
  });
  if (evidence.some(isRed)) return { outcome: 'checks_failed', evidence };
  // Begun is finished: a request to stop comes too late between the branch and its note in the record.
  return CancellationScope.nonCancellable(async () => {
    showMerge(input, `moves it to ${commit.slice(0, 10)}`);
    const published = await steps.once('publishMerge', {
      summary: `move ${input.into} to ${commit.slice(0, 10)}`,
      args: { ...work, commit, mergedAt: workflowTime() },
    });
    return published.outcome === 'published' ? { ...published, evidence } : published;
  });
}
