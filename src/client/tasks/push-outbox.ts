import { ActivityExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { ulid } from 'ulid';
import { PUSH_ACTIVITY, PUSH_TIMES, pushActivityId } from '../../contracts/index.js';
import {
  InfrastructureError,
  InvalidInputError,
  isTerminal,
  pushConfigSchema,
  visibleLine,
  type PushConfig,
  type PushOrder,
  type PushRecord,
  type PushStatus,
} from '../../domain/index.js';
import type { PushEntry, PushService } from './push-service.js';
import type { TaskService } from './task-service.js';

/** Configurations of deliveries, wherever they are kept. */
export interface PushStore {
  read(taskId: string, id: string): Promise<PushRecord | undefined>;
  list(taskId: string): Promise<readonly PushRecord[]>;
  all(): AsyncIterable<PushRecord>;
  write(record: PushRecord): Promise<void>;
  remove(taskId: string, id: string): Promise<void>;
  /** Undefined = nothing was tried yet. */
  readStatus(order: PushOrder): Promise<PushStatus | undefined>;
  /** Only of what no delivery works on. */
  writeStatus(order: PushOrder, status: PushStatus): Promise<void>;
}

/** What {@link createPushService} works with. */
export interface PushServiceOptions {
  readonly temporal: Pick<Client, 'activity'>;
  readonly tasks: Pick<TaskService, 'get'>;
  readonly store: PushStore;
  /** Queue of the workers that deliver. */
  readonly taskQueue: string;
  /** Why an address must not be called; undefined = it may be. */
  readonly refuseUrl: (url: string) => Promise<string | undefined>;
}

/** A {@link PushService} that goes on with what was begun. */
export interface PushOutbox extends PushService {
  /** Begins every delivery anew that is not over and not under way, and gives how many those are. To be called when a service starts. */
  resume(): Promise<number>;
}

/** Configurations that one task may have. */
const MOST_CONFIGS = 5;
const HEADER = /^[\x20-\x7e]*$/;

/**
 * Updates of tasks are posted by one standalone activity of Temporal for each configuration: it survives this process, is started once,
 * and is seen in Temporal's web interface. Its input names the configuration and holds no secret.
 */
export function createPushService(options: PushServiceOptions): PushOutbox {
  const { tasks, store } = options;
  return {
    async set(caller, asked) {
      const config = parseConfig({ ...asked, id: asked.id ?? ulid().toLowerCase() });
      const task = await tasks.get(caller, config.taskId);
      const reason = await options.refuseUrl(config.url);
      if (reason !== undefined) throw urlRefused(reason);
      const others = await store.list(config.taskId);
      const before = others.find((record) => record.config.id === config.id);
      if (before === undefined && others.length >= MOST_CONFIGS) throw tooMany(config.taskId);
      const record: PushRecord = {
        version: 1,
        config,
        contextId: task.contextId,
        generation: ulid().toLowerCase(),
        behind: task.cursor,
      };
      await store.write(record);
      if (before !== undefined) await end(options, before);
      const isOver = isTerminal(task.state);
      const status = freshStatus(record, isOver);
      // Nothing comes any more: there is nothing to begin.
      if (isOver) await store.writeStatus(orderOf(record), status);
      else await begin(options, record);
      return { config, status };
    },
    async get(caller, { taskId, id }) {
      await tasks.get(caller, taskId);
      const record = await store.read(taskId, id);
      if (record === undefined) throw notFound(id);
      return entryOf(options, record);
    },
    async list(caller, taskId) {
      await tasks.get(caller, taskId);
      const records = await store.list(taskId);
      return Promise.all(records.map((record) => entryOf(options, record)));
    },
    async remove(caller, { taskId, id }) {
      await tasks.get(caller, taskId);
      const record = await store.read(taskId, id);
      if (record === undefined) return;
      await store.remove(taskId, id);
      await end(options, record);
    },
    async resume() {
      let count = 0;
      for await (const record of store.all()) {
        const status = await store.readStatus(orderOf(record));
        if (status !== undefined && status.state !== 'active') continue;
        if (await begin(options, record)) count += 1;
        else await moveHere(options, record);
      }
      return count;
    },
  };
}

function orderOf({ config: { taskId, id }, generation }: PushRecord): PushOrder {
  return { taskId, id, generation };
}

async function entryOf({ store }: PushServiceOptions, record: PushRecord): Promise<PushEntry> {
  const status = await store.readStatus(orderOf(record));
  return { config: record.config, status: status ?? freshStatus(record, false) };
}

/** Of a configuration of which nothing was tried: where its task has ended before, nothing ever is. */
function freshStatus({ behind }: PushRecord, isOver: boolean): PushStatus {
  const state = isOver ? 'done' : 'active';
  return { state, delivered: behind, failures: 0, lastError: null, lastTryAt: null };
}

/** Begins a delivery; false when it was begun before. */
async function begin(
  { temporal, taskQueue }: PushServiceOptions,
  record: PushRecord,
): Promise<boolean> {
  const order = orderOf(record);
  try {
    await temporal.activity.start(PUSH_ACTIVITY, {
      id: pushActivityId(order),
      taskQueue,
      args: [order],
      idReusePolicy: 'REJECT_DUPLICATE',
      summary: 'updates of a task, to an address that asked for them',
      ...PUSH_TIMES,
    });
    return true;
  } catch (error) {
    if (error instanceof ActivityExecutionAlreadyStartedError) return false;
    throw new InfrastructureError('ERR_TEMPORAL_UNREACHABLE', {
      message: 'Temporal did not take the delivery of updates',
      hint: 'set the configuration again when codetether ps shows Temporal',
      cause: error,
    });
  }
}

/** A delivery that waits on the queue of a version that is gone goes on here; one that has ended is left alone. */
async function moveHere(
  { temporal, taskQueue }: PushServiceOptions,
  record: PushRecord,
): Promise<void> {
  const handle = temporal.activity.getHandle(pushActivityId(orderOf(record)));
  try {
    const known = await handle.describe();
    if (known.status === 'RUNNING' && known.taskQueue !== taskQueue)
      await handle.updateOptions({ taskQueue });
  } catch {
    // It has just ended, or the server does not answer: the next start looks again.
  }
}

/** Tells a delivery to end; it notices by itself at its next update that its configuration is gone. */
async function end({ temporal }: PushServiceOptions, record: PushRecord): Promise<void> {
  const handle = temporal.activity.getHandle(pushActivityId(orderOf(record)));
  await handle.cancel('the configuration was removed or replaced').catch(() => undefined);
}

function parseConfig(asked: unknown): PushConfig {
  const { data, error } = pushConfigSchema.safeParse(asked);
  if (data === undefined) throw malformed(error.issues[0]);
  const { scheme = '', credentials = '' } = data.authentication ?? {};
  if ([data.token ?? '', scheme, credentials].every((text) => HEADER.test(text))) return data;
  throw new InvalidInputError('ERR_PUSH_CONFIG', {
    message: 'token, scheme and credentials become headers, and one of them cannot',
    where: { field: 'authentication' },
    hint: 'give printable ASCII without line ends',
  });
}

function malformed(
  issue: { readonly message: string; readonly path: readonly PropertyKey[] } | undefined,
): InvalidInputError {
  const field = issue?.path.map(String).join('.') ?? '';
  return new InvalidInputError(field === 'url' ? 'ERR_PUSH_URL' : 'ERR_PUSH_CONFIG', {
    message: `the push configuration is not right: ${visibleLine(issue?.message ?? '')}`,
    where: { field },
    hint: 'give an https url, an id of letters, digits, - . _ and texts without line ends',
  });
}

function urlRefused(reason: string): InvalidInputError {
  return new InvalidInputError('ERR_PUSH_URL', {
    message: `nothing is posted to this address: ${reason}`,
    where: { field: 'url' },
    hint: 'give an https address of a public server, or have its host listed in [serve] push_allow_hosts',
  });
}

function tooMany(taskId: string): InvalidInputError {
  return new InvalidInputError('ERR_TOO_MANY_PUSH_CONFIGS', {
    message: `task ${taskId} has ${MOST_CONFIGS} push configurations already`,
    hint: 'remove one, or replace one by setting it again under its id',
  });
}

function notFound(id: string): InvalidInputError {
  return new InvalidInputError('ERR_PUSH_NOT_FOUND', {
    message: `this task has no push configuration ${id}`,
    hint: 'list the configurations of the task',
  });
}
