import type { StoryInput } from '../../contracts/index.js';
import {
  endBackground,
  openWorkspace,
  workspaceGit,
  type Git,
  type WorkspaceFolders,
} from '../../platform/index.js';
import { warmLane } from './caches/lay-out-caches.js';
import type { RalphWork } from './dependencies.js';
import { plantLaneGit } from './lane-git.js';
import { prepareDependencies } from './setup/prepare-dependencies.js';
import { setupFailed } from './setup/setup-failed.js';
import { ensureWorkdir } from './workdir.js';

/** A lane that an agent is about to work in. */
export interface LaneRequest extends Pick<
  StoryInput,
  'lane' | 'base' | 'setup' | 'branch' | 'author'
> {
  /** The newest commit whose checks were green or that a person made: set-ups of its files are kept. Absent = the base. */
  readonly proven?: string | undefined;
  /** A tree to lie over the base, so that git in the lane shows it as changes. */
  readonly onTop?: string | undefined;
}

/**
 * Resets the lane to its base (ignored files stay, so that it is warm), prepares its dependencies and gives it a fresh `.git`.
 * Idempotent until the agent has started. Throws InvalidInputError `ERR_SETUP_FAILED`.
 */
export async function readyLane(
  work: RalphWork,
  request: LaneRequest,
): Promise<{ readonly lane: WorkspaceFolders; readonly git: Git }> {
  const { setup, base: tree, branch, author } = request;
  const lane = await openWorkspace(work.dependencies.home, request.lane);
  // Of an agent whose workflow was terminated nobody ended it.
  await endBackground(lane.state);
  const git = workspaceGit(lane);
  await git.checkoutTree(tree, { keepTimes: setup.caches !== undefined });
  const owner = { proven: request.proven ?? tree, proof: null };
  const prepared = await prepareDependencies(work, { lane, setup, tree, state: 'warm', owner });
  if (!prepared.isReady) throw setupFailed(prepared.failure);
  await warmLane(work, { lane, setup, tree });
  await ensureWorkdir(lane);
  await plantLaneGit(lane, { commit: tree, branch, author });
  if (request.onTop !== undefined) await git.checkoutTree(request.onTop);
  return { lane, git };
}
