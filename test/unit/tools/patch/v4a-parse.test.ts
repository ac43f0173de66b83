import { describe, expect, it } from 'vitest';
import { quoted } from '../../../../src/tools/patch/patch-operation.js';
import { isV4a, parseV4a } from '../../../../src/tools/patch/v4a-parse.js';

describe('parseV4a', () => {
  it('reads operations with their chunks, contexts and places', () => {
    const patch =
      '*** Begin Patch\n*** Update File: a\n*** Move to: b\n@@ class A\n@@ def f\n k\n-r\n+a\n*** End of File\n*** Add File: c\n+x\n*** Delete File: d\n*** End Patch\nleft over';
    expect(parseV4a(patch)).toEqual({
      kind: 'parsed',
      operations: [
        {
          kind: 'update',
          path: 'a',
          to: 'b',
          chunks: [
            {
              line: 4,
              contexts: ['class A', 'def f'],
              lines: [
                { kind: ' ', text: 'k' },
                { kind: '-', text: 'r' },
                { kind: '+', text: 'a' },
              ],
              isAtEnd: true,
            },
          ],
        },
        { kind: 'add', path: 'c', content: 'x\n' },
        { kind: 'delete', path: 'd' },
      ],
    });
  });

  it('stops at the first line that is wrong', () => {
    expect(parseV4a('*** Update File: a\nnothing\nelse')).toEqual({
      kind: 'malformed',
      reason: expect.stringMatching(/^Line 2 of the patch: "nothing" begins with neither/),
    });
  });

  it.each([
    ['*** Begin Patch', true],
    ['words\n  *** Update File: a', true],
    ['--- a\n+++ b', false],
    ['', false],
  ])('is meant by %j: %s', (text, expected) => {
    expect(isV4a(text)).toBe(expected);
  });
});

describe('quoted', () => {
  it('is short and has no controls', () => {
    expect(quoted('a\u001b[31m\n')).toBe('"a\\u001b[31m\\n"');
    expect(quoted('x'.repeat(500))).toHaveLength(123);
  });
});
