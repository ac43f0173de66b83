import { describe, expect, it, vi } from 'vitest';
import type { NewMessage } from '../../../../src/domain/agent/conversation.js';
import type { QuestionRules } from '../../../../src/domain/agent/question.js';
import { questionTool } from '../../../../src/tools/orchestration/question-tool.js';
import { askPerson } from '../../../../src/workflows/agent/asking/question.js';
import type { AgentSession } from '../../../../src/workflows/agent/session.js';
import { fakeCall } from '../../../support/fake-activities.js';

/** A word of a person that comes while the agent waits. */
let letter: string | undefined;
const mail: string[] = [];

vi.mock('@temporalio/workflow', async (original) => ({
  ...(await original<object>()),
  condition: (isTrue: () => boolean) => {
    if (letter !== undefined) mail.push(letter);
    return Promise.resolve(isTrue());
  },
}));

function session(questions?: QuestionRules) {
  const said: NewMessage[] = [];
  const told: unknown[] = [];
  const own = {
    input: questions === undefined ? {} : { questions },
    state: { spending: { turns: 1 } } as Record<string, unknown>,
    mail,
    parked: undefined,
    do: () => undefined,
    say: (message: NewMessage) => void said.push(message),
    flushEvents: () => Promise.resolve(),
    events: { add: () => undefined },
    spender: { tell: (...words: unknown[]) => Promise.resolve(void told.push(words)) },
  };
  const ask = (input: object) =>
    askPerson(
      own as unknown as AgentSession,
      fakeCall('question', { arguments: JSON.stringify(input) }),
    );
  const text = (): unknown => (said.at(-1) as { text?: string } | undefined)?.text;
  return { own, told, ask, text };
}

const RULES: QuestionRules = { waitMs: 60_000, unattended: 'park' };

describe('askPerson', () => {
  it('takes what was said after the question, not what was said before it', async () => {
    mail.splice(0, Infinity, 'an earlier word');
    letter = 'take 9090';
    const { ask, text, told } = session(RULES);
    await ask({ question: 'Which port?' });
    expect(text()).toBe('The person who owns this work answers: take 9090');
    expect(mail).toEqual(['an earlier word']);
    expect(told).toEqual([
      [{ reason: 'asks: Which port?', until: expect.any(String) }, 'open'],
      [null, 'answered'],
    ]);
  });

  it('keeps at most twenty assumptions, and parks without a default', async () => {
    letter = undefined;
    mail.splice(0);
    const { own, ask, text } = session(RULES);
    for (let at = 0; at < 25; at += 1) await ask({ question: `q${at}`, default: `d${at}` });
    expect(own.state['assumptions']).toHaveLength(20);
    expect((own.state['assumptions'] as unknown[]).at(-1)).toEqual({
      question: 'q24',
      assumed: 'd24',
    });
    await ask({ question: 'Which?', options: ['a'], recommendation: 'a' });
    expect(own.parked).toEqual({ question: 'Which?', options: ['a'], recommendation: 'a' });
    expect(text()).toMatch(/set aside/);
  });

  it('asks nobody without rules, and does not wait where there is no time for it', async () => {
    const none = session();
    await none.ask({ question: 'Which?' });
    expect(none.text()).toMatch(/^Nobody can be asked here/);
    const denied = session({ waitMs: 0, unattended: 'deny' });
    await denied.ask({ question: 'Which?' });
    expect(denied.told).toEqual([]);
    expect(denied.text()).toMatch(/^Nobody answered\. Nobody can be asked/);
    expect(denied.own.parked).toBeUndefined();
  });

  it('is found by agents, not told to them', () => {
    expect(questionTool).toMatchObject({ isDeferred: true, execution: 'workflow', access: 'read' });
    expect(questionTool.title({ question: 'x'.repeat(200), options: [] })).toHaveLength(90);
  });
});
