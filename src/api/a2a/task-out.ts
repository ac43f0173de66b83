import { StreamResponse, Task, type TaskState as WireState, taskStateToJSON } from '@a2a-js/sdk';
import {
  type TaskState,
  taskStateSchema,
  type TaskUpdate,
  type TaskView,
  wireEvent,
  type WireParts,
  type WirePlace,
  wireState,
  wireTask,
} from '../../domain/index.js';

/** Our state of the protocol's; undefined for the unspecified one. */
export function taskState(wire: WireState): TaskState | undefined {
  const name = taskStateToJSON(wire);
  return taskStateSchema.options.find((state) => wireState(state) === name);
}

/** A task as it stands, in the library's types. */
export function taskOf(view: TaskView, parts: WireParts): Task {
  return Task.fromJSON(wireTask(view, parts));
}

/** One event of a stream, in the library's types. */
export function eventOf(update: TaskUpdate, place: WirePlace): StreamResponse {
  return StreamResponse.fromJSON(wireEvent(update, place));
}
