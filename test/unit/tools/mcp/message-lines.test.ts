import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { depthOf } from '../../../../src/domain/text/json-depth.js';
import { MessageLines, type MessageLimits } from '../../../../src/tools/mcp/message-lines.js';

const LIMITS: MessageLimits = { lineBytes: 100, bytes: 1000, messages: 5, junk: 3 };

function reader(limits?: MessageLimits) {
  const messages: object[] = [];
  const overruns: string[] = [];
  const lines = new MessageLines(
    { message: (value) => messages.push(value), overrun: (what) => overruns.push(what) },
    limits,
  );
  const push = (text: string): void => lines.push(Buffer.from(text));
  return { lines, messages, overruns, push };
}

describe('lines of a server', () => {
  it('give the same messages however they are cut into pieces', () => {
    const message = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()));
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (values, sizes) => {
          const { lines, messages, overruns } = reader();
          let rest: Uint8Array = Buffer.from(
            values.map((value) => `${JSON.stringify(value)}\r\n`).join(''),
          );
          while (rest.length > 0) {
            const size = Number(sizes.next().value);
            lines.push(rest.subarray(0, size));
            rest = rest.subarray(size);
          }
          expect(messages).toEqual(values);
          expect(overruns).toEqual([]);
        },
      ),
    );
  });

  it('that are no JSON objects are passed over, the first is remembered', () => {
    const { lines, messages, push } = reader();
    push('Listening\n[1]\n"x"\nnull\n{"half": \n\n   \n{"a":1}\n');
    expect(messages).toEqual([{ a: 1 }]);
    expect(lines.firstJunk).toBe('Listening');
  });

  it.each([
    ['a line without an end', 'x'.repeat(101), /line of more than/],
    [
      'more bytes than it may',
      'y\n'.repeat(2) + `${'{}\n'.repeat(4)}${' \n'.repeat(600)}`,
      /sent more than/,
    ],
    ['more messages than it may', '{}\n'.repeat(6), /more than 5 messages/],
    ['more text than it may', 'z\n'.repeat(4), /text where messages belong/],
    ['a deep message', `${'{"a":'.repeat(70)}1${'}'.repeat(70)}\n`, /nested deeper than 64/],
  ])('end with %s, once', (_, text, expected) => {
    const isDeep = text.startsWith('{"a"');
    const { messages, overruns, push } = reader(isDeep ? undefined : LIMITS);
    push(text);
    const seen = messages.length;
    push('{"after":1}\n');
    expect(messages).toHaveLength(seen);
    expect(overruns).toEqual([expect.stringMatching(expected)]);
  });

  it('that come in single bytes keep no object for each byte', () => {
    const join = vi.spyOn(Buffer, 'concat');
    onTestFinished(() => join.mockRestore());
    const { lines, messages, overruns } = reader();
    const long = { text: 'x'.repeat(50_000) };
    for (const byte of Buffer.from(`${JSON.stringify(long)}\n`)) lines.push(Buffer.from([byte]));
    expect([messages, overruns]).toEqual([[long], []]);
    expect(Math.max(...join.mock.calls.map(([parts]) => parts.length))).toBeLessThan(1100);
  });

  it('count anew with each request', () => {
    const { lines, overruns, push, messages } = reader(LIMITS);
    for (let at = 0; at < 4; at += 1) {
      push('{}\n'.repeat(5));
      lines.renew();
    }
    expect([messages.length, overruns]).toEqual([20, []]);
    lines.count(1001);
    expect(overruns).toEqual([expect.stringMatching(/^sent more than/)]);
  });
});

describe('the depth of a JSON text', () => {
  it('is that of its brackets outside of strings', () => {
    expect([
      depthOf('1'),
      depthOf('{}'),
      depthOf('[[]]'),
      depthOf('{"[[[":"\\"]"}'),
      depthOf('['),
    ]).toEqual([0, 1, 2, 1, 1]);
  });
});
