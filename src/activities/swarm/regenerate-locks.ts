import { z } from 'zod';
import {
  InvalidInputError,
  lockCommands,
  NO_SETUP,
  workspaceRefSchema,
  workspaceSetupSchema,
} from '../../domain/index.js';
import { openWorkspace, workspaceGit } from '../../platform/index.js';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { readyLane } from '../workspace/ready-lane.js';
import { forgetSetup } from '../workspace/setup/prepare-dependencies.js';
import { setupOffline } from '../workspace/setup/setup-failed.js';
import { openPackages } from '../workspace/setup/setup-packages.js';
import { runSetupStep } from '../workspace/setup/run-setup-step.js';

const regenerateLocksSchema = z.object({
  key: journaledFields.key,
  runId: journaledFields.runId,
  lane: workspaceRefSchema,
  base: z.string(),
  branch: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  setup: workspaceSetupSchema.default(NO_SETUP),
  /** Lay the lane out first: its base, and this tree over it; null = it lies ready. */
  onTop: z.string().nullable(),
  /** Relative to the repository. */
  locks: z.array(z.string()).min(1),
});

const LIMIT_MS = 10 * 60_000;

/**
 * Makes lock files anew from the merged manifests, by the tools that write them. Repeatable. Fails with `ERR_LOCK_FAILED` (the tool
 * refuses) and `ERR_SETUP_OFFLINE` (its registry does not answer).
 */
export const regenerateLocksStep = defineStep<RalphDependencies>()({
  input: regenerateLocksSchema,
  holds: ({ lane }) => [lane.id],
  claim: (input) => planned(input, ['setup']),
  async run(input, work): Promise<void> {
    const { setup, onTop } = input;
    if (onTop !== null) await readyLane(work, { ...input, onTop });
    const lane = await openWorkspace(work.dependencies.home, input.lane);
    await forgetSetup(lane);
    const packages = await openPackages(work, { lane, isFilling: false });
    for (const { folder, command } of lockCommands(input.locks)) {
      const step = { name: command, command, folder, timeoutMs: LIMIT_MS, lockFiles: [] };
      const { failure } = await runSetupStep(work, { lane, setup, step, packages });
      if (failure === undefined) continue;
      // what the tool left half-way is no lock
      if (onTop !== null) await workspaceGit(lane).checkoutTree(onTop);
      if (failure.isNetwork) throw setupOffline(failure);
      throw new InvalidInputError('ERR_LOCK_FAILED', {
        message: `the lock file cannot be made anew: ${command} failed in ${folder}`,
        hint: 'see the log of the run for its output; the work of the subtask is kept on a branch',
      });
    }
  },
});
