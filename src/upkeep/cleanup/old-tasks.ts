import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/index.js';
import { openEnvelope } from '../../keys/index.js';
import { createTaskFiles, homePaths } from '../../platform/index.js';
import { clonePlace } from '../../runs/index.js';

/** A message makes no second task for a day; its name is kept for two. */
const KEY_AGE_MS = 2 * 86_400_000;

/**
 * Files and folders of tasks from outside that ended before `cutoff`: the tasks themselves, with the events of those that never had a run
 * and what was to be posted of them;
 * clones and contexts that no other task is of; names of messages whose day is over. Changes nothing.
 */
export async function oldTasks(
  config: Config,
  { cutoff, now }: { readonly cutoff: number; readonly now: number },
): Promise<string[]> {
  const { home } = config;
  const { tasks: root, events, pushes } = homePaths(home);
  const files = createTaskFiles(home, openEnvelope(config));
  const old: string[] = [];
  const places = new Set<string>();
  const keptIds = new Set<string>();
  for (const taskId of await files.list()) {
    if (await isOlder(join(files.folder(taskId), 'end.json'), cutoff)) {
      old.push(files.folder(taskId), join(events, `${taskId}.ndjson`), join(pushes, taskId));
      continue;
    }
    keptIds.add(taskId);
    // one that cannot be read keeps its clone too: nobody knows which it is
    const request = await files.readRequest(taskId).catch(() => null);
    if (request === null) return old;
    if (request !== undefined) places.add(clonePlace(home, request));
  }
  const clones = await below(join(root, '.clones'));
  for (const clone of clones)
    if (!places.has(clone) && (await isOlder(clone, cutoff))) old.push(clone);
  for (const context of await below(join(root, '.contexts')))
    if ((await readdir(context)).every((taskId) => !keptIds.has(taskId))) old.push(context);
  for (const key of await below(join(root, '.keys')))
    if (await isOlder(key, now - KEY_AGE_MS)) old.push(key);
  return old;
}

async function below(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name));
}

/** False for one that is not there. */
async function isOlder(path: string, moment: number): Promise<boolean> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs < moment,
    () => false,
  );
}
