import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutIntoChunks } from '../../../../src/rlm/context/chunks.js';
import { logEntries, outlineOf } from '../../../../src/rlm/context/outline.js';
import { storedInput } from '../../../support/rlm-bench.js';

const texts = async (files: Record<string, string>, bytes: number): Promise<string[]> => {
  const { reader } = await storedInput(files);
  return cutIntoChunks(reader, { bytes }).map(({ start, end }) => reader.slice(start, end));
};

describe('pieces', () => {
  it('cover the input once and in order, whatever it holds', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', ' ', '#', '\n'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1 }),
        fc.integer({ min: 64, max: 300 }),
        async (lines, bytes) => {
          const text = lines.join('\n');
          fc.pre(text !== '');
          const { reader } = await storedInput(text);
          const pieces = cutIntoChunks(reader, { bytes });
          expect(pieces.map(({ start, end }) => reader.slice(start, end)).join('')).toBe(text);
          expect(pieces.every(({ start, end }) => end > start && end - start <= bytes)).toBe(true);
        },
      ),
    );
  });

  it('are so many as were asked for', async () => {
    const { reader } = await storedInput('some line of text\n'.repeat(500));
    expect(cutIntoChunks(reader, { bytes: 1, count: 7 }).length).toBe(7);
  });

  it('begin with an entry, a turn, a section, a function', async () => {
    const log = '2026-01-01T00:00:00 ERROR x\n  at a\n  at b\n'.repeat(10);
    for (const piece of await texts({ 'a.log': log }, 150)) expect(piece).toMatch(/^2026/);
    const talk = `User: ${'word '.repeat(8)}\nmore\nAssistant: yes\nwell\n`.repeat(6);
    for (const piece of await texts({ a: talk }, 200)) expect(piece).toMatch(/^(User|Assistant):/);
    const pages = `# Title\n\n${'text '.repeat(20)}\n\n`.repeat(6);
    for (const piece of await texts({ 'a.md': pages }, 250)) expect(piece).toMatch(/^# Title/);
    const code = 'def f():\n    x = 1\n    y = 2\n    return x + y\n\n'
      .replace('f', 'f0')
      .repeat(1)
      .concat(
        ...Array.from(
          { length: 8 },
          (_, index) => `def g${index}():\n    x = 1\n    y = 2\n    return x + y\n\n`,
        ),
      );
    expect(
      (await texts({ 'a.py': code }, 160)).filter((piece) => /^ {4}(x|y|return)/.test(piece))
        .length,
    ).toBeLessThanOrEqual(1);
  });

  it('repeat whole lines of the one before, where they are asked to', async () => {
    const { reader } = await storedInput('0123456789\n'.repeat(40));
    const pieces = cutIntoChunks(reader, { bytes: 110, overlap: 20 });
    expect(pieces[1]?.start).toBeLessThan(pieces[0]?.end ?? 0);
    expect(pieces.at(-1)?.end).toBe(440);
  });
});

describe('what an input is made of', () => {
  it('is its sections, turns, functions or files', async () => {
    const names = async (files: Record<string, string>): Promise<string[]> =>
      outlineOf((await storedInput(files)).reader, 10).map(({ name }) => name);
    expect(await names({ 'a.md': '# One\ntext\n## Two\n' })).toEqual(['# One', '## Two']);
    expect(await names({ a: 'User: hi\nAssistant: hello\n' })).toEqual([
      'User: hi',
      'Assistant: hello',
    ]);
    expect(await names({ 'a.go': 'package a\n\nfunc First() {\n\treturn\n}\n' })).toEqual([
      'First',
    ]);
    expect(await names({ 'a.csv': 'a,b,c\n1,2,3\n' })).toEqual(['a.csv']);
  });

  it('is entries of a log, by level and moment, with the lines that belong to them', async () => {
    const { reader } = await storedInput({
      'a.log':
        '2026-01-01 10:00:00 INFO start\n2026-01-01 10:00:01 ERROR bad\n  at f\n2026-01-01 10:00:02 WARN hm\n2026-01-01 10:00:03 ERROR worse\n',
    });
    const errors = logEntries(reader, { level: 'error', limit: 1 });
    expect([errors.total, errors.entries[0]?.text]).toEqual([
      2,
      '2026-01-01 10:00:01 ERROR bad\n  at f',
    ]);
    expect(
      logEntries(reader, { from: '2026-01-01 10:00:02', limit: 9 }).entries.map(({ line }) => line),
    ).toEqual([4, 5]);
  });
});
