import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isNotFound } from '../storage/durable-file.js';
import { hiddenPaths } from './view.js';
import type { WorkspaceFolders } from './workspace.js';

/** A path that lies inside a workspace. */
export interface InsidePath {
  /** Absolute; every folder on the way is real, the last part is not followed. */
  readonly absolute: string;
  /** Relative to the workspace's root, with forward slashes; `.` for the root itself. */
  readonly relative: string;
}

/** Either a path inside, or a sentence for the model that says why not and what to do. */
export type JailAnswer =
  | { readonly isInside: true; readonly path: InsidePath }
  | { readonly isInside: false; readonly reason: string };

/** What the path is wanted for; `write` also refuses `.git`. */
export type PathPurpose = 'read' | 'write';

/**
 * Resolves a path as a model wrote it, relative to the workspace's workdir. Symbolic links in folders are followed and
 * must end inside the root; a link as the last part is refused, because its target could be swapped afterwards. What a view does not
 * show is refused as well.
 */
export async function resolveInside(
  workspace: Pick<WorkspaceFolders, 'root' | 'workdir' | 'isView'>,
  path: string,
  purpose: PathPurpose,
): Promise<JailAnswer> {
  if (path.includes('\0')) return refuse(path, 'it holds a NUL character');
  const { root } = workspace;
  const wanted = resolve(root, workspace.workdir, path);
  if (!isWithin(root, wanted)) return refuse(path, outsideReason(path));
  const parent = wanted === root ? root : await realParent(dirname(wanted));
  if (parent === undefined) return refuse(path, 'a part of it is a file, not a folder');
  if (!isWithin(root, parent))
    return refuse(
      path,
      'a symbolic link on the way leads outside the workspace, or a folder cannot be entered',
    );
  const absolute = wanted === root ? root : join(parent, basename(wanted));
  const inside = relative(root, absolute).split(sep).join('/');
  if (purpose === 'write' && inside.split('/').some((part) => part.toLowerCase() === '.git')) {
    return refuse(
      path,
      'files of .git are kept by git; commits are made for you when the work is checked',
    );
  }
  if ((await hiddenPaths(workspace, [inside])).has(inside))
    return refuse(path, 'not shown: files of git, files that it ignores, and names of secrets');
  const link = await linkTarget(absolute);
  if (link !== undefined) return refuse(path, linkReason(root, link));
  return { isInside: true, path: { absolute, relative: inside === '' ? '.' : inside } };
}

function refuse(path: string, reason: string): JailAnswer {
  return { isInside: false, reason: `${path}: ${reason}` };
}

function outsideReason(path: string): string {
  const advice = 'use a path relative to the working folder';
  return isAbsolute(path)
    ? `outside the workspace; ${advice}`
    : `leads outside the workspace; ${advice}`;
}

function linkReason(root: string, target: string): string {
  if (isWithin(root, target))
    return `a symbolic link; use its target ${relative(root, target)} instead`;
  return 'a symbolic link that leads outside the workspace';
}

function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Real path of the deepest folder that exists, with the missing rest appended; undefined when a file is in the way. */
async function realParent(folder: string): Promise<string | undefined> {
  try {
    const real = await realpath(folder);
    return (await lstat(real)).isDirectory() ? real : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return undefined;
    // A circle of links and a folder that may not be entered cannot be proven to be inside.
    if (hasCode(error, 'ELOOP', 'EACCES', 'ENAMETOOLONG')) return '';
    if (!isNotFound(error)) throw error;
    // A dangling link is "not found" for realpath, but creating below it would follow it.
    if ((await linkTarget(folder)) !== undefined) return '';
    const above = await realParent(dirname(folder));
    return above === undefined || above === '' ? above : join(above, basename(folder));
  }
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    if (!(await lstat(path)).isSymbolicLink()) return undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EACCES')) return undefined;
    throw error;
  }
  try {
    return await realpath(path);
  } catch {
    return sep;
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    codes.includes(error.code)
  );
}
