import { describe, expect, it } from 'vitest';
import { splitLines } from '../../../../src/tools/files/text-lines.js';
import { applyChunks } from '../../../../src/tools/patch/apply-chunks.js';
import { createLineSearch } from '../../../../src/tools/patch/chunk-search.js';
import type { Chunk, ChunkLine } from '../../../../src/tools/patch/patch-operation.js';

/** A chunk of lines with their marks. */
function chunk(lines: readonly string[], changes: Partial<Chunk> = {}): Chunk {
  return {
    line: 1,
    contexts: [],
    lines: lines.map((line) => ({
      kind: line.charAt(0) as ChunkLine['kind'],
      text: line.slice(1),
    })),
    isAtEnd: false,
    ...changes,
  };
}

describe('applyChunks', () => {
  it.each([
    ['a\nb\n', ['-b', '+c'], 'a\nc\n'],
    ['a\nb', ['-b', '+c'], 'a\nc'],
    ['a\r\nb\r\n', ['-b', '+c', '+d'], 'a\r\nc\r\nd\r\n'],
    ['a\n', ['-a'], ''],
    ['', ['+a'], 'a\n'],
    ['a\r\nb\nc', ['+x', ' b'], 'a\r\nx\r\nb\nc'],
  ])('makes of %j with %j %j', (text, lines, expected) => {
    expect(applyChunks(text, [chunk(lines)])).toEqual({
      kind: 'applied',
      text: expected,
      differences: [],
    });
  });

  it('takes any number of blank lines behind the last one for none', () => {
    const lines = ['-x', '+z', ...Array.from({ length: 20_000 }, () => ' ')];
    expect(applyChunks('x\ny\nx\n', [chunk(lines)])).toMatchObject({ text: 'z\ny\nx\n' });
    expect(applyChunks('y\n', [chunk(lines)])).toMatchObject({ kind: 'failed', missing: 'x' });
    for (const [text, expected] of [
      ['x\ny\nx\n', 'x\ny\nz\n'],
      ['x\ny\nx\n\n', 'x\ny\nz\n\n'],
    ] as const)
      expect(applyChunks(text, [chunk(lines, { isAtEnd: true })])).toMatchObject({
        text: expected,
      });
  });

  it('looks at the end first where it is told to', () => {
    const text = 'x\ny\nx\n';
    const first = applyChunks(text, [chunk(['-x', '+z'])]);
    const last = applyChunks(text, [chunk(['-x', '+z'], { isAtEnd: true })]);
    expect([first, last]).toMatchObject([{ text: 'z\ny\nx\n' }, { text: 'x\ny\nz\n' }]);
  });

  it('names the first chunk that has no place', () => {
    const lost = chunk([' a', '-nowhere']);
    expect(applyChunks('a\nb\n', [chunk(['-a', '+A']), lost])).toEqual({
      kind: 'failed',
      chunk: lost,
      place: 1,
      missing: 'a\nnowhere',
      isTooLong: false,
    });
  });
});

describe('createLineSearch', () => {
  it('prefers the strictest way, wherever the place is', () => {
    const search = createLineSearch(splitLines('  a\na \na\n'));
    expect(search.find(['a'], 0)).toEqual({ at: 2, difference: '' });
    expect(search.find(['a'], 3)).toBeUndefined();
    expect(search.isExhausted()).toBe(false);
  });

  it('gives up on what takes too long', () => {
    const search = createLineSearch(splitLines('x\n'.repeat(50_000)));
    const wanted = [...Array.from({ length: 1000 }, () => 'x'), 'y'];
    expect([search.find(wanted, 0), search.isExhausted()]).toEqual([undefined, true]);
  });
});
