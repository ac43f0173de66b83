import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutIntoChunks } from '../../../../src/rlm/context/chunks.js';
import { storedInput } from '../../../support/rlm-bench.js';

describe('reading an input', () => {
  it('gives bytes and lines as they stand, whole characters only', async () => {
    const { reader } = await storedInput('aé\nüb\nc');
    expect([
      reader.slice(0, 2),
      reader.slice(1, 3),
      reader.slice(2, 4),
      reader.slice(-2),
      reader.slice(5, 2),
    ]).toEqual(['a', 'é', '\n', '\nc', '']);
    expect([reader.lines(2, 3), reader.lines(0, 1), reader.lines(9, 12)]).toEqual([
      ['üb', 'c'],
      ['aé'],
      [],
    ]);
    expect([
      reader.startOfLine(1),
      reader.startOfLine(2),
      reader.startOfLine(3),
      reader.startOfLine(4),
    ]).toEqual([0, 4, 8, 9]);
    expect([reader.lineOf(0), reader.lineOf(3), reader.lineOf(4), reader.lineOf(8)]).toEqual([
      1, 1, 2, 3,
    ]);
  });

  it('finds lines by text and by pattern, counts them all and gives the first', async () => {
    const { reader } = await storedInput('one\ntwo one\none one\nnothing\nONE');
    const first = reader.search('one', { limit: 2 });
    expect(first).toEqual({
      total: 3,
      lines: [
        { line: 1, text: 'one' },
        { line: 2, text: 'two one' },
      ],
    });
    expect(reader.search('^one$', { limit: 9, flags: 'i' }).lines.map(({ line }) => line)).toEqual([
      1, 5,
    ]);
    expect(reader.search('one\\s', { limit: 9 }).lines.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(() => reader.search('(', { limit: 1 })).toThrow(SyntaxError);
  });

  it('finds a text also over the end of a block', async () => {
    const { reader, manifest } = await storedInput(
      'x'.repeat(4 * 1024 * 1024 - 2).concat('needle and more\n'),
    );
    expect(manifest.blocks.length).toBe(2);
    expect(reader.find('needle')).toBe(4 * 1024 * 1024 - 2);
    expect(reader.find('missing')).toBe(undefined);
    expect(reader.slice(4 * 1024 * 1024 - 2, 4 * 1024 * 1024 + 4)).toBe('needle');
  });

  it('finds where a line begins that is longer than blocks, and cuts nothing out of it', async () => {
    const long = 'é'.repeat(5 * 1024 * 1024);
    const { reader, manifest } = await storedInput(`head\n${long}\ntail\n`);
    expect(manifest.blocks.length).toBeGreaterThan(2);
    expect([reader.startOfLine(2), reader.startOfLine(3)]).toEqual([5, 5 + 10 * 1024 * 1024 + 1]);
    const pieces = cutIntoChunks(reader, { bytes: 3_000_000, overlap: 1000 });
    expect(pieces.every(({ start }, index) => start <= (pieces[index - 1]?.end ?? 0))).toBe(true);
    expect(pieces.at(-1)?.end).toBe(manifest.bytes);
  });

  it('says the same as the text itself, for any text', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b', 'é', ' ', '😀'), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1 }),
        fc.nat(),
        fc.nat(),
        async (lines, from, length) => {
          const text = lines.join('\n');
          fc.pre(text !== '');
          const { reader } = await storedInput(text);
          const bytes = Buffer.from(text);
          const start = from % (bytes.length + 1);
          const cut = reader.slice(start, start + length);
          expect(bytes.toString().includes(cut)).toBe(true);
          expect(cut).not.toContain('\u{FFFD}');
          const matching = lines.flatMap((content, index) =>
            content.includes('ab') ? [index + 1] : [],
          );
          expect(reader.search('ab', { limit: 1000 }).lines.map(({ line: at }) => at)).toEqual(
            matching,
          );
          expect(reader.search('a[b]', { limit: 1000 }).lines.map(({ line: at }) => at)).toEqual(
            matching,
          );
          expect([...reader.eachLine()].map(({ text: content }) => content)).toEqual(
            text.endsWith('\n') ? lines.slice(0, -1) : lines,
          );
        },
      ),
    );
  });
});
