import type { Client } from '@temporalio/client';
import { LRUCache } from 'lru-cache';
import { OPEN_WORKFLOWS, WORKFLOW_TYPES } from '../../contracts/index.js';
import { InfrastructureError, InvalidInputError } from '../../domain/index.js';

/** How many tasks may be open. */
export interface RoomLimits {
  /** Of everybody. */
  readonly maxOpen: number;
  /** Of one owner. */
  readonly maxOpenPerOwner: number;
}

/** What {@link createTaskRoom} counts over. */
export interface RoomOptions extends RoomLimits {
  readonly temporal: Client;
  /** Owner of a task; undefined = there is no such task. */
  readonly ownerOf: (taskId: string) => Promise<string | undefined>;
  /** True once its end is on the disk. */
  readonly hasEnded: (taskId: string) => Promise<boolean>;
  readonly now: () => number;
}

/** Room for tasks. */
export interface TaskRoom {
  /**
   * Makes sure that one more may be open. Throws `ERR_TOO_MANY_TASKS`, and `ERR_TOO_MANY_OWN_TASKS` where only this owner has no room.
   */
  require(owner: string, taskId: string): Promise<void>;
}

/** So long a task that was let in may be missing in what Temporal lists. */
const LISTED_AFTER_MS = 30_000;
const REMEMBERED = 20_000;
const RETRY_AFTER_S = 10;
const TASK_WORKFLOWS = `${OPEN_WORKFLOWS} AND WorkflowType = '${WORKFLOW_TYPES.remoteTask}'`;

/** Tasks that have not ended. */
export async function countOpenTasks(temporal: Client): Promise<number> {
  const { count } = await temporal.workflow.count(TASK_WORKFLOWS);
  return count;
}

/**
 * Counts what is open in Temporal, so that every process counts the same; what this process let in and Temporal does not list yet is
 * counted beside it. Two processes may let in more by what they let in within the moment that a new workflow needs to be listed.
 */
export function createTaskRoom(options: RoomOptions): TaskRoom {
  const { temporal, maxOpen, maxOpenPerOwner, ownerOf, hasEnded, now } = options;
  const owners = new LRUCache<string, string>({ max: REMEMBERED });
  /** When they came (epoch milliseconds), in that order, so that each has its place among those of its owner. */
  const letIn = new Map<string, number>();
  const knownOwner = async (taskId: string): Promise<string | undefined> => {
    const known = owners.get(taskId) ?? (await ownerOf(taskId));
    if (known !== undefined) owners.set(taskId, known);
    return known;
  };
  const before = (taskId: string): string[] => {
    const ids = [...letIn.keys()];
    return ids.slice(0, ids.indexOf(taskId));
  };
  const openOf = async (owner: string, others: ReadonlySet<string>): Promise<number> => {
    let count = 0;
    for (const id of others) if ((await knownOwner(id)) === owner) count += 1;
    return count;
  };
  /** What is listed is counted by that from now on, and is gone when it is listed no more; what ended before it was listed never is. */
  const forget = async (listed: readonly string[], taskId: string): Promise<void> => {
    for (const id of listed) if (id !== taskId) letIn.delete(id);
    for (const id of before(taskId)) if (await hasEnded(id)) letIn.delete(id);
  };
  const requireRoom = async (owner: string, others: ReadonlySet<string>): Promise<void> => {
    if (others.size >= maxOpen) throw full(others.size, maxOpen);
    if (others.size < maxOpenPerOwner) return;
    const own = await openOf(owner, others);
    if (own >= maxOpenPerOwner) throw ownFull(own, maxOpenPerOwner);
  };
  return {
    async require(owner, taskId) {
      for (const [id, at] of letIn) if (now() - at > LISTED_AFTER_MS) letIn.delete(id);
      letIn.set(taskId, now());
      owners.set(taskId, owner);
      try {
        const listed = await listOpen(temporal, maxOpen);
        if (listed.length + before(taskId).length >= Math.min(maxOpen, maxOpenPerOwner))
          await forget(listed, taskId);
        const others = new Set([...listed, ...before(taskId)]);
        others.delete(taskId);
        await requireRoom(owner, others);
      } catch (error) {
        letIn.delete(taskId);
        throw error;
      }
    },
  };
}

/** Ids of open tasks, no more than are needed to know that there is no room. */
async function listOpen(temporal: Client, most: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of temporal.workflow.list({ query: TASK_WORKFLOWS })) {
    ids.push(workflowId.slice('task/'.length));
    if (ids.length >= most) break;
  }
  return ids;
}

function full(count: number, most: number): InfrastructureError {
  return new InfrastructureError('ERR_TOO_MANY_TASKS', {
    message: `${count} tasks are open already; this service takes ${most}`,
    hint: 'send the same message again later',
    data: { retryAfterS: RETRY_AFTER_S },
  });
}

function ownFull(count: number, most: number): InvalidInputError {
  return new InvalidInputError('ERR_TOO_MANY_OWN_TASKS', {
    message: `${count} tasks of this token are open already; each may have ${most}`,
    hint: 'send the same message again when one has ended; [tasks] max_open_per_owner sets the limit',
    data: { retryAfterS: RETRY_AFTER_S, open: count, most },
  });
}
