import type { Pushed, PushConfig, TaskUpdate } from '../../src/domain/index.js';
import { createPushFiles } from '../../src/platform/records/push-files.js';
import { temporaryFolder } from './temporary-folder.js';

/** A task that deliveries are about. */
export const PUSHED_TASK = { taskId: '01hx3v6m2q8w0c5r7t9y1z3b5d', contextId: 'context-1' };

/** A configuration that posts to `url`. */
export function pushConfig(url: string, more: Partial<PushConfig> = {}): PushConfig {
  return { id: 'hook', taskId: PUSHED_TASK.taskId, url, protocolVersion: '1.0', ...more };
}

/** An update that is a state. */
export function stateUpdate(seq: number, state: 'working' | 'completed' = 'working'): TaskUpdate {
  return { kind: 'status', seq, at: '2026-11-29T00:00:00.000Z', state, text: `step ${seq}` };
}

/** So many updates, of which the last is the end. */
export function taskUpdates(count: number): TaskUpdate[] {
  return Array.from({ length: count }, (_, index) =>
    stateUpdate(index + 1, index === count - 1 ? 'completed' : 'working'),
  );
}

/** What follows `cursor` of a list of updates, as a task service tells it. */
export function updatesFrom(updates: readonly TaskUpdate[]) {
  return async function* (wanted: { readonly cursor: number }): AsyncIterable<Pushed> {
    for (const update of updates)
      if (update.seq > wanted.cursor) yield await Promise.resolve({ kind: 'update', update });
  };
}

/** Configurations in a folder of their own. */
export async function pushFiles() {
  const folder = await temporaryFolder();
  return { folder, files: createPushFiles(folder, null) };
}
