import { workflowInfo } from '@temporalio/workflow';

/**
 * Identity of this workflow across continue-as-new and retries of the same start: workflow id and first run id. Step keys
 * and event numbers live in it (design.md section 7).
 */
export function workflowScope(): string {
  const info = workflowInfo();
  return `${info.workflowId}/${info.firstExecutionRunId}`;
}

/** Workflow time as ISO 8601; deterministic, because Temporal replaces Date in workflows. */
export function workflowTime(): string {
  return new Date().toISOString();
}
