import { bindSteps, type Activities } from '../lib/step.js';
import { createModelFallbacks } from '../model/model-fallback.js';
import type { SwarmModelDependencies } from '../swarm/swarm-models.js';
import { repairAnswerStep } from './repair-answer.js';
import type { ScriptDependencies } from './script-dependencies.js';
import { stepScriptStep } from './step-script.js';

const steps = { stepScript: stepScriptStep };
const modelSteps = { repairAnswer: repairAnswerStep };

/** What the program of a run needs beside its agents. */
export type ScriptActivities = Activities<typeof steps> & Activities<typeof modelSteps>;

/** The activities of scripts over one home and the providers. */
export function createScriptActivities(
  dependencies: ScriptDependencies & SwarmModelDependencies,
): ScriptActivities {
  const fallbacks = createModelFallbacks(dependencies.fallbackModels ?? []);
  return {
    ...bindSteps(dependencies, steps),
    ...bindSteps({ ...dependencies, fallbacks }, modelSteps),
  };
}
