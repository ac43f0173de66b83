import { isOver, type PlatformTask } from '../wire/platform-task.js';

/** How a task that is worked on stands with the platform; `doubtful` = it has to be claimed again to find out. */
export type Standing =
  | { readonly kind: 'ours' | 'cancelled' | 'doubtful' }
  | { readonly kind: 'lost'; readonly reason: string };

/** See {@link Standing}. `told` undefined = the platform knows no such task. */
export function standingOf(told: PlatformTask | undefined, workerId: string): Standing {
  if (told === undefined) return { kind: 'lost', reason: 'the platform does not know it any more' };
  const { status, worker } = told;
  if (status === 'cancelled' || status === 'canceled') return { kind: 'cancelled' };
  if (isOver(status)) return { kind: 'lost', reason: `the platform says that it is ${status}` };
  if (worker !== undefined && worker !== workerId)
    return { kind: 'lost', reason: 'another worker has it' };
  return { kind: status === 'pending' ? 'doubtful' : 'ours' };
}
