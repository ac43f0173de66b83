import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded, isAtRest, partsText, type RemoteTask } from '../../domain/index.js';
import type { AgentConnection } from './connection.js';
import { AgentUnreachableError } from './failure.js';

/** How long and how often a task is looked at. */
export interface AwaitOptions {
  readonly waitMs: number;
  /** As the agent showed it when it was told something: it may not have moved on yet. Absent = it was told nothing. */
  readonly told?: RemoteTask | undefined;
  /** Of the first pauses; later ones are longer, up to {@link LONGEST_PAUSE_MS}. */
  readonly firstPauseMs?: number;
  readonly signal: AbortSignal;
  /** Told before each look. */
  readonly onLook: (facts: Readonly<Record<string, unknown>>) => void;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;
const GROWTH = 1.5;
/** So long an agent that was told something may show its task as before. */
const MOVE_ON_MS = 30_000;

/**
 * Looks at a task until nobody works on it any more, or the time is over; each look is one short request, so that a connection that
 * breaks, or an agent that is started again meanwhile, loses nothing. Throws what the last look threw when none succeeded behind it.
 */
export async function awaitTask(
  connection: Pick<AgentConnection, 'get'>,
  taskId: string,
  options: AwaitOptions,
): Promise<RemoteTask> {
  const { waitMs, signal, onLook } = options;
  const startedAt = performance.now();
  const until = startedAt + waitMs;
  let pause = options.firstPauseMs ?? FIRST_PAUSE_MS;
  for (let look = 1; ; look += 1) {
    onLook({ task: taskId.slice(0, 100), looks: look });
    const seen = await lookAt(connection, taskId, signal);
    const left = until - performance.now();
    const isEarly = performance.now() - startedAt < MOVE_ON_MS;
    if (seen.task !== undefined && isAtRest(seen.task.state))
      if (!isEarly || !isSame(seen.task, options.told)) return seen.task;
    if (left <= 0) {
      if (seen.task !== undefined) return seen.task;
      throw seen.error;
    }
    await delay(Math.min(pause, left), undefined, { signal });
    pause = Math.min(LONGEST_PAUSE_MS, pause * GROWTH);
  }
}

/** The same question as before: the answer to it is still on its way. */
function isSame(task: RemoteTask, told: RemoteTask | undefined): boolean {
  if (told === undefined || hasEnded(task.state)) return false;
  return (
    task.state === told.state &&
    task.at === told.at &&
    partsText(task.said) === partsText(told.said)
  );
}

type Look =
  | { readonly task: RemoteTask; readonly error?: undefined }
  | { readonly task?: undefined; readonly error: AgentUnreachableError };

async function lookAt(
  connection: Pick<AgentConnection, 'get'>,
  taskId: string,
  signal: AbortSignal,
): Promise<Look> {
  try {
    return { task: await connection.get(taskId, signal) };
  } catch (error) {
    // It may only be starting again; what it refuses it will refuse again.
    if (error instanceof AgentUnreachableError) return { error };
    throw error;
  }
}
