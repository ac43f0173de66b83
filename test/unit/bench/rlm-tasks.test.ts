import { describe, expect, it } from 'vitest';
import { labelOf } from '../../../bench/rlm/labels.mjs';
import { replyTo, tokensOf, WINDOW } from '../../../bench/rlm/policy.mjs';
import { answerFrom } from '../../../bench/rlm/reading.mjs';
import { meanOf, scoreOf } from '../../../bench/rlm/score.mjs';
import { makeTask, questionOf, TYPES } from '../../../bench/rlm/tasks.mjs';

const SEEDS = [1, 2, 3, 4, 5];
const ask = (content: string) => ({ messages: [{ role: 'user', content }] });
const labelsIn = (reply: string) =>
  new Map([...reply.matchAll(/\b([0-9a-f]{8})=(\w+)/g)].map(([, id, label]) => [id, label]));

describe('a task of the RLM benchmark', () => {
  it.each(TYPES)('%s has the truth that a reader without error finds', (type) => {
    const scores = SEEDS.map((seed) => {
      const task = makeTask(type, { seed, tokens: 8000 });
      return scoreOf(task, answerFrom(task.given, task.text, { see: () => true, labelOf }));
    });
    expect(scores).toEqual(SEEDS.map(() => 1));
  });

  it.each(TYPES)(
    '%s is the same for the same seed, another for another, and fits its size',
    (type) => {
      const make = (seed: number) => makeTask(type, { seed, tokens: 8000 });
      expect(make(1)).toEqual(make(1));
      expect(make(1).text).not.toBe(make(2).text);
      const prompt = `${questionOf(make(1), { form: 'direct' })}\n\nInput:\n${make(1).text}`;
      expect(tokensOf(ask(prompt))).toBeLessThan(WINDOW);
      expect(tokensOf(ask(prompt))).toBeGreaterThan(WINDOW * 0.75);
    },
  );

  it('says no label in its text, unless it is made for a real model', () => {
    const words = /billing|delivery|quality|account|invoice|parcel is|hinge|password/;
    const make = (readable: boolean) => makeTask('A1', { seed: 1, tokens: 8000, readable }).text;
    expect([words.test(make(false)), words.test(make(true))]).toEqual([false, true]);
  });
});

describe('the scripted model', () => {
  const { text } = makeTask('A1', { seed: 1, tokens: 8000 });
  const lines = text.split('\n');
  const share = (count: number) => {
    const said = labelsIn(
      replyTo(ask(`LABEL topic reading 0\n${lines.slice(0, count).join('\n')}`), '1'),
    );
    expect(said.size).toBe(count);
    return [...said].filter(([id, label]) => labelOf('topic', String(id)) === label).length / count;
  };

  it('says the same to the same request, and labels fewer lines rightly in a fuller window', () => {
    const request = ask(`LABEL topic reading 0\n${lines[0]}`);
    expect(replyTo(request, '1')).toBe(replyTo(request, '1'));
    expect(share(40)).toBeGreaterThan(0.75);
    expect(share(400)).toBeLessThan(share(40));
  });
});

describe('a score', () => {
  it.each([
    { of: 'exact', type: 'N1', truth: 'v1', answer: 'v1', score: 1 },
    { of: 'exact, wrong', type: 'N1', truth: 'v1', answer: 'v2', score: 0 },
    { of: 'no answer', type: 'N1', truth: 'v1', answer: null, score: 0 },
    { of: 'a count that is two off', type: 'A2', truth: 10, answer: '12', score: 0.5625 },
    { of: 'a count that is no number', type: 'A2', truth: 10, answer: 'about 10', score: 0 },
    { of: 'half of a set', type: 'P1', truth: ['a', 'b'], answer: 'a', score: 2 / 3 },
    { of: 'an empty set', type: 'P1', truth: [], answer: '', score: 1 },
    { of: 'a set that has to be exact', type: 'N2', truth: ['a', 'b'], answer: 'a', score: 0 },
  ])('of $of', ({ answer, score, ...task }) => {
    expect(scoreOf(task, answer)).toBeCloseTo(score);
  });

  it('has an interval from two seeds on', () => {
    expect(meanOf([1])).toEqual({ mean: 1, half: null });
    expect(meanOf([0, 1, 0, 1])).toEqual({ mean: 0.5, half: expect.closeTo(0.566, 3) as number });
  });
});
