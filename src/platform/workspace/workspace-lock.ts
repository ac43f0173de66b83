import { createKeyedQueue } from '../process/keyed-queue.js';

const queue = createKeyedQueue();

/**
 * Runs `work` when every earlier writer of the same workspace in this process is done. Fair, in order of arrival.
 * A worker process is the only writer of its host's workspaces; git children of a dead one die with it.
 */
export function withWorkspaceLock<Result>(
  state: string,
  work: () => Promise<Result>,
): Promise<Result> {
  return queue(state, work);
}
