import { ApplicationFailure, sleep } from '@temporalio/workflow';
import type { DraftPrdCall, DraftPrdReply } from '../../activities/index.js';
import { DRAFT_CALLS, type DraftPrdInput, type PrdDraft } from '../../contracts/index.js';
import { addSpending, ZERO_SPENDING, type AgentSpending } from '../../domain/index.js';
import { showDetails, spendingLine } from '../lib/current-details.js';
import { failureFacts } from '../lib/failure.js';
import { workflowTime } from '../lib/scope.js';
import { standaloneSteps, type Steps } from '../lib/step.js';

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
  const steps = standaloneSteps('');
  for (let step = 1; step <= DRAFT_CALLS; step += 1) {
    showDraft({ step, problems: previous?.problems.length ?? 0, spending });
    const key = steps.nextKey();
    const reply = await draftWhenPossible(steps, { key, input, createdAt, previous });
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

function showDraft({
  step,
  problems,
  spending,
}: {
  step: number;
  problems: number;
  spending: AgentSpending;
}): void {
  const repair = problems === 0 ? [] : [`**repairs** ${problems} problems of the first answer`];
  showDetails(`PRD draft: call ${step} of at most ${DRAFT_CALLS}`, [
    { lines: [...repair, spendingLine(spending)] },
  ]);
}

/** One call under one step key; a wait that the provider names is a timer that holds no slot. */
async function draftWhenPossible(steps: Steps, call: DraftPrdCall): Promise<DraftPrdReply> {
  const { key, ...args } = call;
  for (;;) {
    try {
      const summary = call.previous === null ? 'PRD draft' : 'PRD draft, repaired';
      return await steps.once('draftPrd', { summary, key, args });
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
