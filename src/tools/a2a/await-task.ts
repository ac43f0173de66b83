import { setTimeout as delay } from 'node:timers/promises';
import { isAtRest, type RemoteTask } from '../../domain/index.js';
import type { AgentConnection } from './connection.js';
import { AgentUnreachableError } from './failure.js';

/** How long and how often a task is looked at. */
export interface AwaitOptions {
  readonly waitMs: number;
  /** Of the first pauses; later ones are longer, up to {@link LONGEST_PAUSE_MS}. */
  readonly firstPauseMs?: number;
  readonly signal: AbortSignal;
  /** Told before each look. */
  readonly onLook: (facts: Readonly<Record<string, unknown>>) => void;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;
const GROWTH = 1.5;

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
  const until = performance.now() + waitMs;
  let pause = options.firstPauseMs ?? FIRST_PAUSE_MS;
  for (let look = 1; ; look += 1) {
    onLook({ task: taskId.slice(0, 100), looks: look });
    const seen = await lookAt(connection, taskId, signal);
    const left = until - performance.now();
    if (seen.task !== undefined && isAtRest(seen.task.state)) return seen.task;
    if (left <= 0) {
      if (seen.task !== undefined) return seen.task;
      throw seen.error;
    }
    await delay(Math.min(pause, left), undefined, { signal });
    pause = Math.min(LONGEST_PAUSE_MS, pause * GROWTH);
  }
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
