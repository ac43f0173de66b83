import { bindSteps, type Activities } from '../lib/step.js';
import { createModelFallbacks } from '../model/model-fallback.js';
import type { SwarmModelDependencies } from '../swarm/swarm-models.js';
import { answerScriptStep } from './answer-script.js';
import { prepareScriptStep } from './prepare-script.js';
import { repairAnswerStep } from './repair-answer.js';
import type { ScriptDependencies } from './script-dependencies.js';
import { stepScriptStep } from './step-script.js';

const steps = {
  stepScript: stepScriptStep,
  prepareScript: prepareScriptStep,
  answerScript: answerScriptStep,
};
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
