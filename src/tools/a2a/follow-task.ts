import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded, isAtRest, type RemoteTask } from '../../domain/index.js';
import type { AgentConnection, AgentEvent, AgentMessage } from './connection.js';
import { AgentRefusedError, AgentUnreachableError } from './failure.js';

/** What is followed: what comes of a message, or a task that is there. */
export type Followed =
  | { readonly message: AgentMessage; readonly taskId?: undefined }
  | {
      readonly message?: undefined;
      readonly taskId: string;
      /** Number of the last event that was seen; absent = from now on. */
      readonly lastEventId?: number | undefined;
    };

/** Options of {@link followTask}. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Told before each try to come back: what broke, and behind which event it goes on. */
  readonly onBreak: (reason: string, behind: number | undefined) => void;
  /** Before the first try to come back. Default one second. */
  readonly pauseMs?: number;
}

/** Tries in a row that bring nothing, before it is given up. */
const MOST_TRIES = 8;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** Where a stream stands. */
interface Place {
  taskId: string | undefined;
  /** Number of the last event that was handed on. */
  seq: number | undefined;
  state: RemoteTask['state'] | undefined;
  tries: number;
}

/**
 * The events of a task until nobody works on it any more. A stream that breaks is asked for again behind the last event that was seen,
 * and no numbered event is handed on twice. Throws what the agent refuses, and what broke the stream when coming back fails again
 * and again.
 */
export async function* followTask(
  connection: AgentConnection,
  followed: Followed,
  options: FollowOptions,
): AsyncIterable<AgentEvent> {
  const place: Place = {
    taskId: followed.taskId,
    seq: followed.message === undefined ? followed.lastEventId : undefined,
    state: undefined,
    tries: 0,
  };
  let open = openerOf(connection, followed, options.signal);
  for (;;) {
    const stream = { broken: undefined as unknown };
    yield* newEvents(open, place, stream);
    options.signal.throwIfAborted();
    const { broken } = stream;
    if (isOver(place, broken)) return;
    const { taskId } = place;
    if (isEndedMeanwhile(broken) && taskId !== undefined) {
      yield {
        kind: 'task',
        seq: undefined,
        task: await connection.get(taskId, options.signal),
      };
      return;
    }
    if (taskId === undefined || !isWorthAnother(broken, place)) throw broken ?? lost(connection);
    await pauseBefore(place, broken, options);
    open = () => connection.follow({ taskId, lastEventId: place.seq }, options.signal);
  }
}

/** What of one stream was not handed on before; what broke it is noted. */
async function* newEvents(
  open: () => AsyncIterable<AgentEvent>,
  place: Place,
  stream: { broken: unknown },
): AsyncIterable<AgentEvent> {
  try {
    for await (const event of open()) if (isNew(event, place)) yield event;
  } catch (error) {
    stream.broken = error;
  }
}

function openerOf(
  connection: AgentConnection,
  followed: Followed,
  signal: AbortSignal,
): () => AsyncIterable<AgentEvent> {
  return followed.message === undefined
    ? () => connection.follow(followed, signal)
    : () => connection.stream(followed.message, signal);
}

/** Notes where the stream stands; false for an event that was handed on before. */
function isNew(event: AgentEvent, place: Place): boolean {
  if (event.kind === 'task') {
    // What was numbered before it may still be missing: its number is none of an event.
    place.taskId = event.task.taskId || place.taskId;
    place.state = event.task.state;
    place.tries = 0;
    return true;
  }
  if (event.seq !== undefined && place.seq !== undefined && event.seq <= place.seq) return false;
  place.seq = event.seq ?? place.seq;
  place.tries = 0;
  if (event.kind === 'status') place.state = event.state;
  if (event.kind === 'message') place.state ??= 'completed';
  else place.taskId ??= event.taskId;
  return true;
}

function isOver({ state }: Place, broken: unknown): boolean {
  if (state === undefined) return false;
  return hasEnded(state) || (broken === undefined && isAtRest(state));
}

/** A task that ended while nobody listened has no stream any more. */
function isEndedMeanwhile(broken: unknown): boolean {
  return broken instanceof AgentRefusedError && broken.reason === 'UnsupportedOperationError';
}

function isWorthAnother(broken: unknown, place: Place): boolean {
  place.tries += 1;
  const isPassing = broken === undefined || broken instanceof AgentUnreachableError;
  return isPassing && place.tries <= MOST_TRIES;
}

function lost({ card }: AgentConnection): Error {
  return new AgentUnreachableError(
    card.name,
    'its stream ends again and again before the task does',
  );
}

async function pauseBefore(place: Place, broken: unknown, options: FollowOptions): Promise<void> {
  const { pauseMs = FIRST_PAUSE_MS, signal, onBreak } = options;
  onBreak(broken instanceof Error ? broken.message : 'the stream ended', place.seq);
  await delay(Math.min(LONGEST_PAUSE_MS, pauseMs * 2 ** (place.tries - 1)), undefined, { signal });
}
