import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { namingPath } from './storage-fault.js';

const flush = promisify(fsync);

/** Options of {@link writeDurableFile}. */
export interface DurableFileOptions {
  /** Folder for the temporary file; must be on the same filesystem. Default: the target's folder. */
  readonly temporaryDirectory?: string;
  /** File mode of the new file. Default 0o644. */
  readonly mode?: number;
}

/**
 * Replaces `path` by `content` so that after a crash either the old or the new bytes are there, whole:
 * temporary file, fsync, rename, fsync of the folder. The temporary name is unique per write, because many agents
 * may write the same content-addressed file at once. Throws `ERR_DISK_FULL` with `path` when there is no room.
 */
export async function writeDurableFile(
  path: string,
  content: string | Uint8Array,
  options: DurableFileOptions = {},
): Promise<void> {
  const directory = dirname(path);
  const temporary = join(
    options.temporaryDirectory ?? directory,
    `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}`,
  );
  try {
    await writeSynced(temporary, content, options.mode ?? 0o644);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw namingPath(error, path);
  }
  await syncDirectory(directory);
}

/**
 * Only the fsync leaves the thread: it is what may take long. The other calls are microseconds, and each costs a
 * multiple of that as a promise; an agent's turn makes dozens.
 */
async function writeSynced(
  path: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const descriptor = openCreatingFolder(path, mode);
  try {
    writeFileSync(descriptor, content);
    fchmodSync(descriptor, mode);
    await flush(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function openCreatingFolder(path: string, mode: number): number {
  try {
    return openSync(path, 'wx', mode);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'wx', mode);
  }
}

/** Makes a rename, creation or removal inside `directory` survive a power loss. */
export async function syncDirectory(directory: string): Promise<void> {
  const descriptor = openSync(directory, 'r');
  try {
    await flush(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Appends to a file and flushes it; what a full disk let through of a failed append is taken back. Throws `ERR_DISK_FULL`
 * with the path.
 */
export async function appendDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'a');
  try {
    const { size } = await handle.stat();
    try {
      await handle.appendFile(text);
      await handle.sync();
    } catch (error) {
      await handle.truncate(size).catch(() => undefined);
      throw namingPath(error, path);
    }
  } finally {
    await handle.close();
  }
}

/** True when a Node file system error says that the path does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** True when something lies at this path. Throws other errors of the file system than that nothing is there. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Names in a folder; none where it does not exist. Throws other errors of the file system. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
