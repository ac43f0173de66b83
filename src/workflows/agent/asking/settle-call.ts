import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type {
  AskedPerson,
  CallFollowUp,
  ContinuedCall,
  ParkedAnswer,
  ToolCallSummary,
  ToolResult,
} from '../../../domain/index.js';
import type { AgentSession } from '../session.js';
import { askForCall } from './question.js';

/** What a further try of a call is told. */
export interface CallWords {
  readonly answers: readonly ParkedAnswer[];
  readonly followUp?: CallFollowUp;
}

/** How a call is carried out; each try is a step of its own. */
export interface CallTries {
  readonly first: () => Promise<ToolResult>;
  readonly again: (words: CallWords) => Promise<ToolResult>;
  /** Ends what the call started, which nobody waits for any more. One try, which may be lost. */
  readonly leave: (followUp: CallFollowUp) => Promise<unknown>;
}

/** One call may ask the person so often; a server that asks on is answered no more. */
const MOST_QUESTIONS = 4;
const LONGEST_ANSWER = 4000;
/** One call is looked at so often; the pauses grow with its age, so that this is days. */
const MOST_LOOKS = 2000;

/**
 * Carries a call out to its result. One that first has to know something of the person is made again with the answer; one that goes on
 * elsewhere is looked at again after the pause that it names, and holds nothing in between.
 */
export async function settleCall(
  session: AgentSession,
  call: ToolCallSummary,
  tries: CallTries,
): Promise<ToolResult> {
  const answers: ParkedAnswer[] = [];
  let result = await tries.first();
  for (let looks = 0; isOpen(result) && looks < MOST_LOOKS; looks += 1) {
    const { asks, continues } = result;
    const mayAsk = answers.length < MOST_QUESTIONS;
    const answer = await orLeave(result, tries, () =>
      asks === undefined
        ? pause(session, call, continues)
        : ask(session, call, { asks, isAllowed: mayAsk }),
    );
    if (answer !== undefined) answers.push(answer);
    else if (asks !== undefined) return continues === undefined ? result : end(tries, continues);
    const words = continues === undefined ? {} : { followUp: { handle: continues.handle } };
    result = await orLeave(result, tries, () => tries.again({ answers, ...words }));
  }
  const { continues } = result;
  return continues === undefined ? result : end(tries, continues);
}

/** Nobody answers what was asked in the middle, or it never ends: it is ended, and says so. */
function end({ again }: CallTries, { handle }: ContinuedCall): Promise<ToolResult> {
  return again({ answers: [], followUp: { handle, isLeft: true } });
}

async function pause(
  session: AgentSession,
  call: ToolCallSummary,
  continues: ContinuedCall | undefined,
): Promise<undefined> {
  session.do([call.title, continues?.status].filter(Boolean).join(' · '));
  await sleep(continues?.afterMs ?? 0);
}

/** What the person answered; undefined where nobody does, or was asked too often. */
async function ask(
  session: AgentSession,
  call: ToolCallSummary,
  { asks, isAllowed }: { readonly asks: AskedPerson; readonly isAllowed: boolean },
): Promise<ParkedAnswer | undefined> {
  const answer = isAllowed ? await askForCall(session, call, asks) : undefined;
  return answer === undefined
    ? undefined
    : { id: asks.id, answer: answer.slice(0, LONGEST_ANSWER) };
}

function isOpen({ asks, continues }: ToolResult): boolean {
  return asks !== undefined || continues !== undefined;
}

/** What was started elsewhere does not go on for an agent that is cancelled. */
async function orLeave<Value>(
  { continues }: ToolResult,
  { leave }: CallTries,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (continues !== undefined && isCancellation(error))
      await CancellationScope.nonCancellable(() =>
        leave({ handle: continues.handle, isLeft: true }).catch(() => undefined),
      );
    throw error;
  }
}
