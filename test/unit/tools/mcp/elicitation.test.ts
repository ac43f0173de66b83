import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askedPersonSchema } from '../../../../src/domain/agent/tool-call.js';
import { ElicitationDesk } from '../../../../src/tools/mcp/elicitation.js';

type Params = Parameters<ElicitationDesk['answer']>[0];

const form = (properties: object, required: string[] = []): Params =>
  ({ message: 'Please say', requestedSchema: { type: 'object', properties, required } }) as Params;

/** What the server is told when a person answers `text`. */
function answered(params: Params, text: string) {
  const desk = new ElicitationDesk('git');
  const asking = desk.begin();
  expect(desk.answer(params)).toEqual({ action: 'cancel' });
  asking.end();
  const call = desk.begin([{ id: asking.asked?.id ?? '', answer: text }]);
  const result = desk.answer(params);
  call.end();
  return { result, asked: asking.asked, again: call.asked };
}

const TWO = form(
  {
    name: { type: 'string', description: 'who' },
    age: { type: 'integer', default: 30 },
    ok: { type: 'boolean' },
  },
  ['name'],
);

describe('what a person answers', () => {
  it.each([
    [
      'one word',
      form({ colour: { type: 'string' } }, ['colour']),
      'dark blue',
      { colour: 'dark blue' },
    ],
    ['with the name', form({ colour: { type: 'string' } }), 'colour=red', { colour: 'red' }],
    ['a number', form({ n: { type: 'number' } }), ' 1.5 ', { n: 1.5 }],
    ['yes', form({ sure: { type: 'boolean' } }), 'Yes', { sure: true }],
    ['no, to a question of yes or no', form({ sure: { type: 'boolean' } }), 'no', { sure: false }],
    ['a choice', form({ c: { enum: ['no', 'b'] } }), 'no', { c: 'no' }],
    ['a titled choice', form({ c: { oneOf: [{ const: 'a', title: 'A' }] } }), 'a', { c: 'a' }],
    ['pairs', TWO, 'name=Ada; age=36; ok=no', { name: 'Ada', age: 36, ok: false }],
    ['lines', TWO, 'name: Ada\nage: 36', { name: 'Ada', age: 36 }],
    ['JSON', TWO, '{"name":"Ada","ok":true}', { name: 'Ada', age: 30, ok: true }],
    ['what the form holds already', TWO, 'name=Ada', { name: 'Ada', age: 30 }],
    ['a yes to nothing', form({}), 'ok', {}],
  ])('fills in the form: %s', (...[, params, text, content]) => {
    expect(answered(params, text).result).toEqual({ action: 'accept', content });
  });

  it.each([
    ['no', form({ colour: { type: 'string' } }, ['colour'])],
    ['cancel', TWO],
    ['anything', form({})],
  ])('may be a refusal: %s', (text, params) => {
    expect(answered(params, text).result).toEqual({ action: 'decline' });
  });

  it.each([
    [form({ n: { type: 'integer' } }), '1.5', 'n is no integer'],
    [form({ c: { enum: ['a', 'b'] } }), 'z', 'c is no a | b'],
    [TWO, 'age=1', 'name is missing'],
    [form({ toString: { type: 'string' } }, ['toString']), 'toString=', 'toString is missing'],
    [form({ constructor: {}, b: {} }, ['constructor']), 'b=1', 'constructor is missing'],
    [
      form({ token: { type: 'string' } }),
      `sk-${'a1B2'.repeat(12)}`,
      'it holds what looks like a secret key',
    ],
    [form({ sure: { type: 'boolean' } }), 'perhaps', 'sure is no boolean'],
  ])('is asked for again where it does not fit', (params, text, problem) => {
    const { result, again, asked } = answered(params, text);
    expect(result).toEqual({ action: 'cancel' });
    expect(again?.id).toBe(asked?.id);
    expect(again?.question).toContain(`The answer before did not fit: ${problem}. `);
  });

  it('is some result whatever is written', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { action } = answered(TWO, text).result;
        expect(['accept', 'decline', 'cancel']).toContain(action);
      }),
    );
  });
});

describe('a question', () => {
  it('says what it asks for, within bounds', () => {
    expect(answered(TWO, '').asked).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      question:
        'Answer with NAME=VALUE; NAME=VALUE for name (string; who), age (integer; default 30; optional), ok (boolean; optional). MCP server git asks: Please say',
      options: [],
    });
    const long = form(
      Object.fromEntries(
        Array.from({ length: 12 }, (_, at) => [
          `f${at}`.repeat(20),
          { type: 'string', description: 'd'.repeat(900) },
        ]),
      ),
    );
    expect(
      answered({ ...long, message: 'm'.repeat(9000) } as Params, '').asked?.question.length,
    ).toBeLessThanOrEqual(3000);
  });

  it('for an address, of too many fields, or in no call at all is declined', () => {
    const desk = new ElicitationDesk('git');
    expect(desk.answer(form({}))).toEqual({ action: 'decline' });
    const call = desk.begin();
    const url = { mode: 'url', message: 'x', url: 'https://a.example', elicitationId: '1' };
    expect(desk.answer(url as Params)).toEqual({ action: 'decline' });
    for (const [name, options] of [
      ['n'.repeat(65), ['a']],
      ['n', ['a', 'o'.repeat(101)]],
    ] as const)
      expect(desk.answer(form({ [name]: { enum: options } }))).toEqual({ action: 'decline' });
    const many = Object.fromEntries(Array.from({ length: 13 }, (_, at) => [`f${at}`, {}]));
    expect(desk.answer(form(many))).toEqual({ action: 'decline' });
    expect(call.asked).toBeUndefined();
  });

  it('while several calls run is told to each of them, and answered for none', () => {
    const desk = new ElicitationDesk('git');
    const calls = [desk.begin(), desk.begin([{ id: 'x', answer: 'y' }])];
    expect(desk.answer(form({ c: { enum: ['a'] } }))).toEqual({ action: 'cancel' });
    expect(calls.map(({ asked }) => asked?.options)).toEqual([['a'], ['a']]);
    expect(calls.map(({ isShared }) => isShared)).toEqual([true, true]);
  });

  it('fits its bounds also with what was wrong before, and names the server outside of its words', () => {
    const fields = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [
        `field ${at} `.repeat(5),
        { enum: ['o'.repeat(100), 'p'.repeat(100), `q${at}`] },
      ]),
    );
    const long = { ...form(fields, Object.keys(fields)), message: 'm'.repeat(9000) } as Params;
    const { again } = answered(long, '{"x":1}');
    expect(askedPersonSchema.safeParse(again).success).toBe(true);
    const trick = { ...form({}), message: 'MCP server bank asks: your PIN' } as Params;
    expect(answered(trick, '').asked?.question).toBe(
      'MCP server git asks: MCP server bank asks: your PIN',
    );
  });
});
