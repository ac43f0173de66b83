import { describe, expect, it } from 'vitest';
import { createCoreBudget } from '../../../../src/platform/process/core-budget.js';

describe('a budget of cores', () => {
  it('gives what nobody uses, and never more', () => {
    const cores = createCoreBudget(3);
    const own = cores.enter();
    const [one, two, three] = [cores.tryTake(), cores.tryTake(), cores.tryTake()];
    expect([one, two, three].map((end) => end !== undefined)).toEqual([true, true, false]);
    one?.();
    one?.();
    expect(cores.tryTake()).toBeDefined();
    expect(cores.tryTake()).toBeUndefined();
    own();
    expect(cores.tryTake()).toBeDefined();
  });

  it('counts what is done in any case, however few there are', () => {
    const cores = createCoreBudget(1);
    const ends = [cores.enter(), cores.enter()];
    expect(cores.tryTake()).toBeUndefined();
    for (const end of ends) end();
    expect(cores.tryTake()).toBeDefined();
  });
});
