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

  it('takes lines that stay for what they are, whatever they look like', () => {
    const lines = [' *** Begin Patch', ' *** Add File: b', ' *** End of File', ' *** End Patch'];
    const patch = ['*** Update File: a', ...lines, '-old', '+new', '*** End Patch'].join('\n');
    expect(parseV4a(patch)).toEqual({
      kind: 'parsed',
      operations: [
        {
          kind: 'update',
          path: 'a',
          chunks: [
            {
              line: 2,
              contexts: [],
              lines: [
                ...lines.map((line) => ({ kind: ' ', text: line.slice(1) })),
                { kind: '-', text: 'old' },
                { kind: '+', text: 'new' },
              ],
              isAtEnd: false,
            },
          ],
        },
      ],
    });
    expect(parseV4a('*** Update File: a\n *** Move to: b\n-x\n*** End Patch')).toEqual({
      kind: 'parsed',
      operations: [
        {
          kind: 'update',
          path: 'a',
          chunks: [
            {
              line: 2,
              contexts: [],
              lines: [
                { kind: ' ', text: '*** Move to: b' },
                { kind: '-', text: 'x' },
              ],
              isAtEnd: false,
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['a fence without its space', ['*** Update File: a', '-x', '```', '+y', '*** End Patch'], 3],
    ['EOF', ['*** Update File: a', '-x', 'EOF', '*** Update File: b', '-y'], 3],
    ['PATCH', ['*** Update File: a', '-x', 'PATCH', ' stays', '*** End Patch'], 3],
    ['a fence in front of the end', ['*** Update File: a', '-x', '```', '*** End Patch'], 3],
    ['an end', ['*** Update File: a', '-x', '*** End Patch', '@@', '-y'], 3],
    [
      'an end, and a second patch',
      ['*** Add File: a', '+x', '*** End Patch', '*** Begin Patch'],
      3,
    ],
    ['a fence in a new file', ['*** Add File: a', '+x', '```', '+y', '*** End Patch'], 3],
    ['a fence at the end of a new file', ['*** Add File: a', '+```', '+x', '```'], 4],
    ['a blank line in a new file', ['*** Add File: a', '+x', '', '+y', '*** End Patch'], 4],
  ])('drops nothing behind %s', (_what, lines, line) => {
    expect(parseV4a(lines.join('\n'))).toEqual({
      kind: 'malformed',
      reason: expect.stringMatching(new RegExp(`^Line ${line} of the patch: `)),
    });
  });

  it.each([
    ['```\n', '*** Add File: a\n+x\n```\nDone.'],
    ["apply_patch <<'EOF'\n", '*** Add File: a\n+x\nEOF'],
    ['', '*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\n```\nThat is all.'],
    ['', '  *** Begin Patch\n  *** Add File: a\n+x\n  *** End Patch\n  EOF\n'],
  ])('ends where %j and what follows say', (...parts) => {
    expect(parseV4a(parts.join(''))).toEqual({
      kind: 'parsed',
      operations: [{ kind: 'add', path: 'a', content: 'x\n' }],
    });
  });

  it.each([
    ['*** Begin Patch', true],
    ['words\n  *** Update File: a', true],
    ['--- a\n+++ b', false],
    ['diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n *** Begin Patch\n+x', false],
    ['Index: a\n*** Add File: b', false],
    ['*** Update File: a\n--- a\n+++ b', true],
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
