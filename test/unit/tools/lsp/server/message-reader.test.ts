import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  BoundedMessageReader,
  READER_LIMITS,
  type ReaderLimits,
} from '../../../../../src/tools/lsp/server/message-reader.js';

const frame = (value: unknown): Buffer => {
  const body = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
};
const message = (id: number, text = '') => ({ jsonrpc: '2.0', id, text });

/** Everything that a reader makes of a stream: its messages, and the words of its end. */
async function readAll(chunks: readonly Buffer[], limits: Partial<ReaderLimits> = {}) {
  const reader = new BoundedMessageReader(Readable.from(chunks), { ...READER_LIMITS, ...limits });
  const messages: unknown[] = [];
  let fault = '';
  reader.onError((error) => {
    fault = error.message;
  });
  const closed = new Promise<void>((resolve) => reader.onClose(() => resolve()));
  reader.listen((value) => messages.push(value));
  await closed;
  return { messages, fault };
}

describe('the reader of messages', () => {
  it('reads the same messages however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        async (texts, cuts) => {
          const wanted = texts.map((text, id) => message(id, text));
          const all = Buffer.concat(wanted.map(frame));
          const chunks: Buffer[] = [];
          for (let from = 0, turn = 0; from < all.length; turn += 1) {
            const size = cuts[turn % cuts.length] ?? 1;
            chunks.push(all.subarray(from, from + size));
            from += size;
          }
          const { messages, fault } = await readAll(chunks);
          expect(fault).toBe('');
          expect(messages).toEqual(JSON.parse(JSON.stringify(wanted)));
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    ['what is no header', 'x'.repeat(5000), 'it writes what is no message'],
    ['a header without a length', 'Content-Type: x\r\n\r\n{}', 'a message does not say its length'],
    ['a negative length', 'Content-Length: -5\r\n\r\n{}', 'a message does not say its length'],
    [
      'a huge length',
      'Content-Length: 99999999999\r\n\r\n{',
      'a message of 99999999999 bytes; at most 16777216 are read',
    ],
    [
      'a length that is too short',
      'Content-Length: 3\r\n\r\n{"jsonrpc":"2.0"}',
      'a message is no JSON',
    ],
    ['a list', 'Content-Length: 2\r\n\r\n[]', 'a message is no JSON-RPC'],
    [
      'nesting without end',
      `Content-Length: 100000\r\n\r\n${'['.repeat(100_000)}`,
      'a message is no JSON',
    ],
  ])('ends at %s', async (_, text, words) => {
    const { messages, fault } = await readAll([
      frame(message(1)),
      Buffer.from(text),
      frame(message(2)),
    ]);
    expect(fault).toBe(words);
    expect(messages).toEqual([message(1)]);
  });

  it('ends when there is no end to the messages', async () => {
    const many = Array.from({ length: 30 }, (_, id) => frame(message(id)));
    expect((await readAll(many, { maxFramesInWindow: 10 })).fault).toBe(
      'it sends messages without end',
    );
    expect((await readAll(many, { maxBytesInWindow: 100 })).fault).toBe(
      'it sends messages without end',
    );
    expect((await readAll(many)).messages).toHaveLength(30);
  });

  it('keeps no object for each byte of a message that comes in single bytes', async () => {
    const join = vi.spyOn(Buffer, 'concat');
    onTestFinished(() => join.mockRestore());
    const long = message(1, 'x'.repeat(50_000));
    const bytes = Array.from(frame(long), (byte) => Buffer.from([byte]));
    join.mockClear();
    const { messages, fault } = await readAll(bytes);
    expect([messages, fault]).toEqual([[long], '']);
    expect(Math.max(...join.mock.calls.map(([parts]) => parts.length))).toBeLessThan(1100);
  });

  it('drops half a message at the end of the stream', async () => {
    const { messages, fault } = await readAll([
      frame(message(1)),
      frame(message(2)).subarray(0, 30),
    ]);
    expect(messages).toEqual([message(1)]);
    expect(fault).toBe('');
  });
});
