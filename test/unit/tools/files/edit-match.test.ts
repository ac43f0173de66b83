import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { applyEdits, findEdits } from '../../../../src/tools/files/edit-match.js';

function edit(
  text: string,
  oldText: string,
  newText: string,
): { kind: string; text: string } | undefined {
  const found = findEdits(text, { oldText, newText });
  return found === undefined
    ? undefined
    : { kind: found.kind, text: applyEdits(text, found.matches) };
}

describe('findEdits', () => {
  it.each([
    ['exact', 'a\nb\nc\n', 'b\n', 'B\n', 'a\nB\nc\n'],
    ['exact', 'a\r\nb\r\nc\r\n', 'b', 'x\ny', 'a\r\nx\r\ny\r\nc\r\n'],
    ['line-endings', 'a\r\nb\r\nc\r\n', 'a\nb\n', 'x\ny\n', 'x\r\ny\r\nc\r\n'],
    ['line-endings', 'a\nb\nc\n', 'a\r\nb', 'x\r\ny', 'x\ny\nc\n'],
    ['trailing-blanks', 'a  \nb\t\nc', 'a\nb', 'x', 'x\nc'],
    ['trailing-blanks', 'one\ntwo \n', 'one \ntwo', '1\n2', '1\n2\n'],
    [
      'indentation',
      'if x:\n    a()\n      b()\nend\n',
      'a()\n  b()',
      'a()\n  c()',
      'if x:\n    a()\n      c()\nend\n',
    ],
    ['indentation', '\tf(\n\t\t1)\n', '  f(\n  \t1)', '  g(\n  \t2)', '\tg(\n\t\t2)\n'],
    ['punctuation', 'say “hi” – it’s\n', 'say "hi" - it\'s', 'bye', 'bye\n'],
    [
      'anchors',
      'begin {\n  alpha beta gamma delta\n  epsilon zeta eta\n}\n',
      'begin {\n  alpha beta gamma Delta\n  epsilon zeta eta\n}',
      'gone',
      'gone\n',
    ],
  ])('finds a text by %s', (...row) => {
    const [kind, text, oldText, newText, expected] = row;
    expect(edit(text, oldText, newText)).toEqual({ kind, text: expected });
  });

  it.each([
    ['the shift is not uniform', '  a\n b\n', 'a\nb'],
    [
      'the block between the anchors is another one',
      'begin\n one two three\nend\n',
      'begin\n nothing of it\nend',
    ],
    [
      'two blocks between the same anchors are alike enough',
      'begin\n one two 1\nend\nbegin\n one two 2\nend\n',
      'begin\n one two 3\nend',
    ],
    ['only the anchors are there', 'begin\nend\n', 'begin\nend of it'],
  ])('finds nothing when %s', (_reason, text, oldText) => {
    expect(edit(text, oldText, 'x')).toBeUndefined();
  });

  it('changes nothing outside the matched range, however it matched', () => {
    const line = fc.constantFrom('a', '  b', '\tc ', 'd “e”', '', 'x y z', 'x - y', '}');
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(line, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('\n', '\r\n'),
        (lines, wanted, feed) => {
          const text = lines.join(feed);
          const found = findEdits(text, { oldText: wanted.join('\n'), newText: 'NEW' });
          if (found === undefined) return fc.pre(false);
          let from = 0;
          for (const match of found.matches) {
            expect(match.start).toBeGreaterThanOrEqual(from);
            expect(match.end).toBeGreaterThanOrEqual(match.start);
            from = match.end;
          }
          expect(from).toBeLessThanOrEqual(text.length);
          const first = found.matches[0];
          if (first === undefined) expect.fail('found, but no match');
          const one = applyEdits(text, [first]);
          expect(one.startsWith(text.slice(0, first.start))).toBe(true);
          expect(one.endsWith(text.slice(first.end))).toBe(true);
          expect(one).toBe(text.slice(0, first.start) + first.replacement + text.slice(first.end));
        },
      ),
    );
  });

  it('takes the exact way whenever the text is there exactly', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ minLength: 1 }),
        fc.string(),
        (before, wanted, after) => {
          expect(findEdits(before + wanted + after, { oldText: wanted, newText: 'x' })?.kind).toBe(
            'exact',
          );
        },
      ),
    );
  });
});
