import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ProbeActivities } from '../../activities/index.js';
import { ACTIVITY_POLICIES, type ProbeInput, type ProbeResult } from '../../contracts/index.js';

const probeActivities = proxyActivities<ProbeActivities>({
  ...ACTIVITY_POLICIES.probe,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** Asks one model for one word, once: whoever waits for the answer wants the first failure. */
export async function probeModelWorkflow(input: ProbeInput): Promise<ProbeResult> {
  return probeActivities.probeModel(input);
}
