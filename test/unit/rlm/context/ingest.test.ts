import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES } from '../../../../src/rlm/context/block-writer.js';
import { storedInput } from '../../../support/rlm-bench.js';

const whole = (found: Awaited<ReturnType<typeof storedInput>>): string =>
  Buffer.concat(
    found.manifest.blocks.map(({ ref }) => found.blobs.content.get(ref.digest) ?? Buffer.alloc(0)),
  ).toString();

describe('an input', () => {
  it('is stored as it is; several files stand between lines that name them', async () => {
    const one = await storedInput({ 'a.txt': 'no end' });
    expect([whole(one), one.manifest.lines]).toEqual(['no end', 1]);
    const two = await storedInput({ 'a.txt': 'no end', 'b\n.txt': 'end\n' });
    expect(whole(two)).toBe(
      '=== FILE: a.txt ===\nno end\n=== END FILE ===\n=== FILE: b .txt ===\nend\n=== END FILE ===\n',
    );
    expect(two.manifest.sources.map(({ firstLine, bytes }) => [firstLine, bytes])).toEqual([
      [2, 6],
      [5, 4],
    ]);
  });

  it('is text: what is no UTF-8 is replaced and counted, a mark of order goes, zero bytes are refused', async () => {
    const odd = await storedInput(Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62, 0xc3]));
    expect([whole(odd), odd.manifest.replaced, odd.manifest.bytes]).toEqual([
      'a\u{FFFD}b\u{FFFD}',
      2,
      8,
    ]);
    await expect(storedInput(Buffer.from([0x61, 0]))).rejects.toMatchObject({
      code: 'ERR_RLM_INPUT',
    });
    await expect(storedInput('')).rejects.toMatchObject({
      code: 'ERR_RLM_INPUT',
      message: 'the input is empty',
    });
  });

  it('is cut into blocks at line ends, and inside of a line that is longer', async () => {
    const lines = await storedInput('x'.repeat(999).concat('\n').repeat(10_000));
    expect(lines.manifest.blocks.length).toBe(3);
    expect(
      lines.manifest.blocks.every(({ ref }) => ref.bytes % 1000 === 0 && ref.bytes <= BLOCK_BYTES),
    ).toBe(true);
    const long = await storedInput('é'.repeat(BLOCK_BYTES));
    expect(long.manifest.blocks.map(({ ref, lineEnds }) => [ref.bytes, lineEnds])).toEqual([
      [BLOCK_BYTES, 0],
      [BLOCK_BYTES, 0],
    ]);
    expect(long.manifest.lines).toBe(1);
  });

  it('has every byte in exactly one block, and every line counted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 40 })), async (lines) => {
        const text = Buffer.from(lines.join('\n').replaceAll('\0', '')).toString();
        fc.pre(text !== '' && !text.startsWith('\u{FEFF}'));
        const found = await storedInput(text);
        expect(whole(found)).toBe(text);
        expect(found.manifest.lines).toBe(text.split('\n').length - (text.endsWith('\n') ? 1 : 0));
      }),
    );
  });
});

describe('the type of an input', () => {
  const typeOf = async (files: Record<string, string>): Promise<unknown[]> => {
    const { manifest } = await storedInput(files);
    return [manifest.type, manifest.format];
  };

  it.each([
    [
      'logs',
      { a: '2026-01-01T00:00:00Z INFO x\n2026-01-01T00:00:01Z ERROR y\n  at z\n' },
      undefined,
    ],
    ['logs', { 'a.log': 'x' }, undefined],
    ['conversation', { a: 'User: hi\nAssistant: hello\nUser: bye\n' }, undefined],
    ['code', { a: 'import x from "y";\n\nexport function f() {\n  return 1;\n}\n' }, undefined],
    ['code', { 'a.go': 'x' }, undefined],
    ['documents', { a: '# One\n\ntext\n\n## Two\n\ntext\n' }, undefined],
    ['records', { a: '{"a":1}\n{"a":2}\n' }, 'jsonl'],
    ['records', { a: 'id,name,age\n1,x,2\n2,y,3\n' }, 'csv'],
    ['records', { 'a.json': '[1]' }, 'json'],
    ['mixed', { a: 'nothing in particular\nhere\n' }, undefined],
  ])('%s is found', async (type, files, format) => {
    expect(await typeOf(files as unknown as Record<string, string>)).toEqual([type, format]);
  });

  it('is that of most bytes, and can be told; functions of code are found', async () => {
    expect(await typeOf({ 'a.md': 'x', 'b.py': 'y = 1\n'.repeat(50) })).toEqual([
      'code',
      undefined,
    ]);
    const { manifest } = await storedInput({
      'b.py': 'x = 1\n\ndef first():\n    return 1\n\ndef second():\n    return 2\n',
    });
    expect(manifest.symbols?.map(({ name }) => name)).toEqual(['first', 'second']);
    expect((await storedInput('x', 'logs')).manifest.type).toBe('logs');
  });
});
