import { ApplicationFailure, patched } from '@temporalio/workflow';
import { z } from 'zod';
import type { CallModelResult, CompactConversationResult } from '../../activities/index.js';
import type { Budget } from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { runMoment } from '../hooks/run-moment.js';
import { enduring } from '../lib/patience.js';
import { describeSpending, modelCallSummary } from '../lib/summary.js';
import type { AgentSession } from './session.js';

/** Compaction starts when a conversation fills this part of the window (design.md section 3). */
const COMPACTION_START = 0.8;
/** Overflows of one call that are answered by a shorter conversation; each is shorter than the one before. */
const MAX_OVERFLOWS = 3;
/** Part of the window that is believed after an overflow that names no size. */
const NEXT_WINDOW_SHARE = 0.6;
/** Part of the window that new results may fill after the first overflow, in characters a token. */
const RESULT_SHARE = 0.15;
const CHARACTERS_PER_TOKEN = 3;
/** Compactions within so many turns of the one before are close calls; after two that freed little the window is too small for the work. */
const CLOSE_TURNS = 3;
const CLOSE_CALLS_LIMIT = 2;
/** Part of the window that a compaction has to free for the turns behind it to be worth their price. */
const WORTHWHILE_SHARE = 0.25;

/**
 * One model call of the session, under one step key however often it has to be tried. Waits that are not the agent's fault
 * are workflow timers that hold no slot; an overflow is answered by compaction and one more try; a call that the
 * lease does not cover waits for more of it.
 */
export async function callModel(session: AgentSession): Promise<CallModelResult> {
  if (session.state.contextTokens > session.window * COMPACTION_START) {
    refuseFutility(session);
    await compact(session);
  }
  session.do('waits for the answer of the model');
  let step = session.nextStep();
  let overflows = 0;
  const shorten = async (error: unknown): Promise<boolean> => {
    const { code, details } = failureFacts(error);
    if (code !== 'ERR_PROVIDER_CONTEXT_OVERFLOW' || overflows >= MAX_OVERFLOWS) return false;
    overflows += 1;
    learnWindow(session, details, overflows);
    await makeRoom(session, { overflows, error });
    step = session.nextStep();
    return true;
  };
  const reply = await session.spender.pay(
    (budget) => requestReply(session, { step, overflows, budget }),
    shorten,
  );
  session.accept(reply);
  session.do('reads the answer');
  addReplyEvent(session, reply);
  return reply;
}

function addReplyEvent(session: AgentSession, reply: CallModelResult): void {
  session.events.add('model.end', {
    turn: session.state.spending.turns,
    text: describeSpending({ usage: reply.usage, costMicroUsd: reply.costMicroUsd }),
    data: {
      finish: reply.finishReason,
      calls: reply.calls.length,
      preview: reply.preview.slice(0, 120),
      duration_ms: reply.durationMs,
      tokens: reply.usage.inputTokens + reply.usage.outputTokens,
      cost_micro_usd: reply.costMicroUsd,
    },
  });
}

const overflowSchema = z.object({ windowTokens: z.number().int().positive() });

/** Takes the server's word for the size of its window; without one, less is believed each time. */
function learnWindow(session: AgentSession, details: readonly unknown[], overflows: number): void {
  const named = overflowSchema.safeParse(details[0]);
  const { window } = session;
  const believed = overflows === 1 ? window : Math.floor(window * NEXT_WINDOW_SHARE);
  const tokens =
    named.success && named.data.windowTokens < window ? named.data.windowTokens : believed;
  session.state.window = Math.max(1, tokens);
}

/** Shortens the conversation; throws the overflow when the next request would hold the same bytes. */
async function makeRoom(
  session: AgentSession,
  { overflows, error }: { readonly overflows: number; readonly error: unknown },
): Promise<void> {
  if (session.head === null) throw error;
  const freed = await compact(session);
  const waiting = session.state.pending.reduce(
    (sum, message) => sum + ('ref' in message ? message.ref.bytes : message.text.length),
    0,
  );
  if (freed === 0 && waiting <= resultLimit(session, overflows)) throw error;
}

function resultLimit(session: AgentSession, overflows: number): number {
  const share = RESULT_SHARE / 2 ** (overflows - 1);
  return Math.max(500, Math.floor(session.window * share * CHARACTERS_PER_TOKEN));
}

/** Ends the attempt when the conversation has to be shortened again and again with little work in between. */
function refuseFutility(session: AgentSession): void {
  const { compacted } = session.state;
  const isClose = compacted !== undefined && session.turn - compacted.turn <= CLOSE_TURNS;
  if (compacted === undefined || !isClose || compacted.closeCalls < CLOSE_CALLS_LIMIT - 1) return;
  throw ApplicationFailure.nonRetryable(
    `the conversation fills the window of ${session.window} tokens again after ${session.turn - compacted.turn} turns, though it was just shortened: the window is too small for this work`,
    'ERR_COMPACTION_FUTILE',
  );
}

interface Request {
  readonly step: number;
  readonly overflows: number;
  readonly budget: Budget | null;
}

function requestReply(
  session: AgentSession,
  { step, overflows, budget }: Request,
): Promise<CallModelResult> {
  const { input, profile, state } = session;
  return session.steps.once('callModel', {
    summary: modelCallSummary({
      story: input.story,
      turn: session.turn,
      model: session.model,
      last: session.last,
    }),
    key: { scope: session.scope, step, index: 0 },
    args: {
      story: input.story,
      attempt: input.attempt,
      model: session.model,
      agent: profile.name,
      ...(profile.prompt === undefined ? {} : { systemPromptRef: profile.prompt }),
      ...(profile.toolset === undefined ? {} : { toolset: profile.toolset }),
      head: state.head,
      depth: state.depth,
      newMessages: state.pending,
      tools: profile.tools,
      ...(profile.definitions === undefined ? {} : { definitions: profile.definitions }),
      ...(budget === null ? {} : { budget }),
      ...(overflows === 0 ? {} : { resultLimit: resultLimit(session, overflows) }),
      ...session.repl?.replyMark(),
    },
  });
}

/** Where it is noted for a later attempt; nothing where nobody does. */
function placeOf({ repl }: AgentSession): { mark?: { place: string; attempt: number } } {
  if (repl?.place === undefined) return {};
  const { place, attempt } = repl.place;
  return { mark: { place, attempt } };
}

/** An agent that reads much in each turn fills what was freed soon; that is work, not a window too small for it. */
function isWorthwhile(session: AgentSession, lastTurn: number, freedTokens: number): boolean {
  const isUsed =
    session.turn - lastTurn >= CLOSE_TURNS && freedTokens >= session.window * WORTHWHILE_SHARE;
  return isUsed && patched('worthwhile-compaction');
}

/** Shortens the conversation; gives the tokens that it lost, by the estimate of the activity. */
async function compact(session: AgentSession): Promise<number> {
  const { input, state } = session;
  if (state.head === null) return 0;
  const head = state.head;
  session.do('shortens the conversation');
  const told = session.hasHook('pre_compact')
    ? await runMoment(session.hookPlace, 'pre_compact', { agent: session.profile.name })
    : null;
  const step = session.nextStep();
  const { spender } = session;
  const shorten = (budget: Budget | null): Promise<CompactConversationResult> =>
    session.steps.once('compactConversation', {
      summary: `${input.story ?? 'agent'} · compaction`,
      key: { scope: session.scope, step, index: 0 },
      args: {
        model: session.model,
        head,
        depth: state.depth,
        contextWindow: session.window,
        todos: state.todos,
        story: input.story,
        attempt: input.attempt,
        ...(budget === null ? {} : { budget }),
        ...(told?.added === undefined ? {} : { notes: told.added }),
        ...placeOf(session),
      },
    });
  // It waits while the agent is paused and for what the lease does not cover, as a turn does.
  const isBounded = spender.isPaused || spender.leaseLeft() !== null;
  const compacted =
    isBounded && patched('compaction-reserve')
      ? await spender.pay(shorten)
      : await enduring(spender.patience, () => shorten(null));
  session.acceptCompaction(compacted);
  session.events.add('compaction.end', {
    text: `conversation shortened to about ${compacted.contextTokens} tokens`,
  });
  // Results of earlier versions do not say what was freed, and their runs go on as they began.
  if (compacted.freedTokens === undefined) return 1;
  const last = state.compacted;
  const isClose = last !== undefined && session.turn - last.turn <= CLOSE_TURNS;
  const isInVain = isClose && !isWorthwhile(session, last.turn, compacted.freedTokens);
  state.compacted = { turn: session.turn, closeCalls: isInVain ? last.closeCalls + 1 : 0 };
  return compacted.freedTokens;
}
