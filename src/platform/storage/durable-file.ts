import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

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
 * may write the same content-addressed file at once.
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
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

async function writeSynced(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const handle = await openCreatingFolder(path, mode);
  try {
    await handle.writeFile(content);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openCreatingFolder(path: string, mode: number): ReturnType<typeof open> {
  try {
    return await open(path, 'wx', mode);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await mkdir(dirname(path), { recursive: true });
    return open(path, 'wx', mode);
  }
}

/** Makes a rename, creation or removal inside `directory` survive a power loss. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** True when a Node file system error says that the path does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
