import type { Client } from '@temporalio/client';
import type { PushOutbox, TaskService } from '../../client/index.js';
import type { Config, WorkerSettings } from '../../config/index.js';
import { connectTemporal, type TemporalTarget } from '../../host/index.js';
import { openEnvelope } from '../../keys/index.js';
import { createPushFiles, homePaths, refusePushUrl, type Envelope } from '../../platform/index.js';
import type { ServiceEndpoint } from '../../service/index.js';
import { openBoard } from '../board/open-board.js';
import type { BoardDesk } from '../board/board-desk.js';
import { localEvents } from '../local-ports.js';
import { registeredAttributes } from '../registered-attributes.js';
import { localTasks } from './local-tasks.js';

/** Tasks from outside over a connection that somebody else holds. */
export interface TasksOver {
  readonly tasks: TaskService;
  /** Whether Temporal answers; never throws. */
  isReachable(): Promise<boolean>;
  /** Tasks that have not ended. */
  openCount(): Promise<number>;
  readonly push: PushOutbox;
  /** All runs of the home. */
  readonly board: BoardDesk;
  /** Ends the watching of the disk. */
  release(): void;
}

/** The same with a connection of their own. */
export interface OpenTasks extends TasksOver {
  close(): Promise<void>;
}

/** Whose tasks and runs they are, and where new ones go. */
export interface TasksPlace {
  readonly config: { readonly home: string; readonly worker: WorkerSettings };
  readonly envelope: Envelope | null;
  readonly target: TemporalTarget;
  readonly taskQueue: string;
  /** Address of Temporal's web interface; null = there is none that we may show. */
  readonly uiUrl: string | null;
}

/** Connects to the running service. Throws `ERR_TEMPORAL_UNREACHABLE` (exit 3). */
export async function openTasks(config: Config, endpoint: ServiceEndpoint): Promise<OpenTasks> {
  const envelope = openEnvelope(config);
  const { target, taskQueue, uiUrl } = endpoint;
  const connection = await connectTemporal(target, envelope);
  const place = { config, envelope, target, taskQueue, uiUrl };
  const over = await tasksOver(connection.client, place);
  const close = async (): Promise<void> => {
    over.release();
    await connection.close();
  };
  return { ...over, close };
}

/** Tasks from outside over a client of Temporal. */
export async function tasksOver(client: Client, place: TasksPlace): Promise<TasksOver> {
  const { config, envelope, taskQueue, target } = place;
  const { countOpenTasks, createPushService, createTaskService } =
    await import('../../client/index.js');
  const hasSearchAttributes = await registeredAttributes(client, target);
  const local = localTasks(config.home, envelope);
  const tasks = createTaskService({
    temporal: client,
    tasks: local,
    events: localEvents(config.home, envelope),
    taskQueue,
    maxOpen: config.worker.tasks.maxOpen,
    maxOpenPerOwner: config.worker.tasks.maxOpenPerOwner,
    hasSearchAttributes,
  });
  const push = createPushService({
    temporal: client,
    tasks,
    store: createPushFiles(homePaths(config.home).pushes, envelope),
    taskQueue,
    refuseUrl: (url) => refusePushUrl(url, config.worker.pushAllowHosts),
  });
  const board = await openBoard(client, place, hasSearchAttributes);
  return {
    tasks,
    push,
    board,
    isReachable: () => isReachable(client),
    openCount: () => countOpenTasks(client),
    release: () => local.close(),
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
