import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type {
  ModelActivities,
  NotifyActivities,
  RalphActivities,
  RecordActivities,
  ToolActivities,
} from '../../activities/index.js';
import { ACTIVITY_POLICIES } from '../../contracts/index.js';

/** Model calls: normal activities with heartbeats. */
export const modelActivities = proxyActivities<ModelActivities>({
  ...ACTIVITY_POLICIES.model,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** Tools that may run for long (bash). */
export const toolActivities = proxyActivities<ToolActivities>({
  ...ACTIVITY_POLICIES.tool,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** Tools under a second. */
export const localToolActivities = proxyLocalActivities<ToolActivities>(
  ACTIVITY_POLICIES.localTool,
);

/** Git and file work of a Ralph run. */
export const workspaceActivities = proxyActivities<RalphActivities>({
  ...ACTIVITY_POLICIES.workspace,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** Messages to people outside; at most half a minute of sending. */
export const notifyActivities = proxyActivities<NotifyActivities>({
  ...ACTIVITY_POLICIES.workspace,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** Run record and event log. */
export const recordActivities = proxyLocalActivities<RecordActivities>(ACTIVITY_POLICIES.record);
