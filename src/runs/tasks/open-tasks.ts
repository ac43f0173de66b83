import type { Client } from '@temporalio/client';
import type { PushOutbox, TaskService } from '../../client/index.js';
import type { Config } from '../../config/index.js';
import { connectTemporal } from '../../host/index.js';
import { openEnvelope } from '../../keys/index.js';
import { createPushFiles, homePaths, refusePushUrl } from '../../platform/index.js';
import type { ServiceEndpoint } from '../../service/index.js';
import { localEvents } from '../local-ports.js';
import { registeredAttributes } from '../registered-attributes.js';
import { localTasks } from './local-tasks.js';

/** Tasks from outside, and the connection under them. */
export interface OpenTasks {
  readonly tasks: TaskService;
  /** Whether Temporal answers; never throws. */
  isReachable(): Promise<boolean>;
  /** Tasks that have not ended. */
  openCount(): Promise<number>;
  readonly push: PushOutbox;
  close(): Promise<void>;
}

/** Connects to the running service. Throws `ERR_TEMPORAL_UNREACHABLE` (exit 3). */
export async function openTasks(config: Config, endpoint: ServiceEndpoint): Promise<OpenTasks> {
  const { countOpenTasks, createPushService, createTaskService } =
    await import('../../client/index.js');
  const envelope = openEnvelope(config);
  const connection = await connectTemporal(endpoint.target, envelope);
  const local = localTasks(config.home, envelope);
  const tasks = createTaskService({
    temporal: connection.client,
    tasks: local,
    events: localEvents(config.home, envelope),
    taskQueue: endpoint.taskQueue,
    maxOpen: config.worker.tasks.maxOpen,
    hasSearchAttributes: await registeredAttributes(connection.client, endpoint.target),
  });
  const push = createPushService({
    temporal: connection.client,
    tasks,
    store: createPushFiles(homePaths(config.home).pushes, envelope),
    taskQueue: endpoint.taskQueue,
    refuseUrl: (url) => refusePushUrl(url, config.worker.pushAllowHosts),
  });
  const close = async (): Promise<void> => {
    local.close();
    await connection.close();
  };
  const { client } = connection;
  return {
    tasks,
    push,
    isReachable: () => isReachable(client),
    openCount: () => countOpenTasks(client),
    close,
  };
}

const ANSWER_MS = 2000;

async function isReachable(client: Client): Promise<boolean> {
  try {
    await client.connection.withDeadline(Date.now() + ANSWER_MS, () =>
      client.workflowService.getSystemInfo({}),
    );
    return true;
  } catch {
    return false;
  }
}
