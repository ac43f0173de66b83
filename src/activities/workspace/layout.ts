import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { homePaths, laneId, type WorkspaceFolders } from '../../platform/index.js';

/** Where a run keeps what it copied of the user's checkout, beside its lanes. */
export function copiesFolder(home: string, repository: string, runId: string): string {
  return join(homePaths(home).workspaces, laneId(repository, runId, 'copied'));
}

/** The same place, seen from one of the lanes (`REPOSITORY/RUN/LANE/state`). */
export function copiesBeside(lane: WorkspaceFolders): string {
  return join(dirname(dirname(lane.state)), 'copied');
}

/** Where a run keeps the refs of the person's repository as they were when it began, beside its lanes. */
export function refsFolder(home: string, repository: string, runId: string): string {
  return join(homePaths(home).workspaces, laneId(repository, runId, 'refs'));
}

/** The same place, seen from one of the lanes. */
export function refsBeside(lane: WorkspaceFolders): string {
  return join(dirname(dirname(lane.state)), 'refs');
}

/** Package caches of the lane's repository: shared by its lanes and runs, written by set-ups of untouched bases only. */
export function packageCache(home: string, lane: WorkspaceFolders): string {
  return join(homePaths(home).cache, basename(dirname(dirname(dirname(lane.state)))));
}

/** `path` relative to the repository with forward slashes, or undefined when it lies outside. */
export function insideRepository(repository: string, path: string): string | undefined {
  const inside = relative(repository, path);
  const [first] = inside.split(sep);
  return inside === '' || first === '..' || isAbsolute(inside)
    ? undefined
    : inside.split('\\').join('/');
}
