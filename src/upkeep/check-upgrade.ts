import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Config, type EnvironmentVariables, processEnvironment } from '../config/index.js';
import { hostQueue } from '../contracts/index.js';
import { InfrastructureError, servedQueues } from '../domain/index.js';
import { sha256 } from '../platform/index.js';
import { openEnvelope } from '../keys/index.js';
import {
  hostId,
  connectTemporal,
  externalTarget,
  runningTarget,
  readServedBundles,
  replayOpenWorkflows,
  type ReplayedWorkflow,
} from '../host/index.js';

/** What this build would do with the open workflows of one queue. */
export interface QueueCheck {
  readonly taskQueue: string;
  /** SHA-256 of the bundle that serves it now; null when that was never noted. */
  readonly digest: string | null;
  readonly workflows: readonly ReplayedWorkflow[];
}

/** Answer of {@link checkUpgrade}. */
export interface UpgradeCheck {
  /** SHA-256 of this build's workflow bundle. */
  readonly digest: string;
  /** True when the running service has this bundle already. */
  readonly isServed: boolean;
  readonly queues: readonly QueueCheck[];
}

/** SHA-256 of this build's workflow bundle. */
export function ownBundleDigest(): string {
  return sha256(readFileSync(ownBundlePath()));
}

/**
 * Replays every open workflow of this host against this build's bundle and changes nothing. Needs a Temporal server that
 * answers, and starts none: throws `ERR_SERVICE_NOT_RUNNING` (exit 3) when the embedded one does not run.
 */
export async function checkUpgrade(
  config: Config,
  environment: EnvironmentVariables = processEnvironment(),
): Promise<UpgradeCheck> {
  const target = externalTarget(environment) ?? runningTarget(config.home);
  if (target === null) {
    throw new InfrastructureError('ERR_SERVICE_NOT_RUNNING', {
      message: 'the open runs cannot be read: the service of this home does not run',
      hint: 'nothing switches while it is down; with the earlier version, run: codetether up',
      isRetryable: false,
    });
  }
  const digest = ownBundleDigest();
  const served = readServedBundles(config.home);
  const host = hostId(config.home);
  const known =
    served === null
      ? [{ generation: 1, digest: null }]
      : servedQueues(served).map((queue) => ({
          generation: queue.generation,
          digest: queue.digest,
        }));
  const connection = await connectTemporal(target, openEnvelope(config));
  try {
    const beforeReplay = once(silenceRuntime);
    const queues: QueueCheck[] = [];
    for (const queue of known) {
      const taskQueue = hostQueue(host, queue.generation);
      const { client } = connection;
      const request = { client, taskQueue, codePath: ownBundlePath(), beforeReplay };
      queues.push({
        taskQueue,
        digest: queue.digest,
        workflows: await replayOpenWorkflows(request),
      });
    }
    return { digest, isServed: served?.digest === digest, queues };
  } finally {
    await connection.close();
  }
}

/** The same work, done the first time only. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

/** The library would write every difference to our output, and takes the signals of its process. */
async function silenceRuntime(): Promise<void> {
  const { DefaultLogger, makeTelemetryFilterString, Runtime } = await import('@temporalio/worker');
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter, forward: {} } },
    shutdownSignals: [],
  });
}

function ownBundlePath(): string {
  return fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
}
