import { join } from 'node:path';
import { repositoryKey } from '../git/repository-key.js';
import { homePaths } from '../storage/home.js';

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

/** Absolute path of the folder that holds a run's lanes. */
export function lanesFolder(home: string, repository: string, runId: string): string {
  return join(homePaths(home).workspaces, repositoryKey(repository), runId);
}
