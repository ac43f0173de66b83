import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallModelInput } from '../../../../src/activities/model/call-model.js';
import type { CompactConversationInput } from '../../../../src/activities/model/compact-conversation.js';
import { NO_BUDGET } from '../../../../src/domain/run/budget.js';
import { callModel } from '../../../../src/workflows/agent/call-model.js';
import { AgentSession } from '../../../../src/workflows/agent/session.js';
import { fakeRef, fakeReply } from '../../../support/fake-activities.js';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import type { AgentInput } from '../../../../src/domain/agent/agent.js';
import { agentInput } from '../../../replay/scenarios.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const overflow = (windowTokens?: number): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'ERR_PROVIDER_CONTEXT_OVERFLOW',
    message: 'too long',
    nonRetryable: true,
    details: windowTokens === undefined ? [] : [{ windowTokens }],
  });

/** An agent in the middle of its work, and how its calls are answered in turn: a failure is thrown. */
function session(
  replies: readonly (ApplicationFailure | object)[],
  changes: Partial<AgentInput> = {},
  freedTokens = 400,
): AgentSession {
  const left = [...replies];
  played.answer = ({ name }) => {
    if (name === 'compactConversation')
      return {
        head: fakeRef(2),
        depth: 2,
        contextTokens: 100,
        modelCalls: 1,
        usage: ZERO_USAGE,
        costMicroUsd: 1,
        repeatedCalls: 0,
        durationMs: 1,
        freedTokens,
      };
    const reply = left.shift() ?? {};
    if (reply instanceof ApplicationFailure) throw reply;
    return fakeReply(reply);
  };
  const own = new AgentSession({ ...agentInput, ...changes });
  own.state.head = fakeRef(1);
  own.state.depth = 1;
  return own;
}

const names = (): string[] => played.calls.map(({ name }) => name);
const requests = (): CallModelInput[] =>
  played.calls.filter(({ name }) => name === 'callModel').map(({ input }) => input as never);
const keys = (): number[] =>
  played.calls.map(({ input }) => (input as { key: { step: number } }).key.step);

beforeEach(() => {
  played.calls.length = 0;
  played.pauses.length = 0;
  played.onPause = () => undefined;
});

describe('one model call', () => {
  it('sends what is new since the last one, and takes the answer in', async () => {
    const own = session([{ head: fakeRef(5), depth: 2, contextTokens: 300 }]);
    const { pending } = own.state;
    await callModel(own);
    expect(requests()).toMatchObject([
      {
        head: fakeRef(1),
        depth: 1,
        newMessages: pending,
        tools: ['bash', 'story_done'],
        story: 'US-001',
      },
    ]);
    expect(own.state).toMatchObject({
      head: fakeRef(5),
      depth: 2,
      pending: [],
      contextTokens: 300,
      spending: { turns: 1, modelCalls: 1, costMicroUsd: 5 },
    });
  });

  it('carries what is left of the lease', async () => {
    await callModel(session([], { lease: { ...NO_BUDGET, calls: 3 } }));
    expect(requests()).toMatchObject([{ budget: { ...NO_BUDGET, calls: 3 } }]);
  });

  it('is made again under its own key when the provider asks to wait', async () => {
    const wait = ApplicationFailure.create({
      type: 'ERR_PROVIDER_WAIT',
      message: 'busy',
      nonRetryable: true,
      details: [{ resumeAt: new Date(Date.now() + 60_000).toISOString() }],
    });
    await callModel(session([wait, {}]));
    expect([names(), keys()]).toEqual([
      ['callModel', 'callModel'],
      [1, 1],
    ]);
    expect(played.pauses).toHaveLength(1);
  });

  it('throws what neither waiting nor a shorter conversation mends', async () => {
    const refused = ApplicationFailure.nonRetryable('no such model', 'ERR_PROVIDER_MODEL_GONE');
    await expect(callModel(session([refused]))).rejects.toBe(refused);
  });
});

describe('a conversation that nearly fills the window', () => {
  it('is shortened before the call, which is no turn', async () => {
    const own = session([{}]);
    own.state.contextTokens = 801;
    await callModel(own);
    expect(names()).toEqual(['compactConversation', 'callModel']);
    const [first] = played.calls.map(({ input }) => input as CompactConversationInput);
    expect(first).toMatchObject({ head: fakeRef(1), contextWindow: 1000 });
    expect(own.state.spending).toMatchObject({ turns: 1, modelCalls: 2 });
  });

  it('is left alone up to that', async () => {
    const own = session([{}]);
    own.state.contextTokens = 800;
    await callModel(own);
    expect(names()).toEqual(['callModel']);
  });

  it('ends the attempt when it was shortened again and again just before', async () => {
    const own = session([]);
    for (let round = 1; round <= 2; round += 1) {
      own.state.contextTokens = 900;
      await callModel(own);
    }
    own.state.contextTokens = 900;
    await expect(callModel(own)).rejects.toMatchObject({
      type: 'ERR_COMPACTION_FUTILE',
      message: expect.stringContaining('again after 1 turns'),
    });
  });

  it.each([
    { what: 'much each time', freed: 400, unpatched: [], goesOn: true },
    { what: 'little each time', freed: 200, unpatched: [], goesOn: false },
    {
      what: 'much, in a run of before that counted',
      freed: 400,
      unpatched: ['worthwhile-compaction'],
      goesOn: false,
    },
  ])(
    'may be shortened every third turn as long as that frees $what',
    async ({ freed, unpatched, goesOn }) => {
      const own = session([], {}, freed);
      played.unpatched = new Set(unpatched);
      const rounds = async (): Promise<void> => {
        for (let round = 1; round <= 5; round += 1) {
          own.state.contextTokens = 900;
          await callModel(own);
          for (let turn = 0; turn < 2; turn += 1) {
            own.state.contextTokens = 500;
            await callModel(own);
          }
        }
      };
      if (goesOn) await rounds();
      else await expect(rounds()).rejects.toMatchObject({ type: 'ERR_COMPACTION_FUTILE' });
      played.unpatched = new Set();
      const shortened = names().filter((name) => name === 'compactConversation').length;
      expect(shortened).toBe(goesOn ? 5 : 2);
    },
  );

  it('may be shortened again after some work in between', async () => {
    const own = session([]);
    for (let round = 1; round <= 3; round += 1) {
      own.state.contextTokens = 900;
      await callModel(own);
      for (let turn = 0; turn < 3; turn += 1) {
        own.state.contextTokens = 100;
        await callModel(own);
      }
    }
    expect(names().filter((name) => name === 'compactConversation')).toHaveLength(3);
  });
});

describe('an overflow', () => {
  it('is answered by a shorter conversation and another call, with shorter results', async () => {
    const own = session([overflow(), {}]);
    await callModel(own);
    expect(names()).toEqual(['callModel', 'compactConversation', 'callModel']);
    expect(keys()).toEqual([1, 2, 3]);
    expect(requests().map(({ resultLimit }) => resultLimit)).toEqual([undefined, 500]);
  });

  it('that names the window is believed; without a name less is, each time', async () => {
    const named = session([overflow(700), {}]);
    await callModel(named);
    expect(named.window).toBe(700);
    const silent = session([overflow(), overflow(), {}]);
    await callModel(silent);
    expect(silent.window).toBe(600);
  });

  it('that names a larger window than ours changes nothing', async () => {
    const own = session([overflow(5000), {}]);
    await callModel(own);
    expect(own.window).toBe(1000);
  });

  it('ends the attempt when the next request would be the same', async () => {
    const first = overflow();
    await expect(callModel(session([first], {}, 0))).rejects.toBe(first);
    const begun = session([first]);
    begun.state.head = null;
    await expect(callModel(begun)).rejects.toBe(first);
  });

  it('is answered three times, not more', async () => {
    const last = overflow();
    const own = session([overflow(), overflow(), overflow(), last]);
    await expect(callModel(own)).rejects.toBe(last);
    expect(requests()).toHaveLength(4);
  });
});
