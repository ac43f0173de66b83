import type { Client } from '@temporalio/client';
import { hostQueue } from '../contracts/index.js';
import {
  planServedBundles,
  servedQueues,
  type QueueFinding,
  type ServedBundles,
  type ServedQueue,
} from '../domain/index.js';
import type { Logger } from '../observability/index.js';
import {
  readServedBundles,
  removeBundle,
  replayOpenWorkflows,
  unusedBundles,
  writeServedBundles,
} from '../host/index.js';

/** What {@link decideServing} looks at. */
export interface ServingRequest {
  readonly client: Client;
  readonly home: string;
  readonly hostId: string;
  /** The bundle of this build. */
  readonly bundle: { readonly digest: string; readonly codePath: string };
  readonly logger: Logger;
}

/** Stands for the bundle of versions that kept none. */
const UNKNOWN_BUNDLE = 'unknown';

/**
 * Decides which bundle serves which queue, before anything polls: every open workflow that another bundle started is replayed
 * against this build's. Notes the decision and gives it.
 */
export async function decideServing(request: ServingRequest): Promise<ServedBundles> {
  const { home, bundle } = request;
  const before = readServedBundles(home) ?? {
    version: 1,
    digest: UNKNOWN_BUNDLE,
    generation: 1,
    older: [],
  };
  const findings = new Map<number, QueueFinding>();
  for (const queue of servedQueues(before)) {
    if (queue.digest !== bundle.digest)
      findings.set(queue.generation, await examineQueue(request, queue));
  }
  const served = planServedBundles(before, bundle.digest, findings);
  writeServedBundles(home, served);
  for (const digest of unusedBundles(home)) removeBundle(home, digest);
  return served;
}

async function examineQueue(request: ServingRequest, queue: ServedQueue): Promise<QueueFinding> {
  const { client, hostId, bundle, logger } = request;
  const taskQueue = hostQueue(hostId, queue.generation);
  const startedAt = performance.now();
  const results = await replayOpenWorkflows({ client, taskQueue, codePath: bundle.codePath });
  if (results.length === 0) return 'empty';
  const different = results.filter(({ problem }) => problem !== null);
  logger.log('info', 'replayed open workflows against this build', {
    task_queue: taskQueue,
    workflows: results.length,
    different: different.length,
    duration_ms: Math.round(performance.now() - startedAt),
  });
  for (const { workflowId, problem } of different)
    logger.log('info', 'stays with its own bundle', { workflow_id: workflowId, problem });
  return different.length === 0 ? 'replays' : 'differs';
}
