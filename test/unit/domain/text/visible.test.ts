import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible, visibleJson, visibleLine } from '../../../../src/domain/text/visible.js';

const HOSTILE = /(?![\n\t])\p{Cc}|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Cs}/u;
const any = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '\u001b[2J',
        '\u0007',
        '\u009b',
        '\u202e',
        '\u2066',
        '\u200b',
        'a\n',
        '\ud800',
      ),
    )
    .map((parts) => parts.join('')),
);
const SEED = { seed: 20260104, numRuns: 500 };

describe('visible', () => {
  it.each([
    ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
    ['\u001b[2J\u009b31m', '\\x1b[2J\\x9b31m'],
    ['user\u202Eexe.txt', 'user\\u{202e}exe.txt'],
    ['a\r\nb\tc', 'a\\r\nb\tc'],
    ['zero\u200Bwidth\uFEFF\u2066', 'zero\\u{200b}width\\u{feff}\\u{2066}'],
    ['line\u2028separator\u0085', 'line\\u{2028}separator\\x85'],
    ['\u{E0041} tag, \ud800 half', '\\u{e0041} tag, \\u{d800} half'],
    ['grüße, 日本 🙂', 'grüße, 日本 🙂'],
  ])('writes out what %j would do', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('leaves nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(any, (text) => {
        expect(visible(text)).not.toMatch(HOSTILE);
        expect(visibleLine(text)).not.toMatch(/[\n\t]/);
        expect(visibleLine(text)).not.toMatch(HOSTILE);
      }),
      SEED,
    );
  });

  it('leaves JSON the value that it was', () => {
    fc.assert(
      fc.property(any, (text) => {
        const json = visibleJson(JSON.stringify({ text }));
        expect(json).not.toMatch(HOSTILE);
        expect(JSON.parse(json)).toEqual({ text });
      }),
      SEED,
    );
  });
});
