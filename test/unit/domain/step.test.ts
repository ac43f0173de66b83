import { describe, expect, it } from 'vitest';
import { compareSteps, formatStepKey, innerStepKey } from '../../../src/domain/step.js';

const key = (step: number, index: number) => ({ scope: 'agent', step, index });

describe('innerStepKey', () => {
  it('names each call inside each call of a turn, and no call of the turn itself', () => {
    const outer = Array.from({ length: 25 }, (_, index) => key(3, index));
    const inner = outer.flatMap((each) =>
      Array.from({ length: 25 }, (_, position) => innerStepKey(each, position)),
    );
    expect(new Set([...outer, ...inner].map(formatStepKey)).size).toBe(25 + 25 * 25);
    expect(inner[0]).toEqual({ scope: 'agent', step: 3, index: 1000 });
  });
});

describe('compareSteps', () => {
  it('orders by turn, then by place, with inner calls at the place of theirs', () => {
    const first = key(1, 2);
    const ordered = [
      key(1, 0),
      key(1, 1),
      first,
      innerStepKey(first, 1),
      innerStepKey(first, 7),
      key(1, 3),
      key(2, 0),
    ];
    expect(ordered.toReversed().toSorted(compareSteps)).toEqual(ordered);
  });
});
