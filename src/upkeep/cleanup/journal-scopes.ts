import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { homePaths } from '../../platform/index.js';
import { diskUsage } from './disk-usage.js';

/** Journal folders, one a workflow. */
export interface JournalScopes {
  readonly old: readonly { readonly path: string; readonly bytes: number }[];
  readonly kept: readonly string[];
}

/** Journal folders in which nothing was written since `before` (milliseconds). */
export async function journalScopes(home: string, before: number): Promise<JournalScopes> {
  const root = homePaths(home).journal;
  const old: { path: string; bytes: number }[] = [];
  const kept: string[] = [];
  for (const prefix of await readdir(root).catch(() => [])) {
    for (const name of await readdir(join(root, prefix)).catch(() => [])) {
      const path = join(root, prefix, name);
      const { bytes, newestAt } = await diskUsage(path);
      if (newestAt < before) old.push({ path, bytes });
      else kept.push(path);
    }
  }
  return { old, kept };
}
