import type { ClaimRecord } from './task/claim-record.js';
import type { PlatformTask } from './wire/platform-task.js';
import { sessionKeys, stageOf } from './task/session.js';

const TITLE_CHARACTERS = 300;
/** Reasons that were told; each is told once. */
const MOST_TOLD = 2000;

/** States in which a task waits for a worker; empty = the platform does not say. */
const OPEN = new Set(['', 'pending', 'queued', 'assigned']);

/** True for a task that waits for somebody. */
export function isOpenTask({ status }: PlatformTask): boolean {
  return OPEN.has(status);
}

/** The tasks of a list in the order in which they are asked for: the most urgent first, then as the platform lists them. */
export function inOrder(tasks: readonly PlatformTask[]): readonly PlatformTask[] {
  return tasks.toSorted((left, right) => right.priority - left.priority);
}

/**
 * The first record of a task that is asked for. A task that was given back and is offered again is the same attempt when it was completed, so
 * that the platform gets the same result; after a failure it is a new one.
 */
export function firstRecord(task: PlatformTask, earlier: ClaimRecord | undefined): ClaimRecord {
  const isAgain = earlier?.stage === 'released' && earlier.status !== 'completed';
  const flowStage = stageOf(task);
  return {
    version: 1,
    stage: 'claiming',
    id: task.id,
    title: task.title.slice(0, TITLE_CHARACTERS),
    attempt: (earlier?.attempt ?? 1) + (isAgain ? 1 : 0),
    sessions: [...sessionKeys(task)],
    ...(flowStage === undefined ? {} : { flowStage }),
  };
}

/** Remembers what was said, so that a task that waits for another worker is spoken of once. */
export class ToldReasons {
  readonly #told = new Set<string>();

  /** True the first time. */
  isNew(task: string, reason: string): boolean {
    const key = `${task}\n${reason}`;
    if (this.#told.has(key)) return false;
    const [oldest] = this.#told;
    if (this.#told.size >= MOST_TOLD && oldest !== undefined) this.#told.delete(oldest);
    this.#told.add(key);
    return true;
  }
}
