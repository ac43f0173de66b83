import { setImmediate } from 'node:timers/promises';
import { isConfigurationPath, isTestPath, languageOf } from '../../../domain/index.js';
import {
  createGit,
  objectSizes,
  REPOSITORY_MODE,
  type ChangedFile,
  type TreeDiff,
  type WorkspaceFolders,
} from '../../../platform/index.js';
import { addedLines, type FileLines } from './added-lines.js';

/** How much is looked at. */
export interface SearchLimits {
  /** Of both versions of all files together. */
  readonly bytes: number;
  /** Of both versions of the files that are compared at once, if they are more than one. */
  readonly batchBytes: number;
  readonly milliseconds: number;
}

const LIMITS: SearchLimits = {
  bytes: 64 * 1024 * 1024,
  batchBytes: 1024 * 1024,
  milliseconds: 30_000,
};
const BATCH_FILES = 200;
const NAMED_FILES = 20;

/** Files that were not looked at, because all of them together are too much. */
export interface UnseenFiles {
  readonly count: number;
  readonly first: readonly string[];
}

/**
 * Hands on the lines that a story added to all of its files, some files at a time: those that are code before the others, and small ones
 * before large ones, so that nothing hides behind a heap of harmless files. What is beyond the limits is counted.
 */
export async function readAdded(
  lane: Pick<WorkspaceFolders, 'gitDir'>,
  { files }: TreeDiff,
  { take, limits = LIMITS }: AddedReader,
): Promise<UnseenFiles> {
  const waiting = await inOrder(lane, files);
  const endsAt = performance.now() + limits.milliseconds;
  const unseen: string[] = [];
  let left = limits.bytes;
  for (let at = 0; at < waiting.length;) {
    const batch = batchFrom(waiting, at, limits);
    at += batch.length;
    const bytes = batch.reduce((sum, file) => sum + file.bytes, 0);
    if (bytes > left || performance.now() > endsAt) {
      unseen.push(...batch.map(({ file }) => file.path));
      continue;
    }
    left -= bytes;
    take(
      await addedLines(
        lane,
        batch.map(({ file }) => file),
      ),
    );
    // whatever else the worker does goes on between two batches
    await setImmediate();
  }
  return { count: unseen.length, first: unseen.slice(0, NAMED_FILES) };
}

/** Who reads, and how much. */
export interface AddedReader {
  readonly take: (files: readonly FileLines[]) => void;
  readonly limits?: SearchLimits | undefined;
}

interface WeighedFile {
  readonly file: ChangedFile;
  /** Of both versions. */
  readonly bytes: number;
  readonly rank: number;
}

async function inOrder(
  lane: Pick<WorkspaceFolders, 'gitDir'>,
  files: readonly ChangedFile[],
): Promise<WeighedFile[]> {
  const readable = files.filter(
    ({ before, after }) =>
      after !== null && after.mode !== REPOSITORY_MODE && before?.mode !== REPOSITORY_MODE,
  );
  const objects = readable.flatMap(({ before, after }) => [before, after]).flatMap(objectOf);
  const sizes = await objectSizes(createGit({ gitDir: lane.gitDir }), objects);
  const sizeOf = (entry: ChangedFile['before']): number =>
    entry === null ? 0 : (sizes.get(entry.object) ?? 0);
  return readable
    .map((file) => ({
      file,
      bytes: sizeOf(file.before) + sizeOf(file.after),
      rank: rankOf(file.path),
    }))
    .sort((one, other) => one.rank - other.rank || one.bytes - other.bytes);
}

function objectOf(entry: ChangedFile['before']): string[] {
  return entry === null ? [] : [entry.object];
}

/** Code of the product can blind every check; tests and settings are part of what is compared anyway; data says little. */
function rankOf(path: string): number {
  const isCode = languageOf(path) !== undefined;
  if (isCode && !isTestPath(path)) return 0;
  return isCode || isTestPath(path) || isConfigurationPath(path) ? 1 : 2;
}

/** As many of the next files as are compared at once; at least one. */
function batchFrom(
  files: readonly WeighedFile[],
  start: number,
  { batchBytes }: SearchLimits,
): readonly WeighedFile[] {
  let end = start;
  let bytes = 0;
  for (; end < files.length && end - start < BATCH_FILES; end += 1) {
    bytes += files[end]?.bytes ?? 0;
    if (end > start && bytes > batchBytes) break;
  }
  return files.slice(start, end);
}
