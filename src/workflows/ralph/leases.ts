import type { LeaseRequest } from '../../contracts/index.js';
import {
  addBudget,
  addUse,
  budgetLeft,
  budgetSlice,
  covers,
  isUnlimited,
  NO_BUDGET,
  NO_USE,
  type Budget,
  type BudgetUse,
} from '../../domain/index.js';

/** What a request was answered with. */
export type LeaseAnswer =
  | { readonly kind: 'granted'; readonly added: Budget }
  /** Others hold what is missing; asked again when one of them ends. */
  | { readonly kind: 'later' }
  /** Nothing is left anywhere. */
  | { readonly kind: 'exhausted' };

/**
 * The run's budget, given out in slices: each story's agent gets one at its start, reserves from it before each call, and gives
 * the rest back with its result. So no call has to ask the run first. Pure state: deterministic.
 */
export class Leases {
  private budget: Budget;
  private used: BudgetUse = NO_USE;
  private readonly held = new Map<string, Budget>();

  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** Limits as they are now. */
  get limits(): Budget {
    return this.budget;
  }

  /** Replaces the limits that are given. */
  setLimits(limits: Partial<Budget>): void {
    this.budget = { ...this.budget, ...limits };
  }

  /** A slice for a story that starts, while `sharers` stories (it included) may still come; undefined = no limit. */
  take(story: string, sharers: number): Budget | undefined {
    if (isUnlimited(this.budget)) return undefined;
    const slice = budgetSlice(this.free(), sharers);
    this.held.set(story, slice);
    return slice;
  }

  /** Settles a story's lease: what it used is gone, the rest is free again. */
  giveBack(story: string, use: BudgetUse): void {
    this.held.delete(story);
    this.used = addUse(this.used, use);
  }

  /** Answers a story that needs more than it holds. */
  request({ story, needed }: LeaseRequest): LeaseAnswer {
    const held = this.held.get(story);
    if (held === undefined) return { kind: 'granted', added: NO_BUDGET };
    const free = this.free();
    if (!covers(free, needed)) return { kind: this.held.size > 1 ? 'later' : 'exhausted' };
    // Half of what is free, but at least what is needed: others may come and ask too.
    const half = this.held.size > 1 ? budgetSlice(free, 2) : free;
    const added = covers(half, needed) ? half : free;
    this.held.set(story, addBudget(held, added));
    return { kind: 'granted', added };
  }

  /** True when no new story could make a call. */
  get isUsedUp(): boolean {
    return !covers(this.free(), { costMicroUsd: 1, tokens: 1, calls: 1 });
  }

  private free(): Budget {
    const held = [...this.held.values()].reduce<BudgetUse>(
      (sum, lease) =>
        addUse(sum, {
          costMicroUsd: lease.costMicroUsd,
          tokens: lease.tokens ?? 0,
          calls: lease.calls ?? 0,
        }),
      NO_USE,
    );
    return budgetLeft(budgetLeft(this.budget, this.used), held);
  }
}
