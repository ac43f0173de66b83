import { describe, expect, it } from 'vitest';
import { endsOf, givenEndSchema } from '../../../../src/activities/script/given-end.js';
import { SHORT_VALUE } from '../../../../src/domain/script/script-journal.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';

const blobs = new MemoryBlobs();
const SCHEMA = {
  type: 'object',
  properties: { n: { type: 'integer' }, names: { type: 'array', items: { type: 'string' } } },
  required: ['n'],
};
const said = (content: string, role = 'assistant') =>
  blobs.put(
    JSON.stringify({
      version: 1,
      parent: null,
      depth: 1,
      messages: [role === 'assistant' ? { role, content, toolCalls: [] } : { role, content }],
    }),
  );

/** How an agent that said this has ended for its script. */
async function ended(content: string, schema: object | null = null) {
  const given = {
    id: 3,
    spent: 40,
    conversation: await said(content),
    schema: schema === null ? null : await blobs.put(JSON.stringify(schema)),
  };
  return endsOf([given], blobs);
}

describe('the last words of an agent', () => {
  it('are a text for its script, without what stands around it', async () => {
    expect(await ended('  It is done.\n')).toEqual({
      ends: [{ id: 3, spent: 40, value: '"It is done."' }],
      misfits: [],
    });
    expect((await ended('')).ends).toEqual([{ id: 3, spent: 40, value: '""' }]);
    const silent = { id: 1, spent: 0, conversation: await said('hello', 'user'), schema: null };
    expect((await endsOf([silent], blobs)).ends).toEqual([{ id: 1, spent: 0, value: '""' }]);
  });

  it('lie in the store when they are long, to the character', async () => {
    const fits = 'x'.repeat(SHORT_VALUE - 2);
    expect((await ended(fits)).ends).toEqual([{ id: 3, spent: 40, value: `"${fits}"` }]);
    const { ends } = await ended(`${fits}x`);
    expect(ends).toEqual([{ id: 3, spent: 40, ref: expect.any(Object) }]);
    const [end] = ends;
    const stored = end !== undefined && 'ref' in end ? await blobs.getText(end.ref) : '';
    expect(JSON.parse(stored)).toBe(`${fits}x`);
  });

  it.each([
    ['as they are', '{"n": 1}', '{"n":1}'],
    ['in a fence', '```json\n{"n": 1, "names": ["a"]}\n```', '{"n":1,"names":["a"]}'],
    ['in a sentence', 'Here: {"n": 1}. Enjoy!', '{"n":1}'],
  ])('are the value that was asked for: %s', async (_name, content, value) => {
    expect(await ended(content, SCHEMA)).toEqual({
      ends: [{ id: 3, spent: 40, value }],
      misfits: [],
    });
  });

  it.each([
    ['no JSON', 'I do not know', ['it is no JSON object']],
    ['nothing', '', ['it is no JSON object']],
    ['JSON that is cut', '{"n": 1', ['it is no JSON object']],
    ['a field that is missing', '{}', [expect.stringMatching(/^n: /)]],
    [
      'wrong types',
      '{"n":"x","names":[1]}',
      [expect.stringMatching(/^n: /), expect.stringMatching(/^names\.0: /)],
    ],
  ])('that are %s fit nothing, and what is wrong is told', async (_name, content, problems) => {
    expect(await ended(content, SCHEMA)).toEqual({ ends: [], misfits: [{ id: 3, problems }] });
  });

  // only the part between the first { and the last } of an answer is read
  it('are a list where the schema asks for one', async () => {
    const schema = {
      type: 'array',
      items: { type: 'object', properties: { a: { type: 'number' } } },
    };
    expect((await ended('[{"a":1},{"a":2}]', schema)).ends).toEqual([
      { id: 3, spent: 40, value: '[{"a":1},{"a":2}]' },
    ]);
  });

  it('that are wrong in hundreds of ways are told within bounds', async () => {
    const names = Array.from({ length: 500 }, (_, at) => at);
    const { misfits } = await ended(JSON.stringify({ n: 1, names }), SCHEMA);
    expect(misfits[0]?.problems).toHaveLength(5);
    expect(JSON.stringify(misfits).length).toBeLessThan(1500);
  });
});

describe('an answer that lies in the store by itself', () => {
  const answered = async (text: string, schema: object | null = null) =>
    endsOf(
      [
        {
          id: 3,
          spent: 40,
          text: await blobs.put(text),
          schema: schema === null ? null : await blobs.put(JSON.stringify(schema)),
        },
      ],
      blobs,
    );

  it.each(['  It is done.\n', '', '{"n": 1}', 'x'.repeat(SHORT_VALUE + 1)])(
    'is read as the last words of a conversation are: %.20s',
    async (text) => {
      expect(await answered(text)).toEqual(await ended(text));
      expect(await answered(text, SCHEMA)).toEqual(await ended(text, SCHEMA));
    },
  );

  it('fits its schema, or is named with what is wrong', async () => {
    expect((await answered('Here: {"n": 1}.', SCHEMA)).ends).toEqual([
      { id: 3, spent: 40, value: '{"n":1}' },
    ]);
    expect(await answered('{"n": "x"}', SCHEMA)).toEqual({
      ends: [],
      misfits: [{ id: 3, problems: [expect.stringMatching(/^n: /)] }],
    });
    const end = { id: 3, spent: 40, text: fakeRef(1), schema: null };
    expect(givenEndSchema.parse(end)).toEqual(end);
  });
});

describe('ends of calls', () => {
  it('keep their order; what does not fit is left out and named', async () => {
    const schema = await blobs.put(JSON.stringify(SCHEMA));
    const { ends, misfits } = await endsOf(
      [
        { id: 9, spent: 1, value: '1' },
        { id: 2, spent: 2, conversation: await said('none'), schema },
        { id: 4, spent: 3, code: 'AgentError', message: 'it broke' },
        { id: 1, spent: 4, ref: fakeRef(3) },
      ],
      blobs,
    );
    expect(ends).toEqual([
      { id: 9, spent: 1, value: '1' },
      { id: 4, spent: 3, code: 'AgentError', message: 'it broke' },
      { id: 1, spent: 4, ref: fakeRef(3) },
    ]);
    expect(misfits.map(({ id }) => id)).toEqual([2]);
  });

  it('are read strictly where they come in', () => {
    const parse = (end: object) => givenEndSchema.safeParse({ id: 0, spent: 0, ...end }).success;
    expect([
      parse({ value: '1' }),
      parse({ ref: fakeRef(1) }),
      parse({ code: 'AgentError', message: '' }),
      parse({ conversation: fakeRef(1), schema: null }),
    ]).toEqual([true, true, true, true]);
    expect([
      parse({}),
      parse({ value: 1 }),
      parse({ value: 'x'.repeat(SHORT_VALUE + 1) }),
      parse({ code: '', message: '' }),
      parse({ code: 'A', message: 'x'.repeat(1001) }),
      parse({ conversation: fakeRef(1) }),
      parse({ value: '1', id: -1 }),
      parse({ value: '1', spent: -1 }),
    ]).toEqual(Array(8).fill(false));
  });

  it('of which a blob is gone are a fault of the machine, not of the script', async () => {
    await expect(
      endsOf([{ id: 1, spent: 0, conversation: fakeRef(99), schema: null }], blobs),
    ).rejects.toMatchObject({ code: 'ERR_BLOB_MISSING' });
  });
});
