import { z } from 'zod';
import { NO_SETUP, workspaceRefSchema, workspaceSetupSchema } from '../../domain/index.js';
import {
  createGit,
  createWorkspace,
  openWorkspace,
  writeLooseCommit,
} from '../../platform/index.js';
import { defineStep, journaledFields, planned, type StepRequest } from '../lib/step.js';
import { dropCaches, takeTree } from '../proof/story-tree.js';
import type { RalphDependencies, RalphWork } from '../workspace/dependencies.js';
import { requireRoom } from '../workspace/free-space.js';
import { readyLane } from '../workspace/ready-lane.js';
import { ENGINE, forkPlace } from './fork-place.js';

const forkLaneSchema = z.object({
  ...journaledFields,
  /** Lane of the agent that starts another one; it rests meanwhile. */
  lane: workspaceRefSchema,
  /** The lane to be made. */
  fork: workspaceRefSchema,
  /** Commit that `lane` was laid out from. */
  base: z.string(),
  /** The newest commit that set-ups are kept for. */
  proven: z.string(),
  branch: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  setup: workspaceSetupSchema.default(NO_SETUP),
});

type ForkRequest = StepRequest<typeof forkLaneSchema>;

/**
 * A lane that begins with the files of another one as they are, whether git knows them or not, with dependencies and a `.git` of its
 * own; `base` is a commit of these files. Fails with `ERR_DISK_FULL`, `ERR_SETUP_FAILED`.
 */
export const forkLaneStep = defineStep<RalphDependencies>()({
  input: forkLaneSchema,
  journal: {
    result: z.object({ base: z.string() }),
    identity: ({ lane, fork, base }) => ({ lane: lane.id, fork: fork.id, base }),
  },
  holds: ({ lane, fork }) => [lane.id, fork.id],
  claim: (input) => planned(input, ['setup']),
  async run(input, work) {
    await requireRoom(work.dependencies);
    return forkLane(input, work);
  },
});

async function forkLane(request: ForkRequest, work: RalphWork): Promise<{ base: string }> {
  const { home } = work.dependencies;
  const lane = await openWorkspace(home, request.lane);
  const { tree } = await dropCaches(lane, request.base, await takeTree(lane, request.base));
  const place = forkPlace(lane, request.fork);
  const commit = await writeLooseCommit(lane.gitDir, {
    tree,
    parents: [request.base],
    message: 'what an agent had when it started another one\n',
    ...ENGINE,
  });
  const git = createGit({ gitDir: lane.gitDir });
  // one of an attempt before had the same name
  const old = [`delete ${place.workRef}`, `delete ${place.refPrefix}/head`];
  await git.run(['update-ref', '--stdin'], {
    stdin: [...old, `update ${place.startRef} ${commit}`].map((line) => `${line}\n`).join(''),
  });
  const { gitDir } = lane;
  await createWorkspace(home, request.fork.id, { gitDir, refPrefix: place.refPrefix });
  const { fork, proven, branch, author, setup } = request;
  await readyLane(work, { lane: fork, base: commit, proven, branch, author, setup });
  return { base: commit };
}
