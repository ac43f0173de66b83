import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldedPlaces, foldText } from '../../../../src/tools/files/folded-text.js';
import { wordsOf } from '../../../../src/tools/files/edit-style.js';

const spellings = fc
  .array(
    fc.constantFrom(
      'a',
      'e\u0301',
      '\u00e9',
      '\u2019',
      '\u2026',
      '\r\n',
      '\n',
      '\u1112\u1161\u11ab',
      '\u00a0',
      '\u212b',
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

describe('foldText', () => {
  it.each([
    ['e\u0301', '\u00e9'],
    ['\u201cit\u2019s\u201d', '"it\'s"'],
    ['a\u2014b', 'a-b'],
    ['a\u00a0b\u3000c', 'a b c'],
    ['and so on\u2026\r\n', 'and so on...\n'],
    ['\u1112\u1161\u11ab', '\ud55c'],
    ['\u212b', '\u00c5'],
  ])('reads %j as %j', (original, plain) => {
    expect(foldText(original).text).toBe(plain);
  });

  it('leaves a text alone that is folded already', () => {
    fc.assert(
      fc.property(spellings, (text) => {
        const once = foldText(text).text;
        expect(foldText(once).text).toBe(once);
      }),
    );
  });

  it('leads every boundary back to a place of the original, in order', () => {
    fc.assert(
      fc.property(spellings, (text) => {
        const folded = foldText(text);
        const places = Array.from(folded.text, (_, at) => folded.origin(at));
        expect(places.toSorted((left, right) => left - right)).toEqual(places);
        expect(folded.origin(folded.text.length)).toBe(text.length);
        // What stands between two boundaries folds to the same on its own: nothing was cut.
        const cuts = [...places.keys(), folded.text.length].filter((at) => folded.isBoundary(at));
        for (const [index, from] of cuts.entries()) {
          const until = cuts[index + 1];
          if (until === undefined) continue;
          const part = text.slice(folded.origin(from), folded.origin(until));
          expect(foldText(part).text).toBe(folded.text.slice(from, until));
        }
      }),
    );
  });

  it('cuts nothing that belongs together', () => {
    const folded = foldText('a\u2026b');
    expect([0, 1, 2, 3, 4].map((at) => folded.isBoundary(at))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(folded.origin(4)).toBe(2);
  });

  it('folds a very long text character by character, so that offsets stay as they are', () => {
    const text = '\u2019'.repeat(600 * 1024);
    const folded = foldText(text);
    expect(folded.text).toBe("'".repeat(600 * 1024));
    expect(folded.origin(599 * 1024)).toBe(599 * 1024);
  });
});

describe('foldedPlaces', () => {
  it('names where each piece begins in the folded form', () => {
    const pieces = ['say', ' ', '\u2026', '\r\n', 'x'];
    const folded = foldText(pieces.join(''));
    expect(foldedPlaces(pieces, folded)).toEqual([0, 3, 4, 7, 8, 9]);
  });

  it('has one place a piece and one for the end, in order, for any text', () => {
    fc.assert(
      fc.property(spellings, (text) => {
        const pieces = wordsOf(text);
        const folded = foldText(text);
        const places = foldedPlaces(pieces, folded);
        expect(places).toHaveLength(pieces.length + 1);
        expect(places.toSorted((left, right) => left - right)).toEqual(places);
        expect(places.at(-1)).toBe(folded.text.length);
      }),
    );
  });
});
