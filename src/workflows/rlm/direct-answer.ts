import { condition } from '@temporalio/workflow';
import type { RlmInput } from '../../contracts/index.js';
import {
  addSpending,
  budgetLeft,
  isUnlimited,
  NO_USE,
  runSpending,
  spendingUse,
  ZERO_SPENDING,
  type AgentSpending,
  type BlobRef,
  type RlmEnd,
} from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import type { RunState } from '../lib/run-state.js';
import type { StepResult } from '../lib/step.js';
import { spendingOf } from '../swarm/own-calls.js';
import { unreadNote } from './repl-words.js';
import { ANSWER_STORY, attemptNumber, replPlace } from './rlm-record.js';

type State = RunState<RlmInput>;

/** Under which name answers are noted of a question that is answered by one call. */
const DIRECT_PLACE = 'direct';
/** Tries of an answer that has to fit a schema. */
const DIRECT_CALLS = 2;
const ANSWERED = 'answered by one call that held the whole input';

/** One call, and one more where the answer does not fit its schema; fewer where an attempt before was answered. */
export async function answerDirectly(
  state: State,
  question: BlobRef,
): Promise<{ readonly end: RlmEnd; readonly spending: AgentSpending }> {
  let spending = ZERO_SPENDING;
  const known = await answerBefore(state, question);
  if (known !== null && 'status' in known) return { end: known, spending };
  let previous = known;
  let end: RlmEnd | undefined;
  for (
    let call = known === null ? 1 : known.calls + 1;
    call <= DIRECT_CALLS && end === undefined;
    call += 1
  ) {
    await condition(() => !state.standstills.isPaused);
    const reply = await askWhole(state, { question, previous, spending, call });
    if (reply === undefined) break;
    spending = addSpending(spending, { ...spendingOf(reply), turns: 0 });
    state.noteSpending(ANSWER_STORY, spending);
    if (reply.answer !== null && reply.text !== null) {
      const answer = { ref: reply.text, json: reply.answer, preview: reply.preview };
      end = directEnd('answered', ANSWERED, answer);
    } else if (reply.said !== null)
      previous = { answer: reply.said, problems: reply.problems, calls: call };
  }
  const why =
    previous === null
      ? 'the budget does not cover the call'
      : `the answer does not fit its schema: ${previous.problems.slice(0, 3).join('; ')}`;
  return { end: end ?? directEnd('exhausted', why, null), spending };
}

/** An answer that did not fit its schema, after so many calls. */
interface Misfit {
  readonly answer: BlobRef;
  readonly problems: string[];
  readonly calls: number;
}

/** What an attempt before was answered; null where it was not. */
async function answerBefore(state: State, question: BlobRef): Promise<RlmEnd | Misfit | null> {
  const { attempt, resumes } = replPlace(state.input);
  if (!resumes) return null;
  const { answers, unread } = await state.steps.run('findReplMark', {
    who: ANSWER_STORY,
    summary: 'what the attempt before was answered',
    args: { place: DIRECT_PLACE, attempt, wave: question.digest },
  });
  if (unread !== undefined) state.events.add('run.note', { text: unreadNote(unread) });
  const [known] = answers;
  if (known === undefined) return null;
  if ('answer' in known) {
    const { answer: json, text, preview } = known;
    return text === null ? null : directEnd('answered', ANSWERED, { ref: text, json, preview });
  }
  const { said, problems, calls } = known;
  return { answer: said, problems, calls };
}

/** Undefined when the budget does not cover the call. */
async function askWhole(
  state: State,
  asked: {
    readonly question: BlobRef;
    readonly previous: Misfit | null;
    readonly spending: AgentSpending;
    readonly call: number;
  },
): Promise<StepResult<'askQuestion'> | undefined> {
  const { options, carried } = state.input;
  const { question, previous, spending, call } = asked;
  const { attempt } = replPlace(state.input);
  const before = carried === undefined ? NO_USE : spendingUse(runSpending(carried));
  const left = budgetLeft(budgetLeft(options.budget, before), spendingUse(spending));
  try {
    return await state.steps.run('askQuestion', {
      who: ANSWER_STORY,
      summary: `the whole input${previous === null ? '' : ' · repaired'}`,
      args: {
        story: ANSWER_STORY,
        attempt: attemptNumber(state),
        model: options.model,
        question,
        previous:
          previous === null ? null : { answer: previous.answer, problems: previous.problems },
        mark: { place: DIRECT_PLACE, attempt, wave: question.digest, id: 0, call },
        ...(isUnlimited(options.budget) ? {} : { budget: left }),
      },
    });
  } catch (error) {
    if (failureFacts(error).code === 'ERR_BUDGET_RESERVE') return undefined;
    throw error;
  }
}

/** An end without code. Pure. */
export function directEnd(
  status: RlmEnd['status'],
  reason: string,
  answer: RlmEnd['answer'],
): RlmEnd {
  return {
    status,
    answer,
    evidence: [],
    reason,
    iterations: 0,
    subQueries: 0,
    depth: 0,
    journal: null,
    stateHash: '',
  };
}
