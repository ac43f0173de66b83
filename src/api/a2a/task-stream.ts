import type { StreamResponse } from '@a2a-js/sdk';
import type { TaskEvent, TaskService } from '../../client/index.js';
import { isTerminal, type TaskState, type TaskView } from '../../domain/index.js';
import type { Call } from './call.js';
import { named } from './failure.js';
import { eventOf, taskOf } from './task-out.js';

/** How a stream of a task begins and ends. */
export interface TaskStreamOptions {
  readonly call: Call;
  /** States at which it ends; every terminal one does. */
  readonly until: (state: TaskState) => boolean;
  /** Whether a task that stands in such a state already has a stream of nothing but itself. */
  readonly isOneTurn: boolean;
}

/** Ended, or waiting for the client. */
export function isPaused(state: TaskState): boolean {
  return isTerminal(state) || state === 'input-required' || state === 'auth-required';
}

/** The state that an event tells of. */
export function stateIn(event: TaskEvent): TaskState | undefined {
  if (event.kind === 'gap') return event.view.state;
  return event.update.kind === 'status' ? event.update.state : undefined;
}

/**
 * First the task, then what happens. With a cursor the task stands at the cursor, and what was missed follows it; so that whoever is
 * cut off in between loses nothing.
 */
export async function* taskStream(
  tasks: TaskService,
  view: TaskView,
  options: TaskStreamOptions,
): AsyncGenerator<StreamResponse, void, undefined> {
  const { call } = options;
  const cursor = call.cursor ?? view.cursor;
  yield taskEvent(view, { call, cursor });
  if (isOver(view, options)) return;
  const { taskId, contextId } = view;
  const place = { taskId, contextId, baseUrl: call.baseUrl };
  const events = tasks.follow(call.caller, { taskId, cursor, signal: call.signal });
  try {
    for await (const event of events) {
      yield event.kind === 'gap' ? taskEvent(event.view, { call }) : eventOf(event.update, place);
      if (endsWith(event, { view, options })) return;
    }
  } catch (error) {
    call.failure = named(error);
    throw call.failure;
  }
}

/** The task at a cursor; without one, in the place of events that are gone. */
function taskEvent(
  view: TaskView,
  { call, cursor }: { readonly call: Call; readonly cursor?: number },
): StreamResponse {
  const position =
    cursor === undefined ? { sequence: view.cursor, isGap: true } : { sequence: cursor };
  const parts = { baseUrl: call.baseUrl, historyLength: undefined, hasArtifacts: true, position };
  return { payload: { $case: 'task', value: taskOf(view, parts) } };
}

function isOver(view: TaskView, { call, until, isOneTurn }: TaskStreamOptions): boolean {
  if (call.cursor !== undefined || !until(view.state)) return false;
  return isTerminal(view.state) || isOneTurn;
}

/** A pause that was over before the stream began ends nothing: it is only told again. */
function endsWith(
  event: TaskEvent,
  { view, options }: { readonly view: TaskView; readonly options: TaskStreamOptions },
): boolean {
  const state = stateIn(event);
  if (state === undefined) return false;
  const isReplayed = event.kind === 'update' && event.update.seq < view.cursor;
  return isTerminal(state) || (options.until(state) && !isReplayed);
}
