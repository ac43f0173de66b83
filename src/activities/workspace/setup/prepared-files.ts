import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isNotFound, writeDurableFile, type WorkspaceFolders } from '../../../platform/index.js';

/** Entries looked at before other work gets its turn; one takes some microseconds. */
const SLICE = 2000;

/** What set-up left in a lane: facts of every file below its roots, by path. */
export interface PreparedFiles {
  readonly entries: ReadonlyMap<string, string>;
  /** Bytes of the files. */
  readonly bytes: number;
}

/** How prepared files differ from what set-up left. */
export interface PreparedChanges {
  /** Files that are gone or are no longer the same. */
  readonly changed: readonly string[];
  /** Files and folders that were not there, outermost first. */
  readonly strays: readonly string[];
}

/**
 * Facts of everything below `roots`: kind, size, both times, inode. A program can set a modification time, but not the time
 * of change, so that a file written behind our back shows. Folders are known by name alone.
 */
export async function takePreparedFiles(
  lane: WorkspaceFolders,
  roots: readonly string[],
): Promise<PreparedFiles> {
  const entries = new Map<string, string>();
  let bytes = 0;
  const open = roots.map((root) => root.replace(/\/$/, '')).reverse();
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (entries.size % SLICE === SLICE - 1) await nextTurn();
    const absolute = join(lane.root, path);
    const stats = lstatSync(absolute, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    entries.set(path, factsOf(absolute, stats));
    if (stats.isFile()) bytes += stats.size;
    if (stats.isDirectory()) {
      const names = readdirSync(absolute).sort().reverse();
      for (const name of names) open.push(`${path}/${name}`);
    }
  }
  return { entries, bytes };
}

function factsOf(path: string, stats: Stats): string {
  if (stats.isDirectory()) return 'folder';
  const times = `${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino}`;
  if (stats.isSymbolicLink()) return `link ${readlinkSync(path)} ${times}`;
  return `${stats.isFile() ? 'file' : 'special'} ${stats.mode} ${stats.size} ${times}`;
}

/** Compares what is there with what set-up left. Pure. */
export function comparePreparedFiles(before: PreparedFiles, now: PreparedFiles): PreparedChanges {
  const changed: string[] = [];
  for (const [path, facts] of before.entries) {
    if (now.entries.get(path) !== facts) changed.push(path);
  }
  const strays: string[] = [];
  let outermost: string | undefined;
  for (const path of now.entries.keys()) {
    if (before.entries.has(path)) continue;
    if (outermost !== undefined && path.startsWith(`${outermost}/`)) continue;
    outermost = path;
    strays.push(path);
  }
  return { changed, strays };
}

/** Removes files of a lane. */
export async function removeFiles(lane: WorkspaceFolders, paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(join(lane.root, path), { recursive: true, force: true });
}

/** Remembers what set-up left. */
export async function writePreparedFiles(
  lane: WorkspaceFolders,
  files: PreparedFiles,
): Promise<void> {
  // Not JSON: a node_modules folder has tens of thousands of entries, and the file is read before every proof.
  const parts: string[] = [];
  for (const [path, facts] of files.entries) parts.push(path, facts);
  await writeDurableFile(manifestFile(lane), `${files.bytes}\0${parts.join('\0')}`);
}

/** What set-up left, or undefined when nobody wrote it down. */
export async function readPreparedFiles(
  lane: WorkspaceFolders,
): Promise<PreparedFiles | undefined> {
  let text: string;
  try {
    text = await readFile(manifestFile(lane), 'utf8');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const [bytes = '0', ...parts] = text.split('\0');
  const entries = new Map<string, string>();
  for (let index = 0; index + 1 < parts.length; index += 2)
    entries.set(parts[index] ?? '', parts[index + 1] ?? '');
  return { entries, bytes: Number(bytes) };
}

function manifestFile({ state }: WorkspaceFolders): string {
  return join(state, 'prepared-files');
}
