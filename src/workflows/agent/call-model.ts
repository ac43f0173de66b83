import type { CallModelResult } from '../../activities/index.js';
import { ACTIVITY_POLICIES } from '../../contracts/index.js';
import { modelActivities } from '../lib/activities.js';
import { failureFacts } from '../lib/failure.js';
import { describeSpending, modelCallSummary } from '../lib/summary.js';
import { affordCall, askForReserve } from './lease.js';
import type { AgentSession } from './session.js';

/** Compaction starts when a conversation fills this part of the window (design.md section 3). */
const COMPACTION_START = 0.8;

/**
 * One model call of the session, under one step key however often it has to be tried. Waits that are not the agent's fault
 * are workflow timers that hold no slot; an overflow is answered by compaction and one more try; a call that the
 * lease does not cover waits for more of it.
 */
export async function callModel(session: AgentSession): Promise<CallModelResult> {
  if (session.state.contextTokens > session.input.contextWindow * COMPACTION_START)
    await compact(session);
  let step = session.nextStep();
  let hasCompacted = false;
  for (;;) {
    await session.gate();
    await affordCall(session);
    try {
      const reply = await requestReply(session, step);
      session.patience.over();
      session.accept(reply);
      addReplyEvent(session, reply);
      return reply;
    } catch (error) {
      const { code, details } = failureFacts(error);
      if (code === 'ERR_BUDGET_RESERVE') {
        await askForReserve(session, details);
      } else if (
        code === 'ERR_PROVIDER_CONTEXT_OVERFLOW' &&
        !hasCompacted &&
        session.head !== null
      ) {
        hasCompacted = true;
        await compact(session);
        step = session.nextStep();
      } else {
        await session.patience.wait(error);
      }
    }
  }
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
    },
  });
}

function requestReply(session: AgentSession, step: number): Promise<CallModelResult> {
  const { input, state } = session;
  const summary = modelCallSummary({
    story: input.story,
    turn: session.turn,
    model: input.model,
    last: session.last,
  });
  const budget = session.leaseLeft();
  return session.events.deliver((events) =>
    modelActivities.callModel.executeWithOptions({ ...ACTIVITY_POLICIES.model, summary }, [
      {
        key: { scope: session.scope, step, index: 0 },
        runId: input.runId,
        story: input.story,
        model: input.model,
        agent: input.agent,
        head: state.head,
        depth: state.depth,
        newMessages: state.pending,
        tools: input.tools,
        events,
        ...(budget === null ? {} : { budget }),
      },
    ]),
  );
}

async function compact(session: AgentSession): Promise<void> {
  const { input, state } = session;
  if (state.head === null) return;
  const head = state.head;
  const step = session.nextStep();
  const compacted = await session.endure(() =>
    modelActivities.compactConversation.executeWithOptions(
      { ...ACTIVITY_POLICIES.model, summary: `${input.story ?? 'agent'} · compaction` },
      [
        {
          key: { scope: session.scope, step, index: 0 },
          runId: input.runId,
          model: input.model,
          head,
          depth: state.depth,
          contextWindow: input.contextWindow,
          todos: state.todos,
        },
      ],
    ),
  );
  state.head = compacted.head;
  state.depth = compacted.depth;
  state.contextTokens = compacted.contextTokens;
  session.addCompactionCost(compacted);
  session.events.add('compaction.end', {
    text: `conversation shortened to about ${compacted.contextTokens} tokens`,
  });
}
