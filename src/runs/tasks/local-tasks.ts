import { mkdirSync, watch, type FSWatcher } from 'node:fs';
import type { TaskPort } from '../../client/index.js';
import { createTaskFiles, homePaths, type Envelope } from '../../platform/index.js';

/** Without a word of the disk it is looked at so often. */
const LOOK_MS = 5_000;
/** Where the disk says nothing at all, as on a network's. */
const POLL_MS = 250;

/** Tasks on this machine's disk. */
export interface LocalTasks extends TaskPort {
  /** Ends the watching of the disk. */
  close(): void;
}

/** Tasks on this machine's disk; the folder of events is watched once, for everybody who waits. */
export function localTasks(home: string, envelope: Envelope | null): LocalTasks {
  const files = createTaskFiles(home, envelope);
  const changes = watchFolder(homePaths(home).events);
  return {
    ...files,
    nextChange: (taskId, signal) => changes.next(`${taskId}.ndjson`, signal),
    close: () => changes.close(),
  };
}

interface FolderChanges {
  /** Resolves with the next change of the file, after some seconds in any case, and at once when `signal` aborts. */
  next(name: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

function watchFolder(folder: string): FolderChanges {
  const waiting = new Map<string, Set<() => void>>();
  const wake = (name: string): void => {
    for (const go of waiting.get(name) ?? []) go();
  };
  let watcher = openWatcher(folder, wake);
  watcher?.on('error', () => {
    watcher?.close();
    watcher = undefined;
  });
  return {
    next: (name, signal) =>
      new Promise((resolve) => {
        const own = waiting.get(name) ?? new Set();
        waiting.set(name, own);
        const go = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', go);
          own.delete(go);
          if (own.size === 0 && waiting.get(name) === own) waiting.delete(name);
          resolve();
        };
        const timer = setTimeout(go, watcher === undefined ? POLL_MS : LOOK_MS);
        own.add(go);
        signal.addEventListener('abort', go, { once: true });
        if (signal.aborted) go();
      }),
    close: () => watcher?.close(),
  };
}

function openWatcher(folder: string, wake: (name: string) => void): FSWatcher | undefined {
  try {
    mkdirSync(folder, { recursive: true });
    const watcher = watch(folder, (_event, name) => {
      if (name !== null) wake(name);
    });
    watcher.unref();
    return watcher;
  } catch {
    return undefined;
  }
}
