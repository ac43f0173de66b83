import { bindSteps, type Activities } from './lib/step.js';
import { keepStoryStep, mergeStoryStep } from './landing/merge-story.js';
import { landStoryStep } from './landing/land-story.js';
import { checkBaselineStep } from './proof/check-baseline.js';
import { proveMergedStep } from './proof/prove-merged.js';
import { proveStoryStep } from './proof/prove-story.js';
import { beginStoryStep } from './workspace/begin-story.js';
import type { RalphDependencies } from './workspace/dependencies.js';
import { prepareRunStep } from './workspace/prepare-run.js';

const steps = {
  prepareRun: prepareRunStep,
  checkBaseline: checkBaselineStep,
  beginStory: beginStoryStep,
  proveStory: proveStoryStep,
  landStory: landStoryStep,
  mergeStory: mergeStoryStep,
  proveMerged: proveMergedStep,
  keepStory: keepStoryStep,
};

/** Git and file work of a Ralph run; every activity is idempotent by its step key. */
export type RalphActivities = Activities<typeof steps>;

/** The Ralph activities over one home. */
export function createRalphActivities(dependencies: RalphDependencies): RalphActivities {
  return bindSteps(dependencies, steps);
}
