import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storedOutput } from '../../../src/tools/stored-output.js';

const whole = fc.record(
  {
    text: fc.string(),
    isError: fc.boolean(),
    seen: fc.array(fc.record({ path: fc.string(), hash: fc.string() })),
    progress: fc.array(fc.string()),
    exitCode: fc.integer({ min: 0, max: 255 }),
    sandbox: fc.string(),
    skill: fc.string(),
    pictures: fc.array(fc.record({ mediaType: fc.constant('image/png'), data: fc.base64String() })),
  },
  { requiredKeys: ['text', 'isError'] },
);

describe('a stored output', () => {
  it('is the output that was stored, field by field, and nothing where there was nothing', () => {
    fc.assert(
      fc.property(whole, (output) => {
        const read = storedOutput(JSON.parse(JSON.stringify(output)));
        expect(read).toEqual(output);
        expect(Object.keys(read).toSorted()).toEqual(Object.keys(output).toSorted());
      }),
    );
  });

  it('keeps what a server asked of the person', () => {
    const asks = { id: 'a', question: 'Which?', options: ['x', 'y'] };
    expect(storedOutput({ text: 't', isError: true, asks })).toEqual({
      text: 't',
      isError: true,
      asks,
    });
  });

  it.each([[null], ['text'], [{ text: 'x' }], [{ text: 1, isError: false }]])(
    'is not made of %j',
    (stored) => {
      expect(() => storedOutput(stored)).toThrow();
    },
  );
});
