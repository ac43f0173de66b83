import { z } from 'zod';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import { requireRoom } from './free-space.js';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  InvalidInputError,
  NO_SETUP,
  workspaceRefSchema,
  workspaceSetupSchema,
  type WorkspaceRef,
} from '../../domain/index.js';
import {
  createGit,
  createWorkspace,
  fetchArguments,
  keepBytes,
  bareRepository,
  laneId,
  laneName,
  proofLaneName,
  runRef,
  type Git,
} from '../../platform/index.js';
import { fetchSource, keepPersonalExcludes } from './bare-clone.js';
import type { RalphDependencies } from './dependencies.js';
import { copiesFolder, insideRepository, refsFolder } from './layout.js';
import { keepRunRefs } from './run-refs.js';
import { bringSubmodules } from './submodules.js';
import { stageCopies } from './setup/copied-files.js';

const prepareRunSchema = z.object({
  ...journaledFields,
  repository: z.string(),
  workdir: z.string(),
  prdPath: z.string(),
  baseCommit: z.string(),
  /** Stories worked on at once: as many lanes with proof lanes. */
  lanes: z.number().int().min(1).default(1),
  setup: workspaceSetupSchema.default(NO_SETUP),
  /** Commits that have to be there as well, whichever refs hold them; absent = branches and HEAD are enough. */
  commits: z.array(z.string()).optional(),
});

/** What {@link prepareRun} needs. */
export type PrepareRunRequest = Omit<z.input<typeof prepareRunSchema>, 'key' | 'events'>;

/** A lane for an agent and the clean one in which its work is proven. */
export interface LanePair {
  readonly lane: WorkspaceRef;
  readonly proofLane: WorkspaceRef;
}

/** Where a run works. */
export interface PreparedRun {
  /** The first of `lanes`. */
  readonly lane: WorkspaceRef;
  readonly proofLane: WorkspaceRef;
  readonly lanes: LanePair[];
  /** PRD and progress file relative to the repository; agents' edits to them are dropped. */
  readonly statePaths: string[];
  /** Sandbox level for people, for example `full`. */
  readonly sandbox: string;
  /** What people should know of the lanes, for example which submodules are empty there. */
  readonly notes?: string[] | undefined;
}

const preparedRunSchema = z.object({
  lane: workspaceRefSchema,
  proofLane: workspaceRefSchema,
  lanes: z.array(z.object({ lane: workspaceRefSchema, proofLane: workspaceRefSchema })).default([]),
  statePaths: z.array(z.string()),
  sandbox: z.string(),
  notes: z.array(z.string()).optional(),
});

/** Bare clone, run ref, lanes. Fails with `ERR_BASE_COMMIT_MISSING`, `ERR_DISK_FULL`. */
export const prepareRunStep = defineStep<RalphDependencies>()({
  input: prepareRunSchema,
  journal: {
    result: preparedRunSchema,
    identity: ({ repository, baseCommit }) => ({ repository, base: baseCommit }),
  },
  holds: ({ runId }) => [runId],
  claim: (input) => planned(input, ['repository', 'workdir', 'prdPath', 'setup']),
  async run(input, { dependencies }): Promise<PreparedRun> {
    await requireRoom(dependencies);
    return prepareRun(dependencies, input);
  },
});

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
  await keepBytes(gitDir);
  await fetchSource(git, request.repository);
  await fetchCommits(git, request);
  await keepPersonalExcludes(gitDir, request.repository);
  const base = await git.resolve(`${request.baseCommit}^{commit}`);
  if (base === undefined) {
    throw new InvalidInputError('ERR_BASE_COMMIT_MISSING', {
      message: `commit ${request.baseCommit} is not reachable from HEAD or a branch of the repository`,
      where: { file: request.repository },
      hint: 'check out the branch to start from and run again',
    });
  }
  await keepRunRefs(git, request.repository, refsFolder(home, request.repository, request.runId));
  const emptySubmodules = await bringSubmodules(git, {
    repository: request.repository,
    base,
    allowedHosts: request.setup?.submoduleHosts,
  });
  const ref = runRef(request.runId);
  if ((await git.resolve(ref)) === undefined)
    await git.updateRef({ ref, next: base, expected: null });
  const lanes = Array.from({ length: request.lanes ?? 1 }, (_, index) => lanePair(request, index));
  for (const { id } of lanes.flatMap((pair) => [pair.lane, pair.proofLane])) {
    await createWorkspace(home, id, {
      gitDir,
      refPrefix: `refs/codetether/lanes/${request.runId}/${id.split('/').at(-1) ?? ''}`,
    });
  }
  const copies = copiesFolder(home, request.repository, request.runId);
  await stageCopies(request.repository, request.setup?.copy ?? [], copies);
  const [first = lanePair(request, 0)] = lanes;
  return {
    ...first,
    lanes,
    statePaths: statePaths(request),
    sandbox: dependencies.sandbox.level,
    notes: emptySubmodules,
  };
}

/** Commits by their ids, kept with the lanes of the run: tags and branches of remotes are not brought otherwise. */
async function fetchCommits(
  git: Git,
  { repository, runId, commits = [] }: PrepareRunRequest,
): Promise<void> {
  if (commits.length === 0) return;
  const [command = 'fetch', ...rest] = fetchArguments(
    repository,
    commits.map((commit, index) => `+${commit}:refs/codetether/lanes/${runId}/given/${index + 1}`),
  );
  await git.run([command, '--update-shallow', ...rest]);
}

function lanePair({ repository, runId, workdir }: PrepareRunRequest, index: number): LanePair {
  return {
    lane: { id: laneId(repository, runId, laneName(index)), workdir },
    proofLane: { id: laneId(repository, runId, proofLaneName(index)), workdir },
  };
}

function statePaths(request: PrepareRunRequest): string[] {
  return [request.prdPath, join(dirname(request.prdPath), 'progress.txt')]
    .map((path) => insideRepository(request.repository, path))
    .filter((path) => path !== undefined);
}
