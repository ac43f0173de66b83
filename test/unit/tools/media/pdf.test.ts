import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { readPdf, type PdfOrder } from '../../../../src/tools/media/pdf.js';
import { makePdf } from '../../../support/pdf.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const PROGRAM = fileURLToPath(
  new URL('../../../../dist/tools/media/pdf-program/main.js', import.meta.url),
);

const read = (bytes: Uint8Array, order: Partial<PdfOrder> = {}) =>
  readPdf(
    bytes,
    { first: 1, count: 4, isShown: false, ...order },
    { program: PROGRAM, signal: new AbortController().signal },
  );

/** A program that stands in for the one that reads. */
async function standIn(code: string, limits: { timeoutMs?: number; maxMemoryBytes?: number } = {}) {
  const program = join(await temporaryFolder(), 'stand-in.mjs');
  await writeFile(program, code);
  const order = { first: 1, count: 1, isShown: true };
  return readPdf(makePdf(['a']), order, {
    program,
    signal: new AbortController().signal,
    ...limits,
  });
}

describe('readPdf', () => {
  it('gives the text of the pages that are asked for, and says how many there are', async () => {
    const bytes = makePdf(['one', 'two', '', 'four', 'five']);
    expect(await read(bytes, { first: 2, count: 3 })).toEqual({
      isRead: true,
      total: 5,
      pages: [
        { number: 2, text: 'two', png: null },
        { number: 3, text: '', png: null },
        { number: 4, text: 'four', png: null },
      ],
    });
    expect(await read(bytes, { first: 5 })).toMatchObject({ pages: [{ number: 5 }] });
    expect(await read(bytes, { first: 6 })).toEqual({ isRead: true, total: 5, pages: [] });
  });

  it.each([
    [
      [612, 792],
      [1211, 1568],
    ],
    [
      [200, 100],
      [400, 200],
    ],
    [
      [1568, 2],
      [1568, 2],
    ],
  ] as const)(
    'draws a page of %j points as a picture of at most 1568 pixels',
    async (size, pixels) => {
      const answer = await read(makePdf([''], size), { isShown: true });
      const [page] = answer.isRead ? answer.pages : [];
      const { width, height, channels } = decode(Buffer.from(page?.png ?? '', 'base64'));
      expect([[width, height], channels]).toEqual([[...pixels], 3]);
    },
  );

  it('draws nothing where a page has no room for a pixel', async () => {
    const answer = await read(makePdf(['wide'], [20_000, 10]), { isShown: true });
    expect(answer).toMatchObject({ pages: [{ text: 'wide', png: null }] });
  });

  it.each([
    ['cut', makePdf(['a']).subarray(0, 60)],
    ['no PDF at all', Buffer.from('%PDF-1.4 \0rubbish')],
    ['empty', Buffer.alloc(0)],
  ])('says of a document that is %s that it is damaged', async (_name, bytes) => {
    expect(await read(bytes, { isShown: true })).toMatchObject({
      isRead: false,
      reason: expect.stringContaining('damaged'),
    });
  });

  it('ends a reader that does not end, or needs too much memory', async () => {
    expect(await standIn('setInterval(() => undefined, 1000);', { timeoutMs: 300 })).toEqual({
      isRead: false,
      reason: 'its pages cannot be read in time',
    });
    const hungry = 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1));';
    expect(await standIn(hungry, { maxMemoryBytes: 200 * 2 ** 20 })).toEqual({
      isRead: false,
      reason: 'it needs too much memory',
    });
  });

  it('keeps what a reader said before it ended, and nothing that is no page', async () => {
    const page = JSON.stringify({ number: 1, text: 'a', png: null });
    const code = `console.log('{"total":2}\\n${page}\\n{"number":"x"}\\nrubbish'); process.exit(3);`;
    expect(await standIn(code)).toEqual({
      isRead: true,
      total: 2,
      pages: [{ number: 1, text: 'a', png: null }],
    });
  });

  it('ends with the call', async () => {
    const control = new AbortController();
    control.abort(new Error('cancelled'));
    const order = { first: 1, count: 1, isShown: false };
    await expect(
      readPdf(makePdf(['a']), order, { program: PROGRAM, signal: control.signal }),
    ).rejects.toThrow('cancelled');
  });
});
