import type { DraftPrdInput, PrdDraft } from '../../contracts/index.js';
import { workflowTime } from '../lib/scope.js';
import { standaloneSteps } from '../lib/step.js';
import { draftWithRepair } from './draft-loop.js';

/**
 * A PRD from what a person wants: one model call, and one more with the problems when its answer is no valid PRD. Fails
 * with `ERR_PRD_DRAFT_INVALID` (details: problems and spending) when the second is none either.
 */
export function draftPrdWorkflow(input: DraftPrdInput): Promise<PrdDraft> {
  const createdAt = workflowTime();
  const steps = standaloneSteps('');
  return draftWithRepair({
    noun: 'PRD',
    code: 'ERR_PRD_DRAFT_INVALID',
    call: (previous) => {
      const key = steps.nextKey();
      const summary = previous === null ? 'PRD draft' : 'PRD draft, repaired';
      return () => steps.once('draftPrd', { summary, key, args: { input, createdAt, previous } });
    },
  });
}
