import {
  CancellationScope,
  ContinueAsNew,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  patched,
  setHandler,
} from '@temporalio/workflow';
import type { CallModelResult } from '../../activities/index.js';
import { AGENT_SIGNALS, AGENT_STATUS_QUERY, leaseGrantSchema } from '../../contracts/index.js';
import {
  observeTurn,
  type AgentInput,
  type AgentResult,
  type AgentSpending,
  type StallObservation,
  type Todo,
} from '../../domain/index.js';
import { recordActivities } from '../lib/activities.js';
import { failureFacts } from '../lib/failure.js';
import { tellOwner } from '../lib/owner.js';
import { callModel } from './call-model.js';
import { dispatchCalls } from './dispatch.js';
import { AgentSession } from './session.js';

/** What {@link agentStatusQuery} answers. */
export interface AgentStatus {
  readonly spending: AgentSpending;
  readonly todos: readonly Todo[];
  readonly contextTokens: number;
  /** It makes no further model call until the run goes on. */
  readonly isPaused: boolean;
}

const agentStatusQuery = defineQuery<AgentStatus>(AGENT_STATUS_QUERY);

/**
 * One agent: { call the model, run the tool calls it asked for } until it ends its work, a limit is hit, it goes in circles
 * or it is cancelled, which is a result too: what was spent counts. Throws only for infrastructure faults; everything the agent does wrong is a result.
 */
export async function agentWorkflow(input: AgentInput): Promise<AgentResult> {
  const session: AgentSession = new AgentSession(input, (waiting) => {
    const { spending } = session.state;
    void tellOwner(input.owner, { story: input.story ?? '', standstill: waiting, spending });
  });
  takeSignals(session);
  setHandler(agentStatusQuery, () => ({
    spending: session.state.spending,
    todos: session.state.todos,
    contextTokens: session.state.contextTokens,
    isPaused: session.isPaused,
  }));
  try {
    const result = await runToEnd(session);
    await flushEvents(session);
    return result;
  } catch (error) {
    // Histories of before 'cancel-outcome' ended as cancelled, and nobody knew what they had spent.
    if (!isCancellation(error) || !patched('cancel-outcome')) throw error;
    await CancellationScope.nonCancellable(() => flushOnce(session));
    return session.result('cancelled', 'cancelled by request');
  }
}

/** Handlers exist before the first await, so that a signal that comes with the start is not lost. */
function takeSignals(session: AgentSession): void {
  setHandler(defineSignal(AGENT_SIGNALS.pause), () => session.setPaused(true));
  setHandler(defineSignal(AGENT_SIGNALS.resume), () => session.setPaused(false));
  setHandler(defineSignal(AGENT_SIGNALS.tryNow), () => session.patience.tryNow());
  setHandler(defineSignal<[unknown]>(AGENT_SIGNALS.grant), (raw) => {
    const parsed = leaseGrantSchema.safeParse(raw);
    if (parsed.success) session.grant(parsed.data.added);
  });
}

/** What was spent before a failure is told first, because a failed child has no result that could say it. */
async function runToEnd(session: AgentSession): Promise<AgentResult> {
  try {
    return await runTurns(session);
  } catch (error) {
    const { spending } = session.state;
    const { owner, story } = session.input;
    const isFailure = !isCancellation(error) && !(error instanceof ContinueAsNew);
    if (isFailure && spending.modelCalls > 0 && patched('spending-at-failure'))
      await tellOwner(owner, { story: story ?? '', standstill: null, spending });
    throw error;
  }
}

async function runTurns(session: AgentSession): Promise<AgentResult> {
  for (;;) {
    const limit = session.reachedLimit();
    if (limit !== undefined) return session.result('limit', limit);
    if (session.shouldContinueAsNew()) {
      await flushEvents(session);
      await continueAsNew<typeof agentWorkflow>(session.carry());
    }
    const end = await runTurn(session);
    if (end !== undefined) return end;
  }
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
  if (reply.calls.length === 0) return endOfWords(session, reply);
  session.state.silentEnds = 0;
  session.state.unreadCalls = 0;
  const observations = await dispatchCalls(session, reply.head, reply.calls);
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

/** Replies with an unread call after which asking again is no use. */
const UNREAD_CALLS_LIMIT = 2;

/** The model called a tool and its server did not read the call. */
function endOfUnreadCall(
  session: AgentSession,
  { trouble, preview }: CallModelResult,
): AgentResult | undefined {
  const count = (session.state.unreadCalls ?? 0) + 1;
  session.state.unreadCalls = count;
  const isFailed = trouble === 'failed-generation';
  if (count >= UNREAD_CALLS_LIMIT + (isFailed ? 1 : 0)) {
    const reason = isFailed
      ? 'the model’s tool calls are malformed again and again, as the server says'
      : 'the server does not parse tool calls: they come as text; switch on its tool-call parser, or set tool_mode = "json"';
    return session.result('limit', reason, preview);
  }
  session.say({
    kind: 'user',
    text: isFailed
      ? 'Your tool call could not be read by the server, so nothing ran. Make it again, with arguments that are one valid JSON object.'
      : 'Your last message holds a tool call as plain text, in a form that could not be read, so nothing ran. Make it again through the tool interface, with arguments that are one valid JSON object.',
  });
  return undefined;
}

function endOfWords(session: AgentSession, reply: CallModelResult): AgentResult | undefined {
  if (reply.finishReason === 'refusal')
    return session.result('refused', 'the provider refused to answer', reply.preview);
  if (reply.marker === 'complete')
    return session.result('done', 'the agent says that the story is done', reply.preview);
  if (reply.marker === 'blocked')
    return session.result('blocked', reply.preview.slice(0, 300), reply.preview);
  if (reply.trouble !== undefined) return endOfUnreadCall(session, reply);
  session.state.unreadCalls = 0;
  session.state.silentEnds += 1;
  if (session.state.silentEnds > 1)
    return session.result('silent', 'the agent stopped without story_done', reply.preview);
  session.say({
    kind: 'user',
    text:
      reply.finishReason === 'length'
        ? 'Your reply was cut off at the output limit. Go on in smaller steps.'
        : 'You called no tool. Go on with the work, or end it with story_done.',
  });
  return undefined;
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
async function flushOnce({ events, input }: AgentSession): Promise<void> {
  if (events.isEmpty) return;
  await events
    .deliver((pending) => recordActivities.appendEvents({ runId: input.runId, events: pending }))
    .catch(() => undefined);
}

async function flushEvents(session: AgentSession): Promise<void> {
  if (session.events.isEmpty) return;
  await session.events.deliver((events) =>
    session.endure(() => recordActivities.appendEvents({ runId: session.input.runId, events })),
  );
}
