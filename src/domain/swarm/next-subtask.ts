import { mayCollide } from './touches.js';
import type { Subtask } from './subtask.js';

/** How far the others are. */
export interface SubtaskProgress {
  /** Ended well: what depends on it may start. */
  readonly isSatisfied: (id: string) => boolean;
  /** Those that are worked on. */
  readonly busy: readonly Subtask[];
}

/**
 * The subtask to start next of those that are pending: what it waits for has ended well, nobody works on the same files; then
 * priority, then order. Undefined when none may start now. Pure.
 */
export function nextSubtask(
  pending: Iterable<Subtask>,
  { isSatisfied, busy }: SubtaskProgress,
): Subtask | undefined {
  let best: Subtask | undefined;
  for (const subtask of pending) {
    if (best !== undefined && best.priority <= subtask.priority) continue;
    if (!subtask.dependsOn.every(isSatisfied)) continue;
    if (busy.some((other) => mayCollide(subtask, other))) continue;
    best = subtask;
  }
  return best;
}
