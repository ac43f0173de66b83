import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  excludesFile,
  workspaceGit,
  writeDurableFile,
  type WorkspaceFolders,
} from '../../../platform/index.js';

/** Everything in a lane that git does not track, ignored or not; whole folders end with a slash. */
export async function listUntracked(lane: WorkspaceFolders): Promise<string[]> {
  const answer = await workspaceGit(lane).run(['ls-files', '--others', '--directory', '-z']);
  return answer.stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '' && path !== './');
}

/** Removes everything that git does not track, except `kept` (paths as {@link listUntracked} gives them). */
export async function removeUntracked(
  lane: WorkspaceFolders,
  kept: readonly string[],
): Promise<void> {
  for (const path of await listUntracked(lane)) await removeExcept(lane, path, kept);
}

async function removeExcept(
  lane: WorkspaceFolders,
  path: string,
  kept: readonly string[],
): Promise<void> {
  const bare = path.replace(/\/$/, '');
  if (kept.some((keep) => keep.replace(/\/$/, '') === bare)) return;
  if (!kept.some((keep) => keep.startsWith(`${bare}/`))) {
    await rm(join(lane.root, bare), { recursive: true, force: true });
    return;
  }
  // The tracked files around a prepared folder are gone, so git names a folder further up.
  for (const name of await readdir(join(lane.root, bare)))
    await removeExcept(lane, `${bare}/${name}`, kept);
}

/** Makes the engine's git ignore `paths` in this lane, whatever the repository's own files say about them. */
export async function excludePaths(
  lane: WorkspaceFolders,
  paths: readonly string[],
): Promise<void> {
  const patterns = paths.map(
    (path) => `/${path.replace(/[\\*?[\]!#]/g, '\\$&').replace(/ /g, '\\ ')}\n`,
  );
  await writeDurableFile(excludesFile(lane), patterns.join(''));
}
