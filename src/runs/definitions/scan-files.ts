import { createHash } from 'node:crypto';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { trustOfFile } from '../../config/index.js';
import { InvalidInputError } from '../../domain/index.js';
import { isWithin, readBoundedBytes } from '../../platform/index.js';

/** Folders that one search enters, and how deep: what the public guide for skills names. */
const MOST_FOLDERS = 2000;
const MOST_DEPTH = 5;
const LARGEST_FILE = 128 * 1024;
const SKIPPED = new Set(['.git', 'node_modules']);

/** A file of definitions, and whether it counts. */
export interface DefinitionFile {
  readonly path: string;
  readonly text: string;
  readonly sha256: string;
}

/** A place where definitions may lie. */
export interface DefinitionPlace {
  /** Absolute. */
  readonly folder: string;
  /** Files in it count when the person trusts each of them. */
  readonly needsTrust: boolean;
  /** Repository that it is a part of; absent = it is the person's own. */
  readonly root?: string;
}

/** What is not used, in sentences for people. */
export type Warn = (text: string) => void;

/** Names of Markdown files right in a folder, sorted; none where it is no folder. Links are not followed. */
export async function markdownFiles({ folder, root }: DefinitionPlace): Promise<string[]> {
  if (!(await isFolderWithin(folder, root))) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map(({ name }) => join(folder, name))
    .toSorted()
    .slice(0, MOST_FOLDERS);
}

/** Folders below `folder` that hold a file of this name, sorted; no link is followed, and a deep or wide tree is not walked to its end. */
export async function foldersWith(
  { folder, root }: DefinitionPlace,
  name: string,
  warn: Warn,
): Promise<string[]> {
  if (!(await isFolderWithin(folder, root))) return [];
  const found: string[] = [];
  const open = [{ path: folder, depth: 0 }];
  let entered = 0;
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    entered += 1;
    if (entered > MOST_FOLDERS) {
      warn(`${folder}: more than ${MOST_FOLDERS} folders; what lies behind them is not looked at`);
      break;
    }
    const entries = await readdir(next.path, { withFileTypes: true }).catch(() => []);
    if (entries.some((entry) => entry.name === name && entry.isFile())) {
      found.push(next.path);
      continue;
    }
    if (next.depth >= MOST_DEPTH) continue;
    for (const entry of entries)
      if (entry.isDirectory() && !SKIPPED.has(entry.name))
        open.push({ path: join(next.path, entry.name), depth: next.depth + 1 });
  }
  return found.toSorted();
}

/** A file that may be used; undefined, with a warning, for one that is too large, binary, no ordinary file, or not trusted. */
export async function readDefinitionFile(
  path: string,
  {
    needsTrust,
    home,
    warn,
  }: { readonly needsTrust: boolean; readonly home: string; readonly warn: Warn },
): Promise<DefinitionFile | undefined> {
  let bytes: Buffer;
  try {
    if (!(await lstat(path)).isFile()) return undefined;
    bytes = await readBoundedBytes(path, LARGEST_FILE);
  } catch (error) {
    if (error instanceof InvalidInputError) warn(`${path}: not used: ${error.message}`);
    return undefined;
  }
  if (bytes.includes(0)) {
    warn(`${path}: not used: it is no text`);
    return undefined;
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (needsTrust) {
    const trust = await trustOfFile(home, { path, sha256 });
    if (trust !== 'trusted') {
      const why =
        trust === 'changed'
          ? 'it was changed after you trusted it'
          : 'it comes with the repository, and you have not trusted it';
      warn(`${path}: not used: ${why}; look at it, then: codetether trust ${path}`);
      return undefined;
    }
  }
  return { path, text: bytes.toString('utf8'), sha256 };
}

/** A folder, and of a repository one that no link on the way leads out of: its files are told to a model. */
async function isFolderWithin(folder: string, root: string | undefined): Promise<boolean> {
  try {
    if (!(await lstat(folder)).isDirectory()) return false;
    return root === undefined || isWithin(await realpath(root), await realpath(folder));
  } catch {
    return false;
  }
}
