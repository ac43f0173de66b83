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
 * A budget, given out in slices: each child gets one at its start, reserves from it before each call, and gives the rest back
 * with its result. So no call has to ask its parent first. Holders are ids of child workflows. Pure state: deterministic.
 */
export class LeaseBook {
  private budget: Budget;
  private used: BudgetUse = NO_USE;
  private readonly held = new Map<string, Budget>();
  private returned = 0;

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

  /** A slice for a child that starts, while `sharers` children (it included) may still come; undefined = no limit. */
  take(holder: string, sharers: number): Budget | undefined {
    if (isUnlimited(this.budget)) return undefined;
    const slice = budgetSlice(this.free(), sharers);
    this.held.set(holder, slice);
    return slice;
  }

  /** Settles a child's lease: what it used is gone, the rest is free again. */
  giveBack(holder: string, use: BudgetUse): void {
    this.held.delete(holder);
    this.returned += 1;
    this.used = addUse(this.used, use);
  }

  /** Answers a child that needs more than it holds. */
  request(holder: string, needed: LeaseRequest['needed']): LeaseAnswer {
    const held = this.held.get(holder);
    if (held === undefined) return { kind: 'granted', added: NO_BUDGET };
    const free = this.free();
    if (!covers(free, needed)) return { kind: this.held.size > 1 ? 'later' : 'exhausted' };
    // Half of what is free, but at least what is needed: others may come and ask too.
    const half = this.held.size > 1 ? budgetSlice(free, 2) : free;
    const added = covers(half, needed) ? half : free;
    this.held.set(holder, addBudget(held, added));
    return { kind: 'granted', added };
  }

  /** True while a child holds some of it, which may come back. */
  get isLent(): boolean {
    return this.held.size > 0;
  }

  /** How often a lease came back. */
  get returns(): number {
    return this.returned;
  }

  /** True when no new child could make a call. */
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

/** What a child asks for. */
type Hunger = Pick<LeaseRequest, 'needed' | 'canWait'>;

/** What the desk needs of the workflow that keeps it. */
export interface LeaseDeskOptions {
  readonly budget: Budget;
  /** Children that work now. */
  readonly active: () => number;
  /** Hands a grant to a child. */
  readonly grant: (holder: string, added: Budget) => void;
  /** Nobody has budget left to go on with. */
  readonly onUsedUp: () => void;
}

/** Answers agents that ask for more of the budget, and remembers those that have to wait for it. */
export class LeaseDesk {
  readonly book: LeaseBook;
  private readonly options: LeaseDeskOptions;
  private readonly hungry = new Map<string, Hunger>();

  constructor(options: LeaseDeskOptions) {
    this.options = options;
    this.book = new LeaseBook(options.budget);
  }

  /** Gives a child more, or remembers that it wants some; one that `canWait` has somebody below it that works. */
  request(holder: string, { needed, canWait }: Hunger): void {
    const answer = this.book.request(holder, needed);
    if (answer.kind === 'granted') {
      this.hungry.delete(holder);
      this.options.grant(holder, answer.added);
      return;
    }
    this.hungry.set(holder, { needed, canWait });
    const stuck = [...this.hungry.values()].filter((one) => one.canWait !== true);
    // When everybody waits for budget, nobody will give any back.
    if (stuck.length > 0 && stuck.length >= this.options.active()) this.options.onUsedUp();
  }

  /** Takes a child's lease back with what it used. */
  giveBack(holder: string, use: BudgetUse): void {
    this.book.giveBack(holder, use);
  }

  /** Forgets a child that ended, and answers those who wait again. */
  leave(holder: string): void {
    this.hungry.delete(holder);
    this.feed();
  }

  /** Answers those who wait, after some budget came free or was added. */
  feed(): void {
    for (const [holder, hunger] of Array.from(this.hungry)) this.request(holder, hunger);
  }
}
