import { bindSteps, type Activities } from '../lib/step.js';
import { createModelFallbacks } from '../model/model-fallback.js';
import { beginRlmTaskStep } from './begin-rlm-task.js';
import { beginSubRlmStep } from './begin-sub-rlm.js';
import { findReplMarkStep } from './find-repl-mark.js';
import { ingestInputStep } from './ingest-input.js';
import type { RlmDependencies } from './rlm-dependencies.js';
import { runCellStep } from './run-cell.js';
import { spentBelowStep } from './spent-below.js';
import { askQuestionStep } from './sub-question.js';

const steps = {
  ingestInput: ingestInputStep,
  runCell: runCellStep,
  askQuestion: askQuestionStep,
  beginRlmTask: beginRlmTaskStep,
  beginSubRlm: beginSubRlmStep,
  findReplMark: findReplMarkStep,
  spentBelow: spentBelowStep,
};

/** Questions over an input: storing it, running cells over it, asking models what cells ask. */
export type RlmActivities = Activities<typeof steps>;

/** The activities over one home and the providers. */
export function createRlmActivities(dependencies: RlmDependencies): RlmActivities {
  const fallbacks = createModelFallbacks(dependencies.fallbackModels ?? []);
  return bindSteps({ ...dependencies, fallbacks }, steps);
}
