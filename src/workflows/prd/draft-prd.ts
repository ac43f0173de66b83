import {
  ActivityCancellationType,
  ApplicationFailure,
  proxyActivities,
  sleep,
} from '@temporalio/workflow';
import type { DraftPrdCall, DraftPrdReply, PrdActivities } from '../../activities/index.js';
import {
  ACTIVITY_POLICIES,
  DRAFT_CALLS,
  type DraftPrdInput,
  type PrdDraft,
} from '../../contracts/index.js';
import { addSpending, ZERO_SPENDING, type AgentSpending } from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { workflowScope, workflowTime } from '../lib/scope.js';

const prdActivities = proxyActivities<PrdActivities>({
  ...ACTIVITY_POLICIES.model,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** A wait that a provider asks for is cut into pieces no longer than this. */
const AFTER_DEATH_MS = 1000;
const LONGEST_WAIT_MS = 60 * 60 * 1000;

/**
 * A PRD from what a person wants: one model call, and one more with the problems when its answer is no valid PRD. Fails
 * with `ERR_PRD_DRAFT_INVALID` (details: problems and spending) when the second is none either.
 */
export async function draftPrdWorkflow(input: DraftPrdInput): Promise<PrdDraft> {
  const createdAt = workflowTime();
  let spending: AgentSpending = ZERO_SPENDING;
  let previous: DraftPrdCall['previous'] = null;
  for (let step = 1; step <= DRAFT_CALLS; step += 1) {
    const key = { scope: workflowScope(), step, index: 0 };
    const reply = await draftWhenPossible({ key, input, createdAt, previous });
    spending = addSpending(spending, spendingOf(reply));
    if (reply.text !== null) return { text: reply.text, spending };
    previous = { answer: reply.answer, problems: reply.problems };
  }
  const problems = previous?.problems ?? [];
  throw ApplicationFailure.create({
    type: 'ERR_PRD_DRAFT_INVALID',
    message: `the model made no valid PRD in ${DRAFT_CALLS} calls:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    nonRetryable: true,
    details: [{ problems, spending }],
  });
}

/** One call under one step key; a wait that the provider names is a timer that holds no slot. */
async function draftWhenPossible(call: DraftPrdCall): Promise<DraftPrdReply> {
  for (;;) {
    try {
      const summary = call.previous === null ? 'PRD draft' : 'PRD draft, repaired';
      return await prdActivities.draftPrd.executeWithOptions(
        { ...ACTIVITY_POLICIES.model, summary },
        [call],
      );
    } catch (error) {
      const { code, details } = failureFacts(error);
      // Deaths of workers use nobody's attempt: the same call is made again, under its key.
      if (code === 'ERR_WORKER_DIED') await sleep(AFTER_DEATH_MS);
      else if (code === 'ERR_PROVIDER_WAIT') await sleep(waitMs(details));
      else throw error;
    }
  }
}

function waitMs([first]: readonly unknown[]): number {
  const resumeAt =
    typeof first === 'object' && first !== null && 'resumeAt' in first ? first.resumeAt : undefined;
  const until = typeof resumeAt === 'string' ? Date.parse(resumeAt) : Number.NaN;
  return Number.isNaN(until)
    ? 60_000
    : Math.min(LONGEST_WAIT_MS, Math.max(1000, until - Date.now()));
}

function spendingOf(reply: DraftPrdReply): AgentSpending {
  return {
    turns: 1,
    modelCalls: 1,
    repeatedModelCalls: reply.repeatedCalls,
    usage: reply.usage,
    costMicroUsd: reply.costMicroUsd,
  };
}
