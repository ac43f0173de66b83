import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askedCall, askedCallSchema } from '../../../../src/activities/script/asked-call.js';
import type { ScriptTask } from '../../../../src/domain/script/script-task.js';
import type { ScriptCall, ScriptCallKind } from '../../../../src/rlm/script/script-step.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';

const TASK: ScriptTask = {
  name: 'test',
  path: '/nowhere/test.js',
  source: fakeRef(1),
  args: fakeRef(2),
  budgetTokens: null,
  seed: 'seed',
  mostAgents: 1000,
  nowMs: 0,
  mayWrite: true,
  profiles: [
    { name: 'reviewer', agent: 'explore' },
    { name: 'plan', agent: 'build' },
  ],
  models: [{ name: 'sonnet', model: { provider: 'fake', model: 'two' }, contextWindow: 500 }],
  known: null,
};
const KEY = `ghp_${'a1B2c3D4e5'.repeat(4)}`;

const blobs = new MemoryBlobs();
const call = (kind: ScriptCallKind, payload: unknown): ScriptCall => ({
  id: 7,
  kind,
  payload: JSON.stringify(payload),
  digest: 'd',
  chain: 'c',
});
const read = (kind: ScriptCallKind, payload: unknown, task: Partial<ScriptTask> = {}) =>
  askedCall(call(kind, payload), { ...TASK, ...task }, blobs);
const agent = (payload: object, task: Partial<ScriptTask> = {}) =>
  read('agent', { prompt: 'Do it', ...payload }, task);

/** What an agent is told in full. */
async function told(payload: object): Promise<string> {
  const asked = await agent(payload);
  return asked.kind === 'agent' ? blobs.getText(asked.instructionRef) : '';
}

describe('an agent that a script asks for', () => {
  it('is a subtask with its title, its part, and all of its prompt by reference', async () => {
    const prompt = `Look at it\n${'x'.repeat(100_000)}`;
    const asked = await agent({ prompt, label: 'look', phase: 'Find', touches: ['src/**'] });
    expect(asked).toEqual({
      id: 7,
      kind: 'agent',
      title: 'look',
      phase: 'Find',
      instruction: expect.stringMatching(/^Look at it x+/),
      instructionRef: expect.objectContaining({ bytes: prompt.length }),
      schema: null,
      agent: 'build',
      touches: ['src/**'],
    });
    expect(JSON.stringify(asked).length).toBeLessThan(1000);
    expect(await told({ prompt })).toBe(prompt);
  });

  it('has the beginning of its prompt as title where it has no label', async () => {
    const asked = await agent({ prompt: `One\ntwo ${'long '.repeat(100)}` });
    const { title } = asked as { title: string };
    expect(title).toMatch(/^One two long/);
    expect(title.length).toBeLessThanOrEqual(101);
  });

  it('has its label as title, cut where it is long, and none that is empty', async () => {
    const titleOf = async (label: string) => ((await agent({ label })) as { title: string }).title;
    expect((await titleOf('x'.repeat(5000))).length).toBeLessThanOrEqual(101);
    expect(await titleOf('  ')).toBe('Do it');
  });

  it('that has to fit a schema is told so, and the schema is kept', async () => {
    const schema = { type: 'object', properties: { n: { type: 'number' } } };
    const asked = await agent({ schema });
    expect(asked).toMatchObject({ kind: 'agent', schema: expect.any(Object) });
    const ref = asked.kind === 'agent' ? asked.schema : null;
    expect(ref === null ? '' : await blobs.getText(ref)).toBe(JSON.stringify(schema));
    expect(await told({ schema })).toBe(
      `Do it\n\nYour last message is one JSON value and nothing else, no sentence around it and no code fence. It fits this JSON Schema:\n${JSON.stringify(schema)}`,
    );
  });

  it.each([
    [undefined, { agent: 'build' }],
    ['build', { agent: 'build' }],
    ['general-purpose', { agent: 'build' }],
    ['Explore', { agent: 'explore' }],
    // one of people's own comes before one that is built in
    ['plan', { agent: 'build', named: 'plan' }],
    ['Plan', { agent: 'plan' }],
    ['reviewer', { agent: 'explore', named: 'reviewer' }],
  ])('is who it says: %s', async (profile, expected) => {
    expect(await agent({ profile })).toMatchObject({ kind: 'agent', ...expected });
  });

  it('has the model that it names, where there is one of that name, and its own time', async () => {
    expect(await agent({ model: 'sonnet', timeout: 1.5 })).toMatchObject({
      model: { provider: 'fake', model: 'two' },
      contextWindow: 500,
      timeoutMs: 1500,
    });
    const other = await agent({ model: 'opus', timeout: 0.0001 });
    expect(other).toMatchObject({ kind: 'agent', timeoutMs: 1 });
    expect(other).not.toHaveProperty('model');
  });

  it('only reads where there are no files', async () => {
    expect(await agent({}, { mayWrite: false })).toMatchObject({ agent: 'explore' });
  });

  it.each(['nobody', 'constructor', '__proto__', 'Reviewer'])(
    'is refused when there is none that is called %s',
    async (profile) => {
      expect(await agent({ profile })).toEqual({
        id: 7,
        kind: 'refused',
        code: 'UnknownProfileError',
        message: `there is no agent ${profile}; there are build, explore, plan, reviewer, plan`,
      });
    },
  );

  it('tells names of hundreds of agents within bounds', async () => {
    const profiles = Array.from({ length: 200 }, (_, at) => ({
      name: `agent-number-${at}`,
      agent: 'build' as const,
    }));
    const refused = await agent({ profile: 'nobody' }, { profiles });
    expect(JSON.stringify(refused).length).toBeLessThan(700);
  });

  it('carries no secret on: not in its title, what is shown of it, or what it is told', async () => {
    const asked = await agent({ prompt: `Use ${KEY} now`, label: `with ${KEY}`, phase: KEY });
    expect(asked).toMatchObject({
      phase: expect.stringMatching(/^\[redacted:/),
      title: expect.stringContaining('[redacted:'),
      instruction: expect.stringContaining('[redacted:'),
    });
    expect(JSON.stringify(asked)).not.toContain(KEY);
    expect(await told({ prompt: `Use ${KEY} now` })).toMatch(/^Use \[redacted:[^\]]+\] now$/);
  });

  it.each([
    ['a prompt that is none', { prompt: 7 }, 'agent: prompt '],
    ['no prompt', { prompt: '' }, 'agent: prompt '],
    ['a schema that is a text', { schema: 'object' }, 'agent: schema '],
    ['a schema of a type that there is not', { schema: { type: 'strng' } }, 'agent: schema: '],
    ['an isolation that there is not', { isolation: 'vm' }, 'agent: isolation '],
    ['touches that are no list', { touches: 'src' }, 'agent: touches '],
    ['more touches than fit', { touches: Array.from({ length: 21 }, () => 'a') }, 'agent: touches'],
    ['a touch without a name', { touches: [''] }, 'agent: touches.0 '],
    ['no time', { timeout: 0 }, 'agent: timeout '],
    ['a model that is a list', { model: ['a'] }, 'agent: model '],
  ])('with %s is an error for the script', async (_name, payload, message) => {
    expect(await agent(payload)).toEqual({
      id: 7,
      kind: 'refused',
      code: 'TypeError',
      message: expect.stringContaining(message),
    });
  });
});

describe('a pause that a script asks for', () => {
  it('lasts as long as it says, within thirty days', async () => {
    const month = 30 * 86_400_000;
    for (const milliseconds of [0, 1, month])
      expect(await read('sleep', { milliseconds })).toEqual({ id: 7, kind: 'sleep', milliseconds });
    for (const milliseconds of [-1, month + 1, null, '5', {}])
      expect(await read('sleep', { milliseconds })).toMatchObject({
        kind: 'refused',
        code: 'TypeError',
        message: expect.stringMatching(/^sleep: milliseconds /),
      });
  });
});

describe('a question that a script asks', () => {
  it('has its choices, and what holds when nobody answers', async () => {
    const asked = { question: 'Go on?', options: ['yes', 'no'], default: { a: 1 } };
    expect(await read('ask', asked)).toEqual({
      id: 7,
      kind: 'ask',
      question: 'Go on?',
      options: ['yes', 'no'],
      otherwise: { value: '{"a":1}' },
    });
    expect(await read('ask', { question: 'Go on?', options: [] })).toMatchObject({
      otherwise: { value: 'null' },
    });
    const long = { question: 'Go on?', options: [], default: 'x'.repeat(9000) };
    expect(await read('ask', long)).toMatchObject({ otherwise: { ref: expect.any(Object) } });
  });

  it('is bounded, and carries no secret on', async () => {
    const long = await read('ask', { question: 'x'.repeat(50_000), options: [`take ${KEY}`] });
    const { question, options } = long as { question: string; options: string[] };
    expect(question).toHaveLength(3000);
    expect(options).toEqual([expect.stringMatching(/^take \[redacted:/)]);
    expect(await read('ask', { question: `Is ${KEY} right?`, options: [] })).toMatchObject({
      question: expect.not.stringContaining(KEY),
    });
  });

  it.each([
    ['no text', { question: '', options: [] }, /^ask: question /],
    ['choices that are none', { question: 'a', options: 'b' }, /^ask: options /],
    ['a choice that is none', { question: 'a', options: [1] }, /^ask: options\.0 /],
    ['too many choices', { question: 'a', options: Array(11).fill('b') }, /^ask: options /],
    ['a choice beyond bounds', { question: 'a', options: ['b'.repeat(301)] }, /^ask: options\.0 /],
  ])('with %s is an error for the script', async (_name, payload, message) => {
    expect(await read('ask', payload)).toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(message),
    });
  });
});

it('whatever a script passes, it is a call that can be carried out or an error for it', async () => {
  const kind = fc.constantFrom<ScriptCallKind>('agent', 'sleep', 'ask');
  const payload = fc.oneof(
    fc.dictionary(
      fc.constantFrom(
        'prompt',
        'schema',
        'label',
        'milliseconds',
        'question',
        'options',
        'touches',
      ),
      fc.jsonValue(),
    ),
    fc.jsonValue(),
  );
  await fc.assert(
    fc.asyncProperty(kind, payload, async (asked, given) => {
      const found = await read(asked, given);
      expect(askedCallSchema.parse(found)).toEqual(found);
      expect([asked, 'refused']).toContain(found.kind);
      expect(found.id).toBe(7);
    }),
  );
});
