import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventReader,
  readEvents,
  type StreamEvent,
} from '../../../../src/platform/network/event-stream.js';

const LIMITS = { maxCharacters: 2000, tooLong: () => new RangeError('too long') };

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

async function read(text: string, sizes: readonly number[] = []): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of readEvents(pieces(Buffer.from(text), sizes), LIMITS))
    events.push(event);
  return events;
}

const event = (data: string, name = 'message', id?: string): StreamEvent => ({ id, name, data });

describe('events of a stream', () => {
  it('have a name, a number and data of several lines', async () => {
    expect(await read('event: offer\nid: e1.7\ndata: {"a":\ndata: 1}\n\n')).toEqual([
      event('{"a":\n1}', 'offer', 'e1.7'),
    ]);
  });

  it.each(['\n', '\r\n', '\r'])('end their lines by %j', async (end) => {
    // whether a CR at the end of what came is followed by a LF is known when more comes
    const text = ['event: a', 'data: 1', '', ': a comment', 'data:2', '', ':', ''].join(end);
    expect(await read(text)).toEqual([event('1', 'a'), event('2')]);
  });

  it('are none without data, and none that are cut off', async () => {
    expect(await read('event: a\n\nid: 3\n\ndata: whole\n\ndata: cut')).toEqual([event('whole')]);
  });

  it('keep a colon in their data, take one blank away, and ignore unknown fields', async () => {
    expect(await read('data:  a: b\nretry: 5\nfoo\n\n')).toEqual([event(' a: b')]);
  });

  it('take no number with a NUL', async () => {
    expect(await read('id: a\0b\ndata: x\n\n')).toEqual([event('x')]);
  });

  it('are the same however the bytes come in pieces', async () => {
    const line = fc.oneof(
      fc.constantFrom('', 'data: é漢🙂', 'event: offer', 'id: e.1', ': note', 'data'),
      fc.string({ maxLength: 20 }).map((text) => `data: ${text.replaceAll(/[\r\n]/g, '')}`),
    );
    const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.array(fc.nat({ max: 5 }), { maxLength: 200 }),
        async (parts, sizes) => {
          const text = parts.flat().join('');
          expect(await read(text, sizes)).toEqual(await read(text));
        },
      ),
    );
  });

  it.each([
    ['an event in one piece', `data: ${'x'.repeat(2001)}\n\n`, []],
    ['a line without an end', 'y'.repeat(2500), [100, 100]],
    ['an event of many lines', `${`data: ${'x'.repeat(500)}\n`.repeat(5)}\n`, [505, 505, 505]],
  ])('end the stream when %s is too long', async (_, text, sizes) => {
    await expect(read(text, sizes)).rejects.toThrow(RangeError);
  });

  it('are not read any more behind one that was too long', () => {
    const events: StreamEvent[] = [];
    const take = eventReader(LIMITS, (one) => events.push(one));
    take(Buffer.from('data: 1\n\n'));
    expect(() => take(Buffer.from('x'.repeat(3000)))).toThrow(RangeError);
    expect(() => take(Buffer.from('\n\ndata: 2\n\n'))).toThrow(RangeError);
    expect(events).toEqual([event('1')]);
  });

  it('tell of every piece, also of comments', async () => {
    let count = 0;
    const stream = pieces(Buffer.from(': beat\n\n'), [3, 2]);
    for await (const each of readEvents(stream, LIMITS, () => void (count += 1)))
      expect(each).toBeUndefined();
    expect(count).toBe(3);
  });
});
