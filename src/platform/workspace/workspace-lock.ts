import { LRUCache } from 'lru-cache';
import { createKeyedQueue } from '../process/keyed-queue.js';

const queue = createKeyedQueue();

/** The files of a workspace as one writer left them: equal to a snapshot for as long as nobody else writes. */
export interface LeftFiles {
  /** Whose steps they are; another's may have been told other things about the files. */
  readonly scope: string;
  /** The snapshot. */
  readonly commit: string;
  /** {@link engineWrites} before the snapshot was taken. */
  readonly engineWrites: number;
}

/** Workspaces are made anew with every run; only those in use matter. */
const left = new LRUCache<string, LeftFiles>({ max: 1000 });

/**
 * Runs `work` when every earlier writer of the same workspace in this process is done. Fair, in order of arrival.
 * A worker process is the only writer of its host's workspaces; git children of a dead one die with it. `work` is given
 * what the writer before it left, which it alone may use: it is forgotten then.
 */
export function withWorkspaceLock<Result>(
  state: string,
  work: (found: LeftFiles | undefined) => Promise<Result>,
): Promise<Result> {
  return queue(state, () => {
    const found = left.get(state);
    left.delete(state);
    return work(found);
  });
}

/** Leaves word for the next writer; only inside {@link withWorkspaceLock}. */
export function leaveFiles(state: string, files: LeftFiles): void {
  left.set(state, files);
}
