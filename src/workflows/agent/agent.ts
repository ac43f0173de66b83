import {
  CancellationScope,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  patched,
} from '@temporalio/workflow';
import type { CallModelResult } from '../../activities/index.js';
import {
  AGENT_SIGNALS,
  agentMessageSchema,
  agentStatusQuery,
  leaseGrantSchema,
} from '../../contracts/index.js';
import {
  observeTurn,
  shortLine,
  type AgentInput,
  type AgentResult,
  type StallObservation,
} from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { answerQuery, takeSignal } from '../lib/handlers.js';
import { runMoment } from '../hooks/run-moment.js';
import { callModel } from './call-model.js';
import { dispatchCalls } from './dispatch.js';
import { END_RULES } from './end-rules.js';
import { layOutLane, withLastEvents } from './lay-out-lane.js';
import { findTurn } from './resume-repl.js';
import { AgentSession } from './session.js';

/** Characters of a question in a reason. */
const QUESTION_LIMIT = 300;

/**
 * One agent: { call the model, run the tool calls it asked for } until it ends its work, a limit is hit, it goes in circles
 * or it is cancelled, which is a result too: what was spent counts. Throws only for infrastructure faults; everything the agent does wrong is a result.
 */
export async function agentWorkflow(input: AgentInput): Promise<AgentResult> {
  const session = new AgentSession(input);
  takeSignals(session);
  session.do('begins');
  answerQuery(agentStatusQuery, () => ({
    spending: session.state.spending,
    todos: session.state.todos,
    contextTokens: session.state.contextTokens,
    isPaused: session.spender.isPaused,
  }));
  try {
    const result = await withoutBackground(session);
    session.do(`ended as ${result.outcome}: ${result.reason}`);
    const whole = withLastEvents(session, result);
    await session.flushEvents();
    await session.spender.heard();
    return whole;
  } catch (error) {
    // Histories of before 'cancel-outcome' ended as cancelled, and nobody knew what they had spent.
    if (!isCancellation(error) || !patched('cancel-outcome')) throw error;
    if (session.subAgents.isOpen) await session.subAgents.cancelAll();
    session.do('ended as cancelled');
    await CancellationScope.nonCancellable(() => flushOnce(session));
    await session.spender.heard();
    return session.result('cancelled', 'cancelled by request');
  }
}

/** Handlers exist before the first await, so that a signal that comes with the start is not lost. */
function takeSignals({ spender, mail, notices, subAgents, repl }: AgentSession): void {
  subAgents.takeWords();
  const { pause, resume, tryNow } = AGENT_SIGNALS;
  takeSignal(pause, () => {
    spender.setPaused(true);
    subAgents.open.tell(pause);
    repl?.tell(pause);
  });
  takeSignal(resume, () => {
    spender.setPaused(false);
    subAgents.open.tell(resume);
    repl?.tell(resume);
  });
  takeSignal(tryNow, () => {
    spender.patience.tryNow();
    subAgents.open.tell(tryNow);
    repl?.tell(tryNow);
  });
  takeSignal(AGENT_SIGNALS.message, (raw) => {
    const parsed = agentMessageSchema.safeParse(raw);
    if (!parsed.success) return;
    const { text, from, call } = parsed.data;
    // an answer to what was asked before is none to what is asked now
    if (call !== undefined && call !== spender.openAsk) return;
    // what another agent says is no answer to a question to the person
    if (from === 'starter')
      notices.push([{ kind: 'user', text: `The agent that started you says: ${text}` }]);
    else mail.push(text);
  });
  takeSignal(AGENT_SIGNALS.grant, (raw) => {
    const parsed = leaseGrantSchema.safeParse(raw);
    if (parsed.success) subAgents.lending.takeGrant(parsed.data.added);
  });
}

/** What was spent before a failure is told first, because a failed child has no result that could say it. */
async function runToEnd(session: AgentSession): Promise<AgentResult> {
  try {
    return await runTurns(session);
  } catch (error) {
    const isFailure = !isCancellation(error) && !(error instanceof ContinueAsNew);
    // whatever cancels it at the same moment: nobody else could say what those below it have spent
    const isShielded = session.subAgents.isOpen || session.input.place !== undefined;
    if (isFailure && session.subAgents.isOpen) await session.subAgents.cancelAll();
    const hasSpent = session.state.spending.modelCalls > 0;
    const tell = (): Promise<void> => session.spender.tell(null);
    if (isFailure && hasSpent && patched('spending-at-failure'))
      await (isShielded ? CancellationScope.nonCancellable(tell) : tell());
    throw error;
  }
}

/** What it left running in the background ends with it, before anybody looks at its files; a continued run keeps it. */
async function withoutBackground(session: AgentSession): Promise<AgentResult> {
  try {
    const result = await runToEnd(session);
    if (session.state.hasBackground === true) await endBackground(session);
    return result;
  } catch (error) {
    const isOver = !(error instanceof ContinueAsNew);
    if (isOver && session.state.hasBackground === true) await endBackground(session);
    throw error;
  }
}

/** One step, tried by Temporal alone: whoever takes the lane next ends what is left, and so does the end of the worker. */
async function endBackground(session: AgentSession): Promise<void> {
  const { input, steps } = session;
  const { workspace } = input;
  await CancellationScope.nonCancellable(() =>
    steps
      .once('endBackgroundCommands', {
        summary: 'ends what runs in the background',
        key: session.nextKey(),
        args: { workspace },
      })
      .catch(() => undefined),
  );
}

function runTurns(session: AgentSession): Promise<AgentResult> {
  const { begins } = session.input;
  if (session.hasBegun || begins === undefined) return takeUp(session);
  return layOutLane(session, begins).then((unbegun) => unbegun ?? takeUp(session));
}

/** How often hooks may send an agent back to work that says it is done. */
const MOST_HOLDS = 3;

/** True when a hook says that the work of an agent that is done goes on; it is told why. */
async function isHeldBack(session: AgentSession, end: AgentResult): Promise<boolean> {
  const { holds = 0 } = session.state;
  if (holds >= MOST_HOLDS) return false;
  const ran = await runMoment(session.hookPlace, 'stop', {
    agent: session.profile.name,
    story: session.input.story ?? '',
    summary: end.summary,
  });
  if (ran?.denial === undefined) return false;
  session.state.holds = holds + 1;
  session.say({ kind: 'user', text: `You are not done yet, says a hook: ${ran.denial}` });
  return true;
}

/** What hooks of its beginning write is told to the agent before its first call. */
async function tellOfHooks(session: AgentSession): Promise<void> {
  const ran = await runMoment(session.hookPlace, 'session_start', {
    agent: session.profile.name,
    story: session.input.story ?? '',
  });
  if (ran?.added !== undefined) session.say({ kind: 'user-ref', ref: ran.added });
}

function takeUp(session: AgentSession): Promise<AgentResult> {
  const isFresh = session.input.carried === undefined;
  if (isFresh && session.hasHook('session_start'))
    return tellOfHooks(session).then(() => goOn(session));
  return goOn(session);
}

function goOn(session: AgentSession): Promise<AgentResult> {
  const { repl } = session;
  if (repl?.resumes !== true) return takeTurns(session, runTurn);
  return findTurn(session, repl).then((begun) => takeTurns(session, begun ?? runTurn));
}

/** `first` = what the first turn is: one that an earlier attempt had begun is carried on. */
async function takeTurns(session: AgentSession, first: typeof runTurn): Promise<AgentResult> {
  let turn = first;
  for (;;) {
    const limit = session.reachedLimit();
    if (limit !== undefined) return withoutSubAgents(session, session.result('limit', limit));
    // between two turns nobody works in its lane: what agents of its own changed comes in here
    if (session.subAgents.hasReturns) await session.subAgents.bringBack();
    takeWords(session, turn === runTurn);
    if (session.shouldContinueAsNew()) {
      await session.flushEvents();
      await continueAsNew<typeof agentWorkflow>(session.carry());
    }
    const ended = await turn(session);
    turn = runTurn;
    if (ended === undefined) continue;
    const end = await withoutSubAgents(session, ended);
    if (!(await goesOnAfter(session, end))) return end;
    session.done = undefined;
  }
}

/** A word that came while it answered, an agent of its own that ended, or a hook: one that is done goes on with it. */
async function goesOnAfter(session: AgentSession, end: AgentResult): Promise<boolean> {
  if (end.outcome !== 'done') return false;
  if (session.readMail()) return true;
  if (!session.hasHook('stop')) return false;
  // a word may come while the hook runs
  return (await isHeldBack(session, end)) || session.readMail();
}

/** Words come before a turn; with one that is carried on behind it, because between calls and what came of them nothing may stand. */
function takeWords(session: AgentSession, isFresh: boolean): void {
  // Histories of before 'words-behind-calls' read them first.
  if (isFresh || session.mail.length === 0 || !patched('words-behind-calls')) session.readMail();
}

/** No agent leaves others behind: one that is done waits for them, any other end is theirs too. What they spent is in the result. */
async function withoutSubAgents(session: AgentSession, end: AgentResult): Promise<AgentResult> {
  const { subAgents, state } = session;
  if (!subAgents.isOpen) return end;
  // one that has ended well is no less done because its starter stops
  if (subAgents.hasReturns) await subAgents.bringBack();
  if (end.outcome === 'done') await subAgents.settled();
  else await subAgents.cancelAll();
  return { ...end, spending: state.spending };
}

/** One turn; a result ends the agent, undefined goes on. */
async function runTurn(session: AgentSession): Promise<AgentResult | undefined> {
  let reply: CallModelResult;
  try {
    reply = await callModel(session);
  } catch (error) {
    const end = endOfFailure(session, error);
    if (end === undefined) throw error;
    return end;
  }
  if (reply.calls.length === 0) return END_RULES[session.profile.end](session, reply);
  session.state.silentEnds = 0;
  session.state.unreadCalls = 0;
  session.repl?.begins();
  const observations = await dispatchCalls(session, reply.head, reply.calls);
  const ofRepl = session.repl?.afterTurn();
  if (ofRepl !== undefined) return session.result(ofRepl.outcome, ofRepl.reason, ofRepl.summary);
  if (session.parked !== undefined) {
    const { question } = session.parked;
    return session.result('blocked', `asks: ${shortLine(question, QUESTION_LIMIT)}`);
  }
  if (session.done !== undefined) {
    const { status, summary } = session.done;
    return status === 'done'
      ? session.result('done', 'the agent says that the story is done', summary)
      : session.result('blocked', session.done.blockers[0] ?? summary, summary);
  }
  return guardAgainstStall(session, observations);
}

/**
 * What a call that cannot succeed means for the agent: a conversation that the server refuses, or answers in a form that
 * nobody can read, costs the attempt and not the run. Undefined for what concerns the whole run (key, model, a
 * server that never gave an answer).
 */
function endOfFailure(session: AgentSession, error: unknown): AgentResult | undefined {
  const { code, message } = failureFacts(error);
  const hasWorked = session.state.spending.modelCalls > 0;
  switch (code) {
    case 'ERR_PROVIDER_REFUSAL':
      return session.result('refused', message);
    case 'ERR_PROVIDER_CONTEXT_OVERFLOW':
    case 'ERR_COMPACTION_FUTILE':
    case 'ERR_BUDGET_EXHAUSTED':
      return session.result('limit', message);
    case 'ERR_PROVIDER_BAD_REQUEST':
      // What was done until then may be all that was asked for: the proof decides.
      return session.result(hasWorked ? 'limit' : 'refused', message);
    case 'ERR_PROVIDER_UNREADABLE':
      return hasWorked ? session.result('limit', message) : undefined;
    default:
      return undefined;
  }
}

function guardAgainstStall(
  session: AgentSession,
  observations: readonly StallObservation[],
): AgentResult | undefined {
  const { state, verdict } = observeTurn(session.state.stall, observations);
  session.state.stall = state;
  if (verdict.kind === 'ok') return undefined;
  const text = verdict.kind === 'note' ? verdict.text : verdict.reason;
  session.events.add('stall.note', { text });
  if (verdict.kind === 'stop') return session.result('stalled', verdict.reason);
  session.say({ kind: 'user', text });
  return undefined;
}

/** One try: whoever cancelled does not wait for a full disk. */
async function flushOnce({ events, steps }: AgentSession): Promise<void> {
  if (events.isEmpty) return;
  await steps.once('appendEvents', { summary: 'last events', args: {} }).catch(() => undefined);
}
