import type { LeaseRequest } from '../../contracts/index.js';
import type { Budget, BudgetUse } from '../../domain/index.js';
import { Leases } from './leases.js';

/** What the desk needs of the run. */
export interface LeaseDeskOptions {
  readonly budget: Budget;
  /** Stories that are worked on now. */
  readonly active: () => number;
  /** Hands a grant to a story's agent. */
  readonly grant: (story: string, added: Budget) => void;
  /** Nobody has budget left to go on with. */
  readonly onUsedUp: () => void;
}

/** Answers agents that ask for more of the budget, and remembers those that have to wait for it. */
export class LeaseDesk {
  readonly leases: Leases;
  private readonly options: LeaseDeskOptions;
  private readonly hungry = new Map<string, LeaseRequest>();

  constructor(options: LeaseDeskOptions) {
    this.options = options;
    this.leases = new Leases(options.budget);
  }

  /** Gives a story more, or remembers that it wants some. */
  request(request: LeaseRequest): void {
    const answer = this.leases.request(request);
    if (answer.kind === 'granted') {
      this.hungry.delete(request.story);
      this.options.grant(request.story, answer.added);
      return;
    }
    this.hungry.set(request.story, request);
    // When everybody waits for budget, nobody will give any back.
    if (this.hungry.size >= this.options.active()) this.options.onUsedUp();
  }

  /** Takes a story's lease back with what it used. */
  giveBack(story: string, use: BudgetUse): void {
    this.leases.giveBack(story, use);
  }

  /** Forgets a story that ended, and answers those who wait again. */
  leave(story: string): void {
    this.hungry.delete(story);
    this.feed();
  }

  /** Answers those who wait, after some budget came free or was added. */
  feed(): void {
    const requests = Array.from(this.hungry.values());
    for (const request of requests) this.request(request);
  }
}
