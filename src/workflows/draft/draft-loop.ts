import { ApplicationFailure, sleep } from '@temporalio/workflow';
import { DRAFT_CALLS } from '../../contracts/index.js';
import { addSpending, ZERO_SPENDING, type AgentSpending } from '../../domain/index.js';
import { showDetails, spendingLine } from '../lib/current-details.js';
import { failureFacts } from '../lib/failure.js';

const AFTER_DEATH_MS = 1000;
/** A wait that a provider asks for is cut into pieces no longer than this. */
const LONGEST_WAIT_MS = 60 * 60 * 1000;

/** What one call for a draft came to. */
export interface DraftReply extends Pick<AgentSpending, 'usage' | 'costMicroUsd'> {
  /** Null = the answer is none; then what is wrong with it, and itself. */
  readonly text: string | null;
  readonly problems: string[];
  readonly answer: string;
  readonly repeatedCalls: number;
}

/** An answer that is no draft, with what is wrong with it. */
export type BadDraft = Pick<DraftReply, 'answer' | 'problems'>;

/** What is drafted. */
export interface DraftWork {
  /** For people: `PRD`. */
  readonly noun: string;
  /** Type of the failure when the second answer is none either. */
  readonly code: string;
  /** Gives one call under one step key; it may be made several times. */
  readonly call: (previous: BadDraft | null) => () => Promise<DraftReply>;
}

/** One model call, and one more with the problems when its answer is none. Fails with `code` (details: problems and spending). */
export async function draftWithRepair({
  noun,
  code,
  call,
}: DraftWork): Promise<{ readonly text: string; readonly spending: AgentSpending }> {
  let spending: AgentSpending = ZERO_SPENDING;
  let previous: BadDraft | null = null;
  for (let step = 1; step <= DRAFT_CALLS; step += 1) {
    showDraft({ noun, step, problems: previous?.problems.length ?? 0, spending });
    const reply = await whenPossible(call(previous));
    spending = addSpending(spending, spendingOf(reply));
    if (reply.text !== null) return { text: reply.text, spending };
    previous = { answer: reply.answer, problems: reply.problems };
  }
  const problems = previous?.problems ?? [];
  throw ApplicationFailure.create({
    type: code,
    message: `the model made no valid ${noun} in ${DRAFT_CALLS} calls:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    nonRetryable: true,
    details: [{ problems, spending }],
  });
}

function showDraft({
  noun,
  step,
  problems,
  spending,
}: {
  noun: string;
  step: number;
  problems: number;
  spending: AgentSpending;
}): void {
  const repair = problems === 0 ? [] : [`**repairs** ${problems} problems of the first answer`];
  showDetails(`${noun} draft: call ${step} of at most ${DRAFT_CALLS}`, [
    { lines: [...repair, spendingLine(spending)] },
  ]);
}

/** A wait that the provider names is a timer that holds no slot. */
async function whenPossible(call: () => Promise<DraftReply>): Promise<DraftReply> {
  for (;;) {
    try {
      return await call();
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

function spendingOf(reply: DraftReply): AgentSpending {
  return {
    turns: 1,
    modelCalls: 1,
    repeatedModelCalls: reply.repeatedCalls,
    usage: reply.usage,
    costMicroUsd: reply.costMicroUsd,
  };
}
