import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NO_TEXT,
  restOfText,
  takeText,
  type AnswerPart,
  type OpenText,
} from '../../../../src/tui/state/answer.js';

/** Parts of a text that comes in pieces. */
function cut(pieces: readonly string[]): AnswerPart[] {
  let open: OpenText = NO_TEXT;
  const parts: AnswerPart[] = [];
  for (const piece of pieces) {
    const step = takeText(open, piece);
    open = step.open;
    parts.push(...step.parts);
  }
  return [...parts, ...restOfText(open)];
}

/** Parts as lines: lines of one block of code may come in several parts. */
const lines = (parts: readonly AnswerPart[]): string[] =>
  parts.flatMap((part) =>
    part.kind === 'markdown'
      ? [`text: ${part.text}`]
      : [
          ...(part.language === undefined ? [] : [`begin ${part.language}`]),
          ...part.lines.map((line) => `code: ${line}`),
        ],
  );

describe('an answer that comes in pieces', () => {
  it('is cut at the end of each paragraph and at each line of code', () => {
    const text = 'First\nline.\n\nSecond.\n```ts\nconst a = 1;\n\nb();\n```\nAfter';
    expect(lines(cut([text]))).toEqual([
      'text: First\nline.',
      'text: Second.',
      'begin ts',
      'code: const a = 1;',
      'code: ',
      'code: b();',
      'text: After',
    ]);
  });

  it('shows a line of code before its block has ended, and keeps only what has not', () => {
    const first = takeText(NO_TEXT, '```\none\ntw');
    expect(lines(first.parts)).toEqual(['begin ', 'code: one']);
    expect(first.open).toEqual({ rest: 'tw', fence: '```' });
    const second = takeText(first.open, 'o\n```\nafter');
    expect(lines(second.parts)).toEqual(['code: two']);
    expect(second.open).toEqual({ rest: 'after', fence: null });
  });

  it('ends code only at a mark of its own kind that is as long', () => {
    expect(lines(cut(['~~~~\n~~~\n```\n~~~~ x\n~~~~~\nafter']))).toEqual([
      'begin ',
      'code: ~~~',
      'code: ```',
      'code: ~~~~ x',
      'text: after',
    ]);
  });

  it('lets no paragraph wait for more than twelve lines, and no line without an end grow', () => {
    const { open, parts } = takeText(NO_TEXT, 'line\n'.repeat(30));
    expect(parts.length).toBe(2);
    expect(open.rest.split('\n').length).toBeLessThanOrEqual(13);
    const endless = takeText(NO_TEXT, 'x'.repeat(100_000));
    expect(endless.open.rest.length).toBeLessThan(30_000);
  });

  it('gives nothing for blanks alone', () => {
    expect(cut(['', '\n\n \n', '  '])).toEqual([]);
  });

  it('comes out the same however it is cut', () => {
    const line = fc.constantFrom(
      '',
      'text',
      '# head',
      '```',
      '```js',
      '~~~',
      '- item',
      '  ',
      '| a |',
    );
    const text = fc.array(line, { maxLength: 30 }).map((all) => all.join('\n'));
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 10 }), (whole, cuts) => {
        const places = [0, ...cuts.filter((place) => place < whole.length), whole.length];
        const sorted = places.toSorted((a, b) => a - b);
        const pieces = sorted.slice(1).map((end, index) => whole.slice(sorted[index], end));
        expect(lines(cut(pieces))).toEqual(lines(cut([whole])));
      }),
    );
  });
});
