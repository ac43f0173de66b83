import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LanePool } from '../../../../src/workflows/lib/lane-pool.js';

describe('LanePool', () => {
  it('has nothing before it is opened', () => {
    const pool = new LanePool<string>();
    expect([pool.first, pool.size, pool.take()]).toEqual([undefined, 0, undefined]);
  });

  it('names its first lane also while somebody works in it', () => {
    const pool = new LanePool<string>();
    pool.open(['a', 'b']);
    pool.take();
    expect([pool.first, pool.size]).toEqual(['a', 1]);
  });

  it('never gives a lane to two, and loses none', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.array(fc.boolean(), { maxLength: 60 }), (lanes, steps) => {
        const pool = new LanePool<number>();
        pool.open(Array.from({ length: lanes }, (_, index) => index));
        const taken: number[] = [];
        for (const isTaking of steps) {
          const lane = isTaking ? pool.take() : undefined;
          if (lane !== undefined) taken.push(lane);
          const back = isTaking ? undefined : taken.shift();
          if (back !== undefined) pool.giveBack(back);
          expect(new Set(taken).size).toBe(taken.length);
          expect(taken.length + pool.size).toBe(lanes);
        }
      }),
    );
  });
});
