import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotFound } from './durable-file.js';

/**
 * Removes a folder with everything in it. Folders that their owner may not write to (package caches make some) are opened
 * first; links are removed, never followed.
 */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && isDenied(error.code))) throw error;
    await openFolders(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function isDenied(code: unknown): boolean {
  return code === 'EACCES' || code === 'EPERM' || code === 'ENOTEMPTY';
}

async function openFolders(folder: string): Promise<void> {
  try {
    await chmod(folder, 0o700);
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.filter((candidate) => candidate.isDirectory()))
      await openFolders(join(folder, entry.name));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
