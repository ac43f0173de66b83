import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits, editsByFile } from '../../../../src/tools/lsp/text-edits.js';
import {
  lineStarts,
  linesOf,
  offsetsOf,
  placeIn,
} from '../../../../src/tools/lsp/text-position.js';

const at = (line: number, character: number) => ({ line, character });
const edit = (from: readonly [number, number], to: readonly [number, number], newText: string) => ({
  range: { start: at(...from), end: at(...to) },
  newText,
});

describe('edits of a server', () => {
  it('are made as if at once, whatever their order', () => {
    const text = 'one two\r\nthree\n';
    const edits = [edit([1, 0], [1, 5], '3'), edit([0, 0], [0, 3], '1'), edit([0, 4], [0, 7], '2')];
    expect(applyEdits(text, edits)).toBe('1 2\r\n3\n');
    expect(applyEdits(text, edits.toReversed())).toBe('1 2\r\n3\n');
  });

  it('keep the order of insertions at one place, and take a column behind a line for its end', () => {
    expect(applyEdits('ab\ncd', [edit([0, 2], [0, 2], '1'), edit([0, 2], [0, 2], '2')])).toBe(
      'ab12\ncd',
    );
    expect(applyEdits('ab\ncd', [edit([0, 99], [0, 99], '!')])).toBe('ab!\ncd');
  });

  it('are refused when they overlap or lie outside', () => {
    expect(
      applyEdits('abcdef', [edit([0, 0], [0, 3], ''), edit([0, 2], [0, 4], '')]),
    ).toBeUndefined();
    expect(applyEdits('abc', [edit([1, 0], [1, 0], 'x')])).toBeUndefined();
    expect(applyEdits('abc', [edit([0, 2], [0, 1], 'x')])).toBeUndefined();
  });

  it('give back the text when each replaces a part by itself', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' '), maxLength: 8 }), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.constantFrom('\n', '\r\n', '\r'),
        (lines, end) => {
          const text = lines.join(end);
          const whole = lines.map((line, row) => edit([row, 0], [row, line.length], line));
          expect(applyEdits(text, whole)).toBe(text);
        },
      ),
    );
  });

  it('are gathered file by file, in either form of the protocol', () => {
    const one = edit([0, 0], [0, 1], 'x');
    expect(editsByFile({ changes: { 'file:///a': [one], 'file:///b': [] } })).toEqual([
      { uri: 'file:///a', version: undefined, edits: [one] },
    ]);
    const document = { uri: 'file:///a', version: 3 };
    expect(
      editsByFile({
        documentChanges: [
          { textDocument: document, edits: [one] },
          { textDocument: document, edits: [one] },
        ],
      }),
    ).toEqual([{ uri: 'file:///a', version: 3, edits: [one, one] }]);
  });
});

describe('places in a text', () => {
  const text = 'let apple = pineapple;\nlet x = 1;\n';

  it('are found by column, and by a name that stands alone before one inside another', () => {
    expect(placeIn('a', text, { line: 1, column: 5 })).toEqual(at(0, 4));
    expect(placeIn('a', text, { line: 1, symbol: 'apple' })).toEqual(at(0, 4));
    expect(placeIn('a', text, { line: 1, symbol: 'neap' })).toEqual(at(0, 14));
    expect(placeIn('a', 'f(f(f(1)))', { line: 1, symbol: 'f', column: 4 })).toEqual(at(0, 2));
  });

  it('are explained when there is none', () => {
    expect(placeIn('a', text, { line: 9, column: 1 })).toBe(
      'a: has 3 lines; line 9 is behind its end.',
    );
    expect(placeIn('a', text, { line: 2, symbol: 'plum' })).toBe(
      'a:2 does not hold "plum": let x = 1;',
    );
    expect(placeIn('a', text, { line: 2, column: 50 })).toContain('column 50 is behind its end');
    expect(placeIn('a', text, { line: 2 })).toContain('Give column');
  });

  it('count lines as the protocol does', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'é', '\n', '\r', '\r\n')), (parts) => {
        const joined = parts.join('');
        expect(lineStarts(joined)).toHaveLength(linesOf(joined).length);
      }),
    );
    expect(offsetsOf(lineStarts('a\nbc'), 'a\nbc', { start: at(1, 1), end: at(1, 2) })).toEqual([
      3, 4,
    ]);
    expect(offsetsOf(lineStarts('a'), 'a', { start: at(0, 1), end: at(0, 0) })).toBeUndefined();
  });
});
