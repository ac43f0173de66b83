import { lstat, lutimes } from 'node:fs/promises';
import { join } from 'node:path';

/** A moment that no file was read at, in seconds since 1970. */
const NEVER = 1;
const FILES_LIMIT = 20_000;
const SIDE_BY_SIDE = 32;

/**
 * Sees which files of a folder are read, by their access times: set back before, compared after. Needs no privilege and costs
 * nothing while a check runs; where the disk keeps no access times, nothing is seen.
 */
export interface AccessTimes {
  /** Sets the times back. */
  reset(): Promise<void>;
  /** Paths that were read since. */
  read(): Promise<string[]>;
}

/** Access times of these files below `root`. */
export function watchAccessTimes(root: string, paths: readonly string[]): AccessTimes {
  const watched = paths.slice(0, FILES_LIMIT);
  const each = async (visit: (path: string, file: string) => Promise<void>): Promise<void> => {
    const waiting = [...watched];
    const next = async (): Promise<void> => {
      for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
        // a check may remove files, or put a folder in their place
        await visit(path, join(root, path)).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, next));
  };
  return {
    reset: () =>
      each(async (_, file) => {
        const { mtime } = await lstat(file);
        await lutimes(file, NEVER, mtime);
      }),
    async read() {
      const seen: string[] = [];
      await each(async (path, file) => {
        const { atimeMs } = await lstat(file);
        if (atimeMs > NEVER * 1000) seen.push(path);
      });
      return seen.sort();
    },
  };
}
