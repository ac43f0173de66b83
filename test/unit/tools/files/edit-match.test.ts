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

/** How the text is stored, what the model remembers, what it wants, and what must stand there then. */
const READS_ALIKE: [string, string, string, string, string][] = [
  [
    'decomposed letters',
    'Cafe\u0301 au lait\n',
    'Caf\u00e9 au lait',
    'Caf\u00e9 noir',
    'Cafe\u0301 noir\n',
  ],
  [
    'composed letters',
    'Caf\u00e9 au lait\n',
    'Cafe\u0301 au lait',
    'Cafe\u0301 noir',
    'Caf\u00e9 noir\n',
  ],
  ['several marks', 'Vie\u0323\u0302t Nam\n', 'Vi\u1ec7t Nam', 'Vi\u1ec7t', 'Vie\u0323\u0302t\n'],
  [
    'syllables in parts',
    '\u1112\u1161\u11ab\u1100\u1173\u11af 1\n',
    '\ud55c\uae00 1',
    '\ud55c\uae00 2',
    '\u1112\u1161\u11ab\u1100\u1173\u11af 2\n',
  ],
  ['another sign for a letter', 'in \u212b 1\n', 'in \u00c5 1', 'in \u00c5 2', 'in \u212b 2\n'],
  [
    'curly quotes',
    'Do not ask “what repo” each time.\n',
    'Do not ask "what repo" each time.',
    'Do not ask "what repo" each session.',
    'Do not ask “what repo” each session.\n',
  ],
  ['an apostrophe', 'it’s on\n', "it's on", "it's off", 'it’s off\n'],
  [
    'angle quotes',
    '«\u00a0oui\u00a0» ici\n',
    '" oui " ici',
    '" oui " là',
    '«\u00a0oui\u00a0» là\n',
  ],
  [
    'a no-break blank',
    'two\u00a0words here\n',
    'two words here',
    'two words there',
    'two\u00a0words there\n',
  ],
  ['long dashes', 'a — b – c\n', 'a - b - c', 'a - b - d', 'a — b – d\n'],
  ['an ellipsis', 'wait… now\n', 'wait... now', 'wait... then', 'wait… then\n'],
  ['Windows line ends', '“a”\r\nb\r\n', '"a"\nb\n', '"a"\nnew\nb2\n', '“a”\r\nnew\r\nb2\r\n'],
  ['several lines', '“a”\n“b”\n“c”\n', '"a"\n"b"\n"c"', '"a"\n"B"\n"c"', '“a”\n“B”\n“c”\n'],
  ['new quotes', '“a” b\n', '"a" b', '"a" "b"', '“a” "b"\n'],
  ['quotes that the model changes', '“a” b\n', '"a" b', "'a' b", "'a' b\n"],
];

describe('findEdits', () => {
  it('makes no more new texts than could be used', () => {
    const newText = 'n'.repeat(1024 * 1024);
    const places = (text: string, oldText: string) =>
      findEdits(text, { oldText, newText })?.matches.length;
    expect(places('\u201ca\u201d\n'.repeat(200), '"a"')).toBe(33);
    expect(places('a  \nb\n'.repeat(200), 'a\nb\n')).toBe(33);
    expect(places('a'.repeat(200_000), 'a')).toBe(100_001);
  });

  it.each(READS_ALIKE)('keeps %s that the model did not change', (...row) => {
    const [, text, oldText, newText, expected] = row;
    expect(edit(text, oldText, newText)).toEqual({ kind: 'punctuation', text: expected });
  });

  it('takes the exact place although another reads alike', () => {
    expect(edit('“a”\n"a"\n', '"a"', 'b')).toEqual({ kind: 'exact', text: '“a”\nb\n' });
  });

  it('finds every place that reads alike, so that an ambiguous edit stays one', () => {
    const found = findEdits('“a”\n„a‟\n', { oldText: '"a"', newText: 'b' });
    expect(found?.matches.map(({ start }) => start)).toEqual([0, 4]);
  });

  it('cuts no character in two', () => {
    expect(edit('wait…\n', 'wait.', 'x')).toBeUndefined();
    expect(edit('Cafe\u0301\n', 'caf\u00e9', 'x')).toBeUndefined();
  });

  it('changes nothing but the change, whatever is stored in whatever form', () => {
    const spelled = fc.constantFrom(
      'e\u0301',
      '\u00e9',
      '“',
      '"',
      '’',
      "'",
      ' ',
      '\u00a0',
      '—',
      '-',
      'a',
      '\n',
    );
    const plain = (text: string): string =>
      text
        .normalize('NFC')
        .replaceAll('“', '"')
        .replaceAll('’', "'")
        .replaceAll('\u00a0', ' ')
        .replaceAll('—', '-');
    fc.assert(
      fc.property(
        fc.array(spelled),
        fc.array(spelled, { minLength: 1 }),
        fc.array(spelled),
        (before, middle, after) => {
          const stored = `X${before.join('')}${middle.join('')}${after.join('')}Y`;
          const request = { oldText: plain(stored), newText: `${plain(stored)}!` };
          const found = findEdits(stored, request);
          expect(found === undefined ? undefined : applyEdits(stored, found.matches)).toBe(
            `${stored}!`,
          );
        },
      ),
    );
  });

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
    ['trailing-blanks', 'a  \nb  \nc\n', 'a\nb\nc', 'a\nB\nc', 'a  \nB\nc\n'],
    ['indentation', '    a  \n    b\n', 'a\nb', 'a\nB', '    a  \n    B\n'],
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
