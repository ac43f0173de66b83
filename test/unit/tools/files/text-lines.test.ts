import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonIndentation, lineAt, splitLines } from '../../../../src/tools/files/text-lines.js';
import { countLines } from '../../../../src/tools/files/text-file.js';

const pieces = fc.constantFrom('a', ' ', '\t', '\n', '\r\n', '\r', 'é', '😀', '');
const texts = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''));

describe('splitLines', () => {
  it('knows both kinds of line break', () => {
    expect(splitLines('a\r\n\nb')).toEqual([
      { text: 'a', start: 0, end: 1, next: 3 },
      { text: '', start: 3, end: 3, next: 4 },
      { text: 'b', start: 4, end: 5, next: 5 },
    ]);
    expect(splitLines('')).toEqual([]);
  });

  it('loses no character of any text, and no line holds a break', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const lines = splitLines(text);
        expect(lines.map(({ start, next }) => text.slice(start, next)).join('')).toBe(text);
        for (const line of lines) {
          expect(line.text).toBe(text.slice(line.start, line.end));
          expect(line.text).not.toContain('\n');
          expect(['', '\n', '\r\n']).toContain(text.slice(line.end, line.next));
        }
      }),
    );
  });

  it('counts as many lines as the file tools say there are', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(splitLines(text)).toHaveLength(countLines(text));
      }),
    );
  });
});

describe('lineAt', () => {
  it('gives every character of a line the number of that line', () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const [index, { start, next }] of splitLines(text).entries())
          for (let at = start; at < next; at += 1) expect(lineAt(text, at)).toBe(index + 1);
      }),
    );
  });
});

describe('commonIndentation', () => {
  it.each([
    [['  a', '    b', ''], '  '],
    [['\ta', '  b'], ''],
    [['   ', '\t'], ''],
    [['\t a', '\t  b'], '\t '],
    [[], ''],
  ])('of %j is %j', (lines, expected) => {
    expect(commonIndentation(lines)).toBe(expected);
  });

  it('is at least what was put before every line', () => {
    const indentation = fc.array(fc.constantFrom(' ', '\t'), { maxLength: 6 });
    const lines = fc.array(fc.constantFrom('a', ' b', '\tc', '  d'), { minLength: 1 });
    fc.assert(
      fc.property(indentation, lines, (blanks, plain) => {
        const before = blanks.join('');
        expect(commonIndentation(plain.map((line) => before + line))).toBe(
          before + commonIndentation(plain),
        );
      }),
    );
  });
});
