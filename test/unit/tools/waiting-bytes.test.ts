import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WaitingBytes } from '../../../src/tools/waiting-bytes.js';

describe('bytes that wait', () => {
  it('come out as they went in, however they are pushed, looked at and taken', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push' as const), part: fc.uint8Array({ maxLength: 20 }) }),
      fc.record({ kind: fc.constant('peek' as const), count: fc.nat({ max: 50 }) }),
      fc.record({ kind: fc.constant('take' as const), count: fc.nat({ max: 50 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const waiting = new WaitingBytes();
        let model: number[] = [];
        for (const each of steps) {
          if (each.kind === 'push') {
            waiting.push(each.part);
            model.push(...each.part);
          } else if (each.kind === 'peek') {
            expect([...waiting.peek(each.count)]).toEqual(model.slice(0, each.count));
          } else {
            const count = Math.min(each.count, model.length);
            expect([...waiting.take(count)]).toEqual(model.slice(0, count));
            model = model.slice(count);
          }
          expect(waiting.length).toBe(model.length);
        }
        expect([...waiting.take(waiting.length)]).toEqual(model);
      }),
    );
  });

  it('are joined a thousand at a time, so that each is copied once and few objects are left', () => {
    const join = vi.spyOn(Buffer, 'concat');
    onTestFinished(() => join.mockRestore());
    const waiting = new WaitingBytes();
    const text = Buffer.from(Array.from({ length: 25_500 }, (_, at) => at % 251));
    for (const byte of text) waiting.push(Uint8Array.of(byte));
    expect(join.mock.calls.map(([parts]) => parts.length)).toEqual(Array(25).fill(1000));
    expect(join.mock.results.map(({ value }) => (value as Buffer).length)).toEqual(
      Array(25).fill(1000),
    );
    join.mockClear();
    expect(waiting.take(text.length).equals(text)).toBe(true);
    expect(join.mock.calls.map(([parts]) => parts.length)).toEqual([525]);
    expect(waiting.length).toBe(0);
  });

  it('hold nothing after they are cleared, and count none that is empty', () => {
    const waiting = new WaitingBytes();
    waiting.push(Uint8Array.of(1, 2));
    waiting.push(new Uint8Array());
    expect(waiting.length).toBe(2);
    waiting.clear();
    expect([waiting.length, waiting.peek(5).length, waiting.take(0).length]).toEqual([0, 0, 0]);
    waiting.push(new Uint8Array([9, 8, 7]).subarray(1));
    expect([...waiting.peek(5)]).toEqual([8, 7]);
  });
});
