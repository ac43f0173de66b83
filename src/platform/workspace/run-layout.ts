import { join } from 'node:path';
import { repositoryKey } from '../git/repository-key.js';
import { sha256 } from '../storage/blob-store.js';
import { homePaths } from '../storage/home.js';

/** Absolute path of the engine's bare clone of a repository. */
export function bareRepository(home: string, repository: string): string {
  return join(homePaths(home).workspaces, repositoryKey(repository), 'repo.git');
}

/** Workspace id of a lane of a run. */
export function laneId(repository: string, runId: string, lane: string): string {
  return `${repositoryKey(repository)}/${runId}/${lane}`;
}

const VIEW = 'view';

/** Workspace id of the view that shows a folder to the tools of a run. */
export function viewId(folder: string, runId: string): string {
  return laneId(folder, runId, VIEW);
}

/** True for the id of a workspace that shows a folder and is never written to. */
export function isViewId(id: string): boolean {
  return id.endsWith(`/${VIEW}`);
}

/** The ref that a run's commits are on, in the bare clone. */
export function runRef(runId: string): string {
  return `refs/codetether/runs/${runId}`;
}

/** Absolute path of the folder that holds a run's lanes. */
export function lanesFolder(home: string, repository: string, runId: string): string {
  return join(homePaths(home).workspaces, repositoryKey(repository), runId);
}

/** Characters of a digest that name a hold; enough for one home. */
const HOLD_NAME_CHARACTERS = 24;

/** Folder of the lock on a run or a lane, by its id, below the folder of all holds. */
export function holdFolder(holds: string, name: string): string {
  return join(holds, sha256(name).slice(0, HOLD_NAME_CHARACTERS));
}

/** Folders of the locks that the steps of a run took: on the run, and on each of its lanes. */
export function holdsOfRun(
  home: string,
  run: { readonly repository: string; readonly runId: string; readonly lanes: number },
): string[] {
  const { repository, runId, lanes } = run;
  const ids = Array.from({ length: lanes }, (_, index) => [
    laneId(repository, runId, laneName(index)),
    laneId(repository, runId, proofLaneName(index)),
  ]).flat();
  return [runId, ...ids].map((name) => holdFolder(homePaths(home).holds, name));
}

/** Name of a lane for agents, by its place from 0. */
export function laneName(index: number): string {
  return `lane-${index + 1}`;
}

/** Name of the clean lane beside it; the first keeps the one that runs of earlier versions know. */
export function proofLaneName(index: number): string {
  return index === 0 ? 'proof' : `proof-${index + 1}`;
}
