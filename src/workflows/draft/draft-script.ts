import type { DraftScriptInput, ScriptDraft } from '../../contracts/index.js';
import { standaloneSteps } from '../lib/step.js';
import { draftWithRepair } from './draft-loop.js';

/**
 * A script from a task: one model call, and one more with the problems when its answer cannot run. Fails with
 * `ERR_SCRIPT_DRAFT_INVALID` (details: problems and spending) when the second cannot either.
 */
export function draftScriptWorkflow(input: DraftScriptInput): Promise<ScriptDraft> {
  const steps = standaloneSteps('');
  return draftWithRepair({
    noun: 'script',
    code: 'ERR_SCRIPT_DRAFT_INVALID',
    call: (previous) => {
      const key = steps.nextKey();
      const summary = previous === null ? 'script draft' : 'script draft, repaired';
      return () => steps.once('draftScript', { summary, key, args: { input, previous } });
    },
  });
}
