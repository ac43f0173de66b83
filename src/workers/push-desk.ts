import { getClient } from '@temporalio/activity';
import type { PushDependencies } from '../activities/index.js';
import { createTaskService, type TaskService } from '../client/index.js';
import type { WorkerSettings } from '../config/index.js';
import { hostQueue } from '../contracts/index.js';
import { hostId } from '../host/index.js';
import { createPushFiles, homePaths, postPush, type Envelope } from '../platform/index.js';

/** What deliveries of a worker are made over. */
interface DeskParts {
  readonly home: string;
  readonly settings: WorkerSettings;
  readonly envelope: Envelope | null;
}

interface OpenedTasks {
  readonly service: TaskService;
  /** Empty where there is no such task. */
  readonly ownerOf: (taskId: string) => Promise<string>;
}

/** What deliveries of updates need; tasks are opened with the first of them. */
export function openPushDesk(parts: DeskParts): PushDependencies {
  const { home, settings, envelope } = parts;
  let opened: Promise<OpenedTasks> | undefined;
  return {
    pushes: createPushFiles(homePaths(home).pushes, envelope),
    post: (post) => postPush(post, settings.pushAllowHosts),
    async *updatesOf({ taskId, cursor, signal }) {
      const { service, ownerOf } = await (opened ??= openTasks(parts));
      // Whoever set the configuration was its owner.
      yield* service.follow({ name: await ownerOf(taskId) }, { taskId, cursor, signal });
    },
  };
}

async function openTasks({ home, settings, envelope }: DeskParts): Promise<OpenedTasks> {
  const { localEvents, localTasks } = await import('../runs/index.js');
  const tasks = localTasks(home, envelope);
  const service = createTaskService({
    // The client of an activity is that of the worker, and only there during a call.
    temporal: getClient(),
    tasks,
    events: localEvents(home, envelope),
    taskQueue: hostQueue(hostId(home)),
    maxOpen: settings.tasks.maxOpen,
    maxOpenPerOwner: settings.tasks.maxOpenPerOwner,
    hasSearchAttributes: false,
  });
  return {
    service,
    ownerOf: async (taskId) => (await tasks.readRequest(taskId))?.owner ?? '',
  };
}
