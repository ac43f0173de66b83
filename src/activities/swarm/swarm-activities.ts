import { bindSteps, type Activities } from '../lib/step.js';
import { createModelFallbacks } from '../model/model-fallback.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { beginJudgeStep } from './begin-judge.js';
import { beginSubtaskStep } from './begin-subtask.js';
import { joinResultsStep } from './join-results.js';
import { landSubtasksStep } from './land-subtasks.js';
import { planSwarmStep } from './plan-swarm.js';
import { keepSubtaskStep, keepUnlandedStep, publishSwarmStep } from './publish-swarm.js';
import { regenerateLocksStep } from './regenerate-locks.js';
import { answerRowStep } from './rows/answer-row.js';
import { saveRowsStep } from './rows/save-rows.js';
import type { SwarmModelDependencies } from './swarm-models.js';

const workspaceSteps = {
  beginSubtask: beginSubtaskStep,
  landSubtasks: landSubtasksStep,
  regenerateLocks: regenerateLocksStep,
  keepSubtask: keepSubtaskStep,
  keepUnlanded: keepUnlandedStep,
  publishSwarm: publishSwarmStep,
  beginJudge: beginJudgeStep,
};

const modelSteps = {
  planSwarm: planSwarmStep,
  answerRow: answerRowStep,
  saveRows: saveRowsStep,
  joinResults: joinResultsStep,
};

/** What a swarm does outside of its agents: planning, lanes, merges, joined results. */
export type SwarmActivities = Activities<typeof workspaceSteps> & Activities<typeof modelSteps>;

/** The swarm activities over one home and the providers. */
export function createSwarmActivities(
  dependencies: RalphDependencies & SwarmModelDependencies,
): SwarmActivities {
  const fallbacks = createModelFallbacks(dependencies.fallbackModels ?? []);
  return {
    ...bindSteps(dependencies, workspaceSteps),
    ...bindSteps({ ...dependencies, fallbacks }, modelSteps),
  };
}
