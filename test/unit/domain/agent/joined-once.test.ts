import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinedOnce } from '../../../../src/domain/agent/joined-once.js';

const note = fc.record({ title: fc.constantFrom('a', 'b', 'c'), what: fc.constantFrom('x', 'y') });
const notes = fc.array(note, { maxLength: 12 });

describe('notes that are kept once', () => {
  it('are those that are known, in their order, and what is new behind them', () => {
    const [a, b] = [
      { title: 'a', what: 'x' },
      { title: 'b', what: 'x' },
    ];
    expect(joinedOnce([a], [b, { ...a }, { ...a, what: 'y' }], 10)).toEqual([
      a,
      b,
      { title: 'a', what: 'y' },
    ]);
    expect(joinedOnce([a], [b], 1)).toEqual([a]);
  });

  it('are never more than the most, never twice, and joining again changes nothing', () => {
    fc.assert(
      fc.property(notes, notes, fc.integer({ min: 0, max: 6 }), (known, more, most) => {
        const joined = joinedOnce(known, more, most);
        expect(joined.length).toBeLessThanOrEqual(most);
        expect(new Set(joined.map(({ title, what }) => `${title}${what}`)).size).toBe(
          joined.length,
        );
        expect(joinedOnce(joined, [...known, ...more], most)).toEqual(joined);
      }),
    );
  });
});
