import { describe, expect, it, vi } from 'vitest';
import type { CallModelResult } from '../../../../src/activities/model/call-model.js';
import type { NewMessage } from '../../../../src/domain/agent/conversation.js';
import type { AgentResult } from '../../../../src/domain/agent/agent.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { END_RULES } from '../../../../src/workflows/agent/end-rules.js';
import type { AgentSession } from '../../../../src/workflows/agent/session.js';
import { fakeReply } from '../../../support/fake-activities.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

/** As much of a session as an end rule sees. */
function sessionOf() {
  const said: NewMessage[] = [];
  const session = {
    state: { silentEnds: 0, unreadCalls: 0 },
    say: (message: NewMessage) => said.push(message),
    result: (outcome: AgentResult['outcome'], reason: string, summary = ''): AgentResult => ({
      outcome,
      reason,
      summary,
      learnings: [],
      blockers: [],
      spending: ZERO_SPENDING,
      conversation: null,
    }),
  } as unknown as AgentSession;
  return { session, said };
}

const words = (fields: Partial<CallModelResult> = {}) =>
  fakeReply({ finishReason: 'stop', preview: 'the answer', ...fields });
const ending = (rule: Exclude<keyof typeof END_RULES, 'rlm'>, ...replies: CallModelResult[]) => {
  const { session, said } = sessionOf();
  const ends = replies.map((reply) => END_RULES[rule](session, reply)?.outcome);
  return { ends, said: said.length };
};

describe('the end of a story', () => {
  it('is its own word: text alone is asked for more once, then counts as silence', () => {
    expect(ending('story', words(), words())).toEqual({ ends: [undefined, 'silent'], said: 1 });
    expect(ending('story', words({ marker: 'complete' })).ends).toEqual(['done']);
    expect(ending('story', words({ marker: 'blocked' })).ends).toEqual(['blocked']);
  });

  it('is a limit when the server reads none of its calls', () => {
    const unread = words({ trouble: 'unparsed-call' });
    expect(ending('story', unread, unread).ends).toEqual([undefined, 'limit']);
    const failed = words({ trouble: 'failed-generation' });
    expect(ending('story', failed, failed, failed).ends).toEqual([undefined, undefined, 'limit']);
  });
});

describe('the end of a task', () => {
  it('is the text that answers it', () => {
    expect(ending('task', words()).ends).toEqual(['done']);
  });

  it('is gone on with once when it was cut off', () => {
    const cut = words({ finishReason: 'length' });
    expect(ending('task', cut, words())).toEqual({ ends: [undefined, 'done'], said: 1 });
    expect(ending('task', cut, cut).ends).toEqual([undefined, 'limit']);
  });

  it('is its word that it is blocked, but not one in a text that was cut off', () => {
    const blocked = words({ marker: 'blocked' });
    const cut = words({ marker: 'blocked', finishReason: 'length' });
    expect(ending('task', blocked).ends).toEqual(['blocked']);
    expect(ending('task', cut, blocked)).toEqual({ ends: [undefined, 'blocked'], said: 1 });
  });
});

describe('the end of a turn of a chat', () => {
  it('is any text', () => {
    expect(ending('chat', words({ finishReason: 'length' })).ends).toEqual(['done']);
  });
});

it.each(['story', 'task', 'chat'] as const)('a refusal ends a %s as refused', (rule) => {
  expect(ending(rule, words({ finishReason: 'refusal' })).ends).toEqual(['refused']);
});
