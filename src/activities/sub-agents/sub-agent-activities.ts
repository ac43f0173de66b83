import { runHooksStep } from '../definitions/hook-steps.js';
import { bindSteps, type Activities } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { forkLaneStep } from './fork-lane.js';
import { joinTasksStep } from './join-tasks.js';
import { readPrdStep } from './read-prd.js';
import { mergeForkStep } from './merge-fork.js';
import { beginTaskStep, takeAnswerStep } from './task-steps.js';

const steps = {
  beginTask: beginTaskStep,
  takeAnswer: takeAnswerStep,
  forkLane: forkLaneStep,
  mergeFork: mergeForkStep,
  joinTasks: joinTasksStep,
  runHooks: runHooksStep,
  readPrd: readPrdStep,
};

/** What agents need that start others (their tasks and answers, and lanes of their own), and hooks of people. */
export type SubAgentActivities = Activities<typeof steps>;

/** The activities for agents that start others, over one home. */
export function createSubAgentActivities(dependencies: RalphDependencies): SubAgentActivities {
  return bindSteps(dependencies, steps);
}
