import { AGENT_SIGNALS, type LeaseRequest } from '../../../contracts/index.js';
import {
  addBudget,
  budgetLeft,
  budgetSlice,
  covers,
  type AgentResult,
  type AgentSpending,
  type AgentState,
  type Budget,
  type BudgetUse,
} from '../../../domain/index.js';
import type { Child } from '../../lib/child.js';
import { LeaseLine } from './lease-line.js';
import { askOwner, type OwnerLink } from '../../lib/owner.js';
import type { Spender } from '../../lib/spender.js';

/** Somebody to whom a part of a lease may be lent. */
export interface Borrower {
  child: Child<AgentResult> | undefined;
  /** What it may spend of the lease; null = no limit, or nothing yet. */
  lent: Budget | null;
  /** Grants that came before it had a handle. */
  readonly grants: Budget[];
}

/** What lending needs of the agent whose lease it is. */
export interface LendingOptions {
  readonly session: {
    readonly state: AgentState;
    readonly spender: Spender;
    readonly link: OwnerLink;
  };
  readonly find: (holder: string) => Borrower | undefined;
  /** True while somebody works who may give back what was lent, or who may end without any. */
  readonly isAnyoneWorking: () => boolean;
}

/** The lease of an agent, of which those that it starts get a part: it is taken off the own lease until they end. */
export class Lending {
  /** Who of them, and the agent itself, waits for more. */
  readonly line: LeaseLine;
  private readonly options: LendingOptions;

  constructor(options: LendingOptions) {
    this.options = options;
    this.line = new LeaseLine({
      left: () => this.lendable(),
      send: (request) => askOwner(options.session.link, request),
      give: (holder, needed) => this.give(holder, needed),
      canWait: options.isAnyoneWorking,
    });
  }

  /** Takes in what the owner granted. */
  takeGrant(added: Budget): void {
    this.options.session.spender.grant(added);
    this.line.granted();
  }

  /** Lends one of `share` parts of what is left; null = no limit. */
  lend(borrower: Borrower, share: number): Budget | null {
    const left = this.options.session.spender.leaseLeft();
    if (left === null) return null;
    borrower.lent = budgetSlice(left, share);
    this.takeOff(borrower.lent);
    return borrower.lent;
  }

  /** Hands in what was granted before the borrower had a handle. */
  handIn({ child, grants }: Borrower): void {
    for (const added of grants.splice(0))
      child?.signal(AGENT_SIGNALS.grant, { added }).catch(() => undefined);
  }

  /** What it spent is the lender's; what it did not use comes back. */
  settle(borrower: Borrower, spending: AgentSpending): void {
    const { state, spender } = this.options.session;
    if (borrower.lent !== null && state.lease !== undefined && state.lease !== null)
      state.lease = addBudget(state.lease, borrower.lent);
    borrower.lent = null;
    const { usage, costMicroUsd, modelCalls, repeatedModelCalls: repeatedCalls } = spending;
    spender.count({ usage, costMicroUsd, modelCalls, repeatedCalls, turns: 0 });
    this.line.look();
  }

  /** What may be lent now: a call that is being made may cost all that is left. */
  private lendable(): Budget | null {
    const { spender } = this.options.session;
    const left = spender.leaseLeft();
    return left === null || !spender.isPaying ? left : budgetLeft(left, useOf(left));
  }

  /** Lends what covers the need, and half of what is left where that is more. */
  private give(holder: string, needed: LeaseRequest['needed']): void {
    const borrower = this.options.find(holder);
    const left = this.lendable();
    if (borrower === undefined || left === null) return;
    const half = budgetSlice(left, 2);
    const added = covers(half, needed) ? half : left;
    this.takeOff(added);
    borrower.lent = borrower.lent === null ? null : addBudget(borrower.lent, added);
    borrower.grants.push(added);
    if (borrower.child !== undefined) this.handIn(borrower);
  }

  private takeOff(lent: Budget): void {
    const { state } = this.options.session;
    if (state.lease !== undefined && state.lease !== null)
      state.lease = budgetLeft(state.lease, useOf(lent));
  }
}

/** All of a budget as what is used of it; no limit is none. */
function useOf({ costMicroUsd, tokens, calls }: Budget): BudgetUse {
  return { costMicroUsd: costMicroUsd ?? 0, tokens: tokens ?? 0, calls: calls ?? 0 };
}
