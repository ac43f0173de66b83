import { z } from 'zod';
import { addSpending, ZERO_SPENDING } from '../../domain/index.js';
import { defineStep } from '../lib/step.js';
import type { RlmDependencies } from './rlm-dependencies.js';

/** What a workflow that ended without a result has spent, with those below it, as it was noted call by call. */
export const spentBelowStep = defineStep<RlmDependencies>()({
  input: z.object({ runId: z.string().min(1), workflowId: z.string().min(1) }),
  async run({ runId, workflowId }, { dependencies }) {
    const calls = (await dependencies.readSpentCalls?.(runId, workflowId)) ?? [];
    // a call that was settled again after a crash is noted again
    const unique = new Map(
      calls.filter(({ key }) => key.startsWith(`${workflowId}/`)).map((call) => [call.key, call]),
    );
    return [...unique.values()].reduce(
      (sum, { spending }) => addSpending(sum, spending),
      ZERO_SPENDING,
    );
  },
});
