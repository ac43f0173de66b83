import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import type { CheckTree } from '../../domain/index.js';
import {
  isNotFound,
  readBounded,
  resolveInside,
  workspaceGit,
  type WorkspaceFolders,
} from '../../platform/index.js';

/** A recipe file or manifest beyond this is not read, so that what it is asked for counts as there. */
const LARGEST_FILE = 1024 * 1024;

/** The files of a tree that lies in the lane, and what lies beside them where recipe files are looked for. */
export async function readCheckTree(lane: WorkspaceFolders, tree: string): Promise<CheckTree> {
  const paths = new Set([...(await listTracked(lane, tree)), ...(await besideTheTree(lane))]);
  return { paths, read: (path) => readFile(lane, path) };
}

/** The files of a tree, whatever lies in the lane. */
export async function readStoredTree(lane: WorkspaceFolders, tree: string): Promise<CheckTree> {
  const paths = new Set(await listTracked(lane, tree));
  const read = async (path: string): Promise<string | undefined> => {
    if (!paths.has(path)) return undefined;
    // a submodule has no text
    const content = await workspaceGit(lane)
      .readFile(tree, path)
      .catch(() => undefined);
    return content === undefined || content.length > LARGEST_FILE
      ? undefined
      : content.toString('utf8');
  };
  return { paths, read };
}

async function listTracked(lane: WorkspaceFolders, tree: string): Promise<string[]> {
  const git = workspaceGit(lane);
  const listing = await git.run(['ls-tree', '-r', '-z', '--full-tree', '--name-only', tree]);
  return listing.stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
}

/** Files at the top and in the folders down to where checks run: a set-up may write a recipe file that git ignores. */
async function besideTheTree(lane: WorkspaceFolders): Promise<string[]> {
  const found: string[] = [];
  for (const folder of foldersDownTo(lane.workdir)) {
    const answer = await resolveInside({ ...lane, workdir: '.' }, folder, 'read');
    if (!answer.isInside) continue;
    const entries = await readdir(answer.path.absolute, { withFileTypes: true }).catch(
      (error: unknown) => {
        // A story may put a file in the place of the folder: nothing lies there then.
        if (isNotFound(error) || isFile(error)) return [];
        throw error;
      },
    );
    for (const entry of entries)
      if (entry.isFile()) found.push(posix.normalize(posix.join(folder, entry.name)));
  }
  return found;
}

function isFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTDIR';
}

function foldersDownTo(workdir: string): string[] {
  const folders = ['.'];
  for (const part of posix.normalize(workdir).split('/'))
    if (part !== '.' && part !== '') folders.push(posix.join(folders.at(-1) ?? '.', part));
  return folders;
}

async function readFile(lane: WorkspaceFolders, path: string): Promise<string | undefined> {
  const answer = await resolveInside({ ...lane, workdir: '.' }, path, 'read');
  if (!answer.isInside) return undefined;
  return readBounded(answer.path.absolute, LARGEST_FILE).catch(() => undefined);
}
