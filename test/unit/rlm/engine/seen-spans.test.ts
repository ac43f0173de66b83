import { describe, expect, it } from 'vitest';
import { openRepl, runCell } from '../../../support/rlm-bench.js';

const SMALL = Array.from({ length: 40 }, (_, index) =>
  index % 10 === 7 ? `ERROR no ${index}: ünïcode 🎈` : `INFO request ${index}`,
).join('\n');
const LARGE = Array.from(
  { length: 60_000 },
  (_, index) => `${index % 9999 === 7 ? 'ERROR' : 'INFO'} request ${index}`,
).join('\n');

describe('what a cell has seen of its input', () => {
  it.each([
    ['prints of what it searched for', 'print(grep("ERROR", {limit: 2}))'],
    [
      'searched for and kept to itself',
      'const kept = grep("ERROR", {limit: 2}); print(kept.length)',
    ],
    [
      'took out by the language alone',
      'print(context.split("\\n").filter((line) => line.startsWith("ERROR")).slice(0, 2))',
    ],
    ['read by lines', 'print(lines(8, 8)[0]); print(lines(18, 18)[0])'],
  ])('is what it %s, byte for byte', async (_name, code) => {
    const { seen } = runCell(await openRepl({ 'app.log': SMALL }), code);
    expect(seen.map(({ quote, line, source }) => [quote, line, source])).toEqual([
      ['ERROR no 7: ünïcode 🎈', 8, 'app.log'],
      ['ERROR no 17: ünïcode 🎈', 18, 'app.log'],
    ]);
    for (const { quote, start, end } of seen)
      expect(Buffer.from(SMALL).subarray(start, end).toString()).toBe(quote);
  });

  it('of a large input is what came out of it by its functions, and little of it', async () => {
    const vm = await openRepl(LARGE);
    const { seen } = runCell(vm, 'print(grep("INFO")); print(slice(0, 30))');
    expect([seen.length, seen[0]?.line]).toEqual([5, 1]);
    expect(runCell(vm, 'print("INFO request 1")').seen).toEqual([]);
  });

  it('is nothing of what it made up, of short words, or of the cell before', async () => {
    const vm = await openRepl({ 'app.log': SMALL });
    expect(runCell(vm, 'print("ERROR no 8"); print("a"); print(9)').seen).toEqual([]);
    runCell(vm, 'grep("ERROR")');
    expect(runCell(vm, 'print("done")').seen).toEqual([]);
  });

  it.each([
    ['a count', 'print(150)', []],
    ['a part of words', 'print("est")', []],
    ['a part of a line', 'print("quest 1500")', []],
    ['a line that is short', 'print("ok")', []],
    ['a line that is a number', 'print("12345678.90")', []],
    ['a whole line', 'print("request 150")', [['request 150', 151]]],
    ['the first line with its number', 'print("1:request 0")', [['request 0', 1]]],
    [
      'the last line, and one with other line ends',
      'print("the end of it\\nwith return")',
      [
        ['the end of it', 3004],
        ['with return', 3003],
      ],
    ],
  ])(
    'is, of %s that was printed without a search, only what is a whole line',
    async (_name, code, quotes) => {
      const text = `${Array.from({ length: 3000 }, (_, index) => `request ${index}`).join('\n')}\nok\n12345678.90\n  with return\r\nthe end of it`;
      const { seen } = runCell(await openRepl({ 'app.log': text }), code);
      expect(seen.map(({ quote, line }) => [quote, line])).toEqual(quotes);
      for (const { quote, start, end } of seen)
        expect(Buffer.from(text).subarray(start, end).toString()).toBe(quote);
    },
  );

  it('is cut between characters where a line is long', async () => {
    const text = `x${'🎈'.repeat(400)}`;
    const { seen } = runCell(await openRepl({ 'a.txt': `${text}\n` }), 'grep("x")');
    expect(seen.map(({ quote }) => [quote.length, text.startsWith(quote)])).toEqual([[299, true]]);
  });
});
