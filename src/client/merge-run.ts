import type { Client } from '@temporalio/client';
import { markdownText } from '../domain/index.js';
import {
  mergeResultSchema,
  WORKFLOW_TASK_TIMEOUT_MS,
  WORKFLOW_TYPES,
  type MergeInput,
  type MergeResult,
} from '../contracts/index.js';

/** A merge to be done by the service. */
export interface MergeStart {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly input: MergeInput;
}

/**
 * Merges a run through the service and gives how it ended. The same merge that still goes on is waited for instead of being
 * started twice.
 */
export async function executeMerge(temporal: Client, start: MergeStart): Promise<MergeResult> {
  const result: unknown = await temporal.workflow.execute(WORKFLOW_TYPES.merge, {
    workflowId: start.workflowId,
    taskQueue: start.taskQueue,
    args: [start.input],
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: markdownText(`merge of ${start.input.runId} into ${start.input.into}`, 160),
    staticDetails: `- **checks** ${start.input.checks.length}\n- **commits** ${start.input.commits.length}`,
  });
  return mergeResultSchema.parse(result);
}
