import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes and number of files below a path. */
export interface DiskUsage {
  readonly bytes: number;
  readonly files: number;
  /** Time of the newest file in milliseconds; 0 when there is none. */
  readonly newestAt: number;
  /** False when the walk was ended by its limit: there is more. */
  readonly isComplete: boolean;
}

/** Walks a file or folder without following links; ends after `maxFiles` (default: all). Nothing there = zeros. */
export async function diskUsage(
  path: string,
  maxFiles = Number.POSITIVE_INFINITY,
): Promise<DiskUsage> {
  let bytes = 0;
  let files = 0;
  let newestAt = 0;
  const pending = [path];
  for (;;) {
    const next = pending.pop();
    if (next === undefined) return { bytes, files, newestAt, isComplete: true };
    if (files >= maxFiles) return { bytes, files, newestAt, isComplete: false };
    const facts = await lstat(next).catch(() => undefined);
    if (facts === undefined) continue;
    if (facts.isDirectory()) {
      const names = await readdir(next).catch(() => []);
      pending.push(...names.map((name) => join(next, name)));
      continue;
    }
    // a file with several names is counted at each: what a folder holds, not what its removal frees
    bytes += facts.size;
    files += 1;
    newestAt = Math.max(newestAt, facts.mtimeMs);
  }
}
