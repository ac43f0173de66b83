import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RUN_UPDATES } from '../../../../src/contracts/messages.js';
import { ScriptQuestions } from '../../../../src/workflows/script/script-questions.js';
import { playedSwarm } from '../../../support/played-swarm.js';
import { SWARM_INPUT } from '../../../support/swarm-workflow.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

interface Taken {
  readonly update: { readonly name: string };
  readonly check: (request: { story: string; text: string; call?: string }) => void;
  readonly run: (request: { story: string; text: string; call?: string }) => string;
}

beforeEach(() => {
  played.patience = 0;
  played.unpatched = new Set();
  played.pauses.length = 0;
  played.onPause = () => undefined;
});

function setup(waitMs: number) {
  const options = { ...SWARM_INPUT.options, questions: { waitMs, unattended: 'park' as const } };
  const { state, fake } = playedSwarm({ options: waitMs < 0 ? SWARM_INPUT.options : options });
  const questions = new ScriptQuestions(state);
  const taken: Taken[] = [];
  questions.takeAnswers({ take: (one) => void taken.push(one as unknown as Taken) });
  const [take] = taken;
  if (take === undefined) throw new Error('takes no answers');
  const answer = (story: string, text: string): string => {
    take.check({ story, text });
    return take.run({ story, text });
  };
  const events = async (): Promise<readonly string[]> => {
    await state.save();
    return fake.events.map(({ type, text }) => `${type} ${text ?? ''}`);
  };
  const logged = () => fake.events.filter(({ type }) => type.startsWith('question.'));
  return { state, questions, take, answer, events, logged };
}

const ASKED = { question: 'Which one?', options: ['a', 'b'] };

describe('a question of a script', () => {
  it('is waited for as long as the rules of the run say, and answered by its name', async () => {
    const { questions, answer, take, events, state } = setup(60_000);
    expect(take.update).toBe(RUN_UPDATES.answer);
    const words: string[] = [];
    played.onPause = () => {
      expect(state.standstills).toBeDefined();
      words.push(answer('q1', 'b'));
    };
    expect(await questions.ask(ASKED)).toBe('b');
    expect([words, played.pauses]).toEqual([['q1 is answered'], [60_000]]);
    expect(await events()).toEqual(
      expect.arrayContaining(['question.ask q1: Which one? (a | b)', 'question.answer b']),
    );
  });

  it('carries its name in the log, by which the board answers it', async () => {
    const { questions, answer, state, logged } = setup(60_000);
    played.onPause = () => void answer('q1', 'b');
    await questions.ask(ASKED);
    await state.save();
    expect(logged().map(({ type, story, data }) => [type, story, data?.['call']])).toEqual([
      ['question.ask', 'q1', 'q1'],
      ['question.answer', 'q1', 'q1'],
    ]);
  });

  it('takes no answer that is for another one', async () => {
    const { questions, take } = setup(60_000);
    const request = { story: 'q1', text: 'b', call: 'q2' };
    played.onPause = () => {
      expect(() => take.check(request)).toThrow(expect.objectContaining({ type: 'ERR_ASK_OTHER' }));
      take.check({ ...request, call: 'q1' });
      take.run({ ...request, call: 'q1' });
    };
    expect(await questions.ask(ASKED)).toBe('b');
  });

  it('that nobody answers is silent at its end in a history of before', async () => {
    played.unpatched = new Set(['closed-asks']);
    const { questions, events } = setup(1000);
    await questions.ask({ question: 'Go?', options: [] });
    expect((await events()).filter((text) => text.startsWith('question'))).toEqual([
      'question.ask q1: Go?',
    ]);
  });

  it('is asked, but not waited for, where the run waits for nobody', async () => {
    for (const waitMs of [0, -1]) {
      const { questions, answer, events } = setup(waitMs);
      expect(await questions.ask(ASKED)).toBeUndefined();
      expect(played.pauses).toEqual([]);
      expect(await events()).toContain('question.ask q1: Which one? (a | b)');
      expect(() => answer('q1', 'late')).toThrow(
        expect.objectContaining({ type: 'ERR_STORY_NOT_RUNNING' }),
      );
    }
  });

  it('that nobody answers in time has no answer, and takes none later', async () => {
    const { questions, answer, events } = setup(1000);
    expect(await questions.ask({ question: 'Go?', options: [] })).toBeUndefined();
    expect(() => answer('q1', 'late')).toThrow('nothing is asked under the name q1');
    expect((await events()).filter((text) => text.startsWith('question'))).toEqual([
      'question.ask q1: Go?',
      'question.default Go? → nobody answered, the script decides',
    ]);
  });

  it('has a name of its own, and an answer goes to no other', async () => {
    const { questions, answer } = setup(1000);
    played.onPause = () => {
      played.onPause = () => answer('q2', 'second');
    };
    const both = [questions.ask(ASKED), questions.ask({ ...ASKED, question: 'And then?' })];
    expect(await Promise.all(both)).toEqual([undefined, 'second']);
    for (const name of ['q1', 'q3', '', '__proto__', 'a1'])
      expect(() => answer(name, 'x')).toThrow(
        expect.objectContaining({ type: 'ERR_STORY_NOT_RUNNING' }),
      );
  });

  it('is shown in one line, and a very long answer is cut', async () => {
    const { questions, answer, events } = setup(1000);
    const long = 'x'.repeat(10_000);
    played.onPause = () => answer('q1', long);
    const given = await questions.ask({ question: `One\ntwo ${long}`, options: [] });
    expect(given).toBe(long.slice(0, 4000));
    for (const text of await events()) expect(text.length).toBeLessThan(600);
    expect((await events())[0]).toMatch(/^question\.ask q1: One two x+/);
  });
});
