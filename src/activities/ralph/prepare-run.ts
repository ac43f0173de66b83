import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidInputError, type WorkspaceRef } from '../../domain/index.js';
import { createGit, createWorkspace } from '../../platform/index.js';
import type { RalphDependencies } from './dependencies.js';
import { bareRepository, insideRepository, laneId, runRef } from './layout.js';

/** What {@link prepareRun} needs. */
export interface PrepareRunRequest {
  readonly runId: string;
  /** Absolute path of the user's repository. */
  readonly repository: string;
  readonly workdir: string;
  readonly prdPath: string;
  readonly baseCommit: string;
}

/** Where a run works. */
export interface PreparedRun {
  readonly lane: WorkspaceRef;
  readonly proofLane: WorkspaceRef;
  /** PRD and progress file relative to the repository; agents' edits to them are dropped. */
  readonly statePaths: string[];
  /** Sandbox level for people, for example `full`. */
  readonly sandbox: string;
}

/**
 * Brings the repository's commits into the engine's bare clone and creates the run's ref, its lane and its proof lane.
 * The user's repository is only read. Idempotent.
 */
export async function prepareRun(
  dependencies: RalphDependencies,
  request: PrepareRunRequest,
): Promise<PreparedRun> {
  const { home } = dependencies;
  const gitDir = bareRepository(home, request.repository);
  await mkdir(gitDir, { recursive: true });
  const git = createGit({ gitDir });
  await git.run(['init', '--bare', '--quiet']);
  await git.run([
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--update-shallow',
    request.repository,
    '+refs/heads/*:refs/codetether/source/heads/*',
    '+HEAD:refs/codetether/source/HEAD',
  ]);
  const base = await git.resolve(`${request.baseCommit}^{commit}`);
  if (base === undefined) {
    throw new InvalidInputError('ERR_BASE_COMMIT_MISSING', {
      message: `commit ${request.baseCommit} is not reachable from HEAD or a branch of the repository`,
      where: { file: request.repository },
      hint: 'check out the branch to start from and run again',
    });
  }
  const ref = runRef(request.runId);
  if ((await git.resolve(ref)) === undefined)
    await git.updateRef({ ref, next: base, expected: null });
  const lane = laneId(request.repository, request.runId, 'lane-1');
  const proofLane = laneId(request.repository, request.runId, 'proof');
  for (const id of [lane, proofLane]) {
    await createWorkspace(home, id, {
      gitDir,
      refPrefix: `refs/codetether/lanes/${request.runId}/${id.split('/').at(-1) ?? ''}`,
    });
  }
  return {
    lane: { id: lane, workdir: request.workdir },
    proofLane: { id: proofLane, workdir: request.workdir },
    statePaths: statePaths(request),
    sandbox: dependencies.sandbox.level,
  };
}

function statePaths(request: PrepareRunRequest): string[] {
  return [request.prdPath, join(dirname(request.prdPath), 'progress.txt')]
    .map((path) => insideRepository(request.repository, path))
    .filter((path) => path !== undefined);
}
