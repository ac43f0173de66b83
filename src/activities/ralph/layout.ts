import { isAbsolute, join, relative, sep } from 'node:path';
import { homePaths, repositoryKey } from '../../platform/index.js';

/** Absolute path of the engine's bare clone of a repository. */
export function bareRepository(home: string, repository: string): string {
  return join(homePaths(home).workspaces, repositoryKey(repository), 'repo.git');
}

/** Workspace id of a lane of a run. */
export function laneId(repository: string, runId: string, lane: string): string {
  return `${repositoryKey(repository)}/${runId}/${lane}`;
}

/** The ref that a run's commits are on, in the bare clone. */
export function runRef(runId: string): string {
  return `refs/codetether/runs/${runId}`;
}

/** `path` relative to the repository with forward slashes, or undefined when it lies outside. */
export function insideRepository(repository: string, path: string): string | undefined {
  const inside = relative(repository, path);
  const [first] = inside.split(sep);
  return inside === '' || first === '..' || isAbsolute(inside)
    ? undefined
    : inside.split('\\').join('/');
}
