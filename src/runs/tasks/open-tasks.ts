import type { Client } from '@temporalio/client';
import type { TaskService } from '../../client/index.js';
import type { Config } from '../../config/index.js';
import { connectTemporal } from '../../host/index.js';
import { openEnvelope } from '../../keys/index.js';
import type { ServiceEndpoint } from '../../service/index.js';
import { localEvents } from '../local-ports.js';
import { registeredAttributes } from '../registered-attributes.js';
import { localTasks } from './local-tasks.js';

/** Tasks from outside, and the connection under them. */
export interface OpenTasks {
  readonly tasks: TaskService;
  /** Whether Temporal answers; never throws. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}

/** Connects to the running service. Throws `ERR_TEMPORAL_UNREACHABLE` (exit 3). */
export async function openTasks(config: Config, endpoint: ServiceEndpoint): Promise<OpenTasks> {
  const { createTaskService } = await import('../../client/index.js');
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
  const close = async (): Promise<void> => {
    local.close();
    await connection.close();
  };
  return { tasks, isReachable: () => isReachable(connection.client), close };
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
