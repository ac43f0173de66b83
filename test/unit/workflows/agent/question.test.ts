import { CancelledFailure } from '@temporalio/workflow';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { NewMessage } from '../../../../src/domain/agent/conversation.js';
import type { QuestionRules } from '../../../../src/domain/agent/question.js';
import type { AskedPerson } from '../../../../src/domain/agent/tool-call.js';
import { questionTool } from '../../../../src/tools/orchestration/question-tool.js';
import { askConsent } from '../../../../src/workflows/agent/asking/consent.js';
import { askForCall, askPerson } from '../../../../src/workflows/agent/asking/question.js';
import { Turns } from '../../../../src/workflows/lib/scope.js';
import type { AgentSession } from '../../../../src/workflows/agent/session.js';
import { fakeCall } from '../../../support/fake-activities.js';

/** A word of a person that comes while the agent waits. */
let letter: string | undefined;
const mail: string[] = [];
/** How the waiting ends otherwise; and whether the history knows of closed questions. */
let cancelled: Error | undefined;
let isPatched = true;

vi.mock('@temporalio/workflow', async (original) => ({
  ...(await original<object>()),
  patched: () => isPatched,
  condition: (isTrue: () => boolean) => {
    if (cancelled !== undefined) return Promise.reject(cancelled);
    if (letter !== undefined) mail.push(letter);
    return Promise.resolve(isTrue());
  },
}));

function session(questions?: QuestionRules) {
  const said: NewMessage[] = [];
  const told: unknown[] = [];
  const events: { readonly type: string; readonly text?: string; readonly data?: object }[] = [];
  const own = {
    input: questions === undefined ? {} : { questions },
    state: { spending: { turns: 1 } } as Record<string, unknown>,
    mail,
    parked: undefined,
    do: () => undefined,
    say: (message: NewMessage) => void said.push(message),
    flushEvents: () => Promise.resolve(),
    events: { add: (type: string, facts: object) => void events.push({ type, ...facts }) },
    consents: new Turns(),
    spender: { tell: (...words: unknown[]) => Promise.resolve(void told.push(words)) },
  };
  const agent = own as unknown as AgentSession;
  const call = (input: object) =>
    fakeCall('question', { arguments: JSON.stringify(input), digest: 'd1' });
  const ask = (input: object) => askPerson(agent, call(input));
  const askFor = (asked: AskedPerson) => askForCall(agent, call({}), asked);
  const consent = () => askConsent(agent, call({}), { effect: 'ask', rule: 'r', call: 'x {}' });
  /** What of its questions the log tells. */
  const asks = () => events.filter(({ type }) => /^(question|permission)\./.test(type));
  const text = (): unknown => (said.at(-1) as { text?: string } | undefined)?.text;
  return { own, told, ask, askFor, consent, asks, text };
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

  it.each<[string, { letter?: string; unattended?: 'park' | 'deny'; default?: string }, string]>([
    ['answered', { letter: 'x' }, 'question.answer'],
    ['answered by its own default', { default: 'x' }, 'question.default'],
    ['not answered', { unattended: 'deny' }, 'question.default'],
    ['set aside', {}, 'question.park'],
  ])('is over in the log when it is %s', async (_name, given, closing) => {
    letter = given.letter;
    const { unattended = 'park' } = given;
    const own = session({ waitMs: 60_000, unattended });
    await own.ask({ question: 'Which?', default: given.default });
    const types = own.asks().map(({ type }) => type);
    expect(types).toEqual(['question.ask', closing]);
    for (const { data } of own.asks()) expect(data).toMatchObject({ call: 'd1' });
    if (given.default !== undefined) return;
    const other = session({ waitMs: 60_000, unattended });
    await other.askFor({ id: 'a', question: 'Which?', options: [] });
    expect(other.asks().map(({ type }) => type)).toEqual(types);
  });

  it.each([true, false])(
    'is over in the log when its agent is cancelled (patched: %s)',
    async (knows) => {
      letter = undefined;
      cancelled = new CancelledFailure('cancelled');
      isPatched = knows;
      onTestFinished(() => {
        cancelled = undefined;
        isPatched = true;
      });
      const own = session(RULES);
      await expect(own.ask({ question: 'Which?' })).rejects.toThrow('cancelled');
      await expect(own.consent()).rejects.toThrow('cancelled');
      expect(own.asks().map(({ type }) => type)).toEqual(
        knows
          ? ['question.ask', 'question.answer', 'permission.ask', 'permission.answer']
          : ['question.ask', 'permission.ask'],
      );
      // the deny of a call that asks was silent then, too
      cancelled = undefined;
      const other = session({ waitMs: 60_000, unattended: 'deny' });
      expect(await other.askFor({ id: 'a', question: 'Which?', options: [] })).toBeUndefined();
      expect(other.asks()).toHaveLength(knows ? 2 : 1);
    },
  );

  it('is found by agents, not told to them', () => {
    expect(questionTool).toMatchObject({ isDeferred: true, execution: 'workflow', access: 'read' });
    expect(questionTool.title({ question: 'x'.repeat(200), options: [] })).toHaveLength(90);
  });
});
