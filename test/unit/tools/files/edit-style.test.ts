import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carrySpelling, wordsOf } from '../../../../src/tools/files/edit-style.js';

const words = fc.array(fc.constantFrom('let', ' ', 'x', '=', '1', '\n'), { maxLength: 30 });

describe('carrySpelling', () => {
  it('changes only what the model changed', () => {
    const file = ['say', ' ', '“', 'hi', '”'];
    const text = carrySpelling({
      old: ['say', ' ', '"', 'hi', '"'],
      new: ['say', ' ', '"', 'hello', '"'],
      spelling: (index) => file[index] ?? '',
    });
    expect(text).toBe('say “hello”');
  });

  it('keeps the spelling of both sides of what was put between', () => {
    const file = ['A', 'B', 'C'];
    const text = carrySpelling({
      old: ['a', 'b', 'c'],
      new: ['a', 'x', 'b', 'y', 'c'],
      spelling: (index) => file[index] ?? '',
      fresh: (piece) => `<${piece}>`,
    });
    expect(text).toBe('A<x>B<y>C');
  });

  it('is the new text where the file spells every piece as the model does', () => {
    fc.assert(
      fc.property(words, words, (old, wanted) => {
        const text = carrySpelling({ old, new: wanted, spelling: (index) => old[index] ?? '?' });
        expect(text).toBe(wanted.join(''));
      }),
    );
  });

  it('is the file where nothing was changed, however it is spelled', () => {
    fc.assert(
      fc.property(words, (old) => {
        const spelling = (index: number): string => `${index}:${old[index]}`;
        expect(carrySpelling({ old, new: old, spelling, fresh: () => 'fresh' })).toBe(
          old.map((_, index) => spelling(index)).join(''),
        );
      }),
    );
  });

  it('takes a text that has little in common as new, without comparing at length', () => {
    const old = Array.from({ length: 3000 }, (_, index) => `old${index}`);
    const wanted = Array.from({ length: 3000 }, (_, index) => `new${index}`);
    const begun = performance.now();
    expect(carrySpelling({ old, new: wanted, spelling: () => '' })).toBe(wanted.join(''));
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe('wordsOf', () => {
  it('keeps a letter and its mark together, and a Windows line end', () => {
    expect(wordsOf('cafe\u0301_1+\r\n')).toEqual(['cafe\u0301_1', '+', '\r\n']);
  });

  it('gives pieces that are the text together', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(wordsOf(text).join('')).toBe(text);
      }),
    );
  });
});
