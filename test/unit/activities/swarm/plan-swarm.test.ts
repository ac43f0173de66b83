import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPart } from '../../../../src/activities/model/json-answer.js';
import { planPrompt, planRepair } from '../../../../src/activities/swarm/plan-prompt.js';
import { readPlan } from '../../../../src/activities/swarm/plan-swarm.js';
import { swarmBench } from '../../../support/swarm-bench.js';

const OUTLINE = {
  files: ['docs/x.md', 'src/a.ts', 'src/b.ts'].map((path) => ({ path, bytes: 10 })),
  fileCount: 3,
  readme: '# demo',
};
const INPUT = { task: 'The task', strategy: 'auto', maxSubagents: 4, outline: OUTLINE } as const;
type Input = Parameters<typeof readPlan>[1];
const input = (changes: Partial<Input> = {}): Input => ({
  ...INPUT,
  outline: { ...OUTLINE, files: [...OUTLINE.files] },
  ...changes,
});
const plan = (...ids: readonly string[]): string =>
  JSON.stringify({ subtasks: ids.map((id) => ({ id, instruction: `Do ${id}` })) });
const ids = (answer: string, changes: Partial<Input> = {}): unknown => {
  const { subtasks, problems } = readPlan(answer, input(changes));
  return subtasks?.map(({ id, agent }) => `${id} ${agent}`) ?? problems;
};

describe('readPlan', () => {
  it('finds the plan among the sentences and fences around it', () => {
    expect(ids(plan('a', 'b'))).toEqual(['a build', 'b build']);
    expect(ids(`Here it is:\n\`\`\`json\n${plan('a')}\n\`\`\`\nGood luck.`)).toEqual(['a build']);
    expect(jsonPart('no object')).toBe('no object');
  });

  it('never throws, whatever a model answers', () => {
    const strategies = fc.constantFrom('auto', 'domain', 'data', 'stage', 'none');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json().map((json) => `{"subtasks":${json}}`),
    );
    fc.assert(
      fc.property(text, strategies, fc.boolean(), (answer, strategy, hasFiles) => {
        const read = readPlan(answer, input({ strategy, ...(hasFiles ? {} : { outline: null }) }));
        expect(read.subtasks === null).toBe(read.problems.length > 0);
      }),
    );
  });

  it('names at most 30 problems of at most 500 characters', () => {
    const many = JSON.stringify({
      subtasks: Array.from({ length: 90 }, () => ({ id: 'x'.repeat(9000) })),
    });
    const { problems } = readPlan(many, input({ maxSubagents: 100 }));
    expect(problems.length).toBeLessThanOrEqual(30);
    expect(Math.max(...problems.map(({ length }) => length))).toBeLessThanOrEqual(500);
  });

  it('lets nobody write where there is no repository', () => {
    expect(ids(plan('a'), { outline: null })).toEqual(['a explore']);
  });

  it('divides the files of the strategy data itself, each to one subtask', () => {
    const data = (more: object): string =>
      JSON.stringify({ input: ['src/**'], instruction: 'Read', parts: 2, ...more });
    expect(ids(data({}), { strategy: 'data' })).toEqual(['part-1 build', 'part-2 build']);
    expect(ids(data({ parts: 900 }), { strategy: 'data' })).toEqual([
      'part-1 build',
      'part-2 build',
    ]);
    expect(ids(data({ input: ['lib/**'] }), { strategy: 'data' })).toEqual([
      'no file of the repository matches lib/**',
    ]);
    expect(ids(data({}), { strategy: 'data', outline: null })).toEqual([
      'there is no repository whose files could be divided',
    ]);
    expect(
      ids(data({}), { strategy: 'data', outline: { ...OUTLINE, files: [], fileCount: 9000 } }),
    ).toEqual([expect.stringContaining('9000 files')]);
  });
});

describe('planPrompt', () => {
  it('names the files, as many as fit, and the README', () => {
    expect(planPrompt(input())).toContain(
      '(3 in all):\ndocs/x.md\nsrc/a.ts\nsrc/b.ts\n\nREADME:\n# demo',
    );
    const files = Array.from({ length: 5000 }, (_, index) => ({
      path: `src/${index}.ts`,
      bytes: 1,
    }));
    const long = planPrompt(input({ outline: { files, fileCount: 5000, readme: '' } }));
    expect([long.length < 26_000, long.includes(' more')]).toEqual([true, true]);
    expect(planPrompt(input({ outline: null }))).toContain('There is no repository');
    expect(planRepair(['one', 'two'])).toContain('- one\n- two');
  });
});

describe('planSwarm', () => {
  it('asks once, and what is wrong with an answer is a result that is not paid twice', async () => {
    const bench = await swarmBench({}, 1);
    bench.answers.push('first a, then b', plan('a', 'b'));
    const { key, runId } = bench.step();
    const call = {
      key,
      runId,
      input: input(),
      model: { provider: 'fake', model: 'one' },
      previous: null,
    };
    const first = await bench.run(() => bench.activities.planSwarm(call));
    expect(first).toMatchObject({ subtasks: null, answer: 'first a, then b', costMicroUsd: 42 });
    expect(await bench.run(() => bench.activities.planSwarm(call))).toEqual(first);
    const previous = { answer: first.answer, problems: first.problems };
    const repair = { ...call, ...bench.step(), previous };
    const second = await bench.run(() => bench.activities.planSwarm(repair));
    expect(second.subtasks?.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(bench.requests.map(({ messages }) => messages.map(({ role }) => role))).toEqual([
      ['system', 'user'],
      ['system', 'user', 'assistant', 'user'],
    ]);
  });
});
