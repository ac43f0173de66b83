import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addUse, NO_BUDGET, NO_USE, type BudgetUse } from '../../../../src/domain/run/budget.js';
import { LeaseBook, LeaseDesk } from '../../../../src/workflows/lib/lease-book.js';

const need = (fields: Partial<Readonly<Record<keyof BudgetUse, number>>>) => ({
  costMicroUsd: 0,
  tokens: 0,
  calls: 0,
  ...fields,
});

describe('LeaseBook', () => {
  it('gives no lease where nothing is limited', () => {
    const leases = new LeaseBook(NO_BUDGET);
    expect(leases.take('US-001', 1)).toBeUndefined();
    expect(leases.isUsedUp).toBe(false);
  });

  it('gives everything to a story that works alone, and takes the rest back', () => {
    const leases = new LeaseBook({ ...NO_BUDGET, calls: 10 });
    expect(leases.take('US-001', 1)).toEqual({ ...NO_BUDGET, calls: 10 });
    leases.giveBack('US-001', { ...NO_USE, calls: 4 });
    expect(leases.take('US-002', 1)).toEqual({ ...NO_BUDGET, calls: 6 });
  });

  it('shares between stories side by side, and grants more from what is free', () => {
    const leases = new LeaseBook({ ...NO_BUDGET, calls: 9 });
    expect(leases.take('US-001', 3)).toEqual({ ...NO_BUDGET, calls: 3 });
    expect(leases.request('US-001', need({ calls: 1 }))).toEqual({
      kind: 'granted',
      added: { ...NO_BUDGET, calls: 6 },
    });
    expect(leases.request('US-001', need({ calls: 1 }))).toEqual({
      kind: 'exhausted',
    });
  });

  it('lets a story wait for what others hold, and serves it when they give it back', () => {
    const leases = new LeaseBook({ ...NO_BUDGET, tokens: 100 });
    leases.take('US-001', 2);
    leases.take('US-002', 1);
    const request = () => leases.request('US-001', need({ tokens: 30 }));
    expect(request()).toEqual({ kind: 'later' });
    leases.giveBack('US-002', { ...NO_USE, tokens: 10 });
    expect(request()).toEqual({
      kind: 'granted',
      added: { ...NO_BUDGET, tokens: 40 },
    });
  });

  it('goes on when the limit is raised', () => {
    const leases = new LeaseBook({ ...NO_BUDGET, costMicroUsd: 5 });
    leases.take('US-001', 1);
    leases.giveBack('US-001', { ...NO_USE, costMicroUsd: 5 });
    expect(leases.isUsedUp).toBe(true);
    leases.setLimits({ costMicroUsd: 8 });
    expect(leases.isUsedUp).toBe(false);
    expect(leases.take('US-002', 1)).toEqual({ ...NO_BUDGET, costMicroUsd: 3 });
  });

  it('never gives out more than the budget, whatever is asked in whatever order', () => {
    const step = fc.record({
      story: fc.integer({ min: 0, max: 3 }),
      kind: fc.constantFrom('take', 'request', 'give'),
      amount: fc.nat(40),
    });
    fc.assert(
      fc.property(fc.nat(200), fc.array(step, { maxLength: 40 }), (limit, steps) => {
        const leases = new LeaseBook({ ...NO_BUDGET, calls: limit });
        const held = new Map<string, number>();
        let used = NO_USE;
        for (const { story, kind, amount } of steps) {
          const id = `US-${story}`;
          const has = held.get(id);
          if (kind === 'take' && has === undefined) held.set(id, leases.take(id, 2)?.calls ?? 0);
          if (kind === 'request' && has !== undefined) {
            const answer = leases.request(id, need({ calls: amount }));
            if (answer.kind === 'granted') held.set(id, has + (answer.added.calls ?? 0));
          }
          if (kind === 'give' && has !== undefined) {
            const spent = { ...NO_USE, calls: Math.min(has, amount) };
            leases.giveBack(id, spent);
            used = addUse(used, spent);
            held.delete(id);
          }
          const out = [...held.values()].reduce((sum, value) => sum + value, 0);
          expect(out + used.calls).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });
});

describe('LeaseDesk', () => {
  it('stops the run when everybody stands still, but not for one below which somebody works', () => {
    const told: string[] = [];
    const desk = new LeaseDesk({
      budget: { ...NO_BUDGET, calls: 4 },
      active: () => 2,
      grant: (holder, added) => void told.push(`${holder} +${added.calls}`),
      onUsedUp: () => void told.push('used up'),
    });
    desk.book.take('a', 2);
    desk.book.take('b', 1);
    desk.request('a', { needed: need({ calls: 1 }), canWait: true });
    desk.request('b', { needed: need({ calls: 1 }) });
    expect(told).toEqual([]);
    desk.request('a', { needed: need({ calls: 1 }) });
    expect(told).toEqual(['used up']);
    desk.book.setLimits({ calls: 8 });
    desk.feed();
    expect(told).toEqual(['used up', 'a +2', 'b +1']);
  });
});
