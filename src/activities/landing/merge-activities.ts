import { z } from 'zod';
import { mergeInputSchema, type MergeInput } from '../../contracts/index.js';
import type { PlanClaim } from '../../domain/index.js';
import { bindSteps, defineStep, journaledFields, planned, type Activities } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { proveMerge, publishRun, rebaseOnto } from './merge-run.js';

const { key } = journaledFields;

function claim(input: MergeInput): PlanClaim {
  return planned(input, ['repository', 'workdir', 'checks', 'setup']);
}

/** The run's commits on the branch's present tip, in the engine's clone alone. Makes the same commits each time. */
const rebaseRun = defineStep<RalphDependencies>()({
  input: mergeInputSchema.extend({ key, committedAt: z.string() }),
  claim,
  run: (input, { dependencies }) => rebaseOnto(dependencies, input),
});

/** The checks of the run on exactly that tree, in a clean lane. */
const proveTree = defineStep<RalphDependencies>()({
  input: mergeInputSchema.extend({ key, commit: z.string() }),
  claim,
  run: async (input, work) => ({ evidence: await proveMerge(work, input) }),
});

/** Moves the branch, with its files where the person has it checked out, and notes it in the run's record. Repeatable. */
const publishMerge = defineStep<RalphDependencies>()({
  input: mergeInputSchema.extend({ key, commit: z.string(), mergedAt: z.string() }),
  claim,
  run: (input, { dependencies }) => publishRun(dependencies, input),
});

const steps = { rebaseRun, proveTree, publishMerge };

/** The steps of `ralph merge` that need the engine's clone; each is idempotent. */
export type MergeActivities = Activities<typeof steps>;

/** The merge activities over one home. */
export function createMergeActivities(dependencies: RalphDependencies): MergeActivities {
  return bindSteps(dependencies, steps);
}
