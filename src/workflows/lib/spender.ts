import { ApplicationFailure, condition, patched } from '@temporalio/workflow';
import { z } from 'zod';
import {
  addBudget,
  addCost,
  addUsage,
  budgetLeft,
  covers,
  NO_BUDGET,
  spendingUse,
  type AgentSpending,
  type Budget,
  type BudgetUse,
  type Usage,
  type LimitRule,
} from '../../domain/index.js';
import type { LeaseRequest, StandstillReport } from '../../contracts/index.js';
import { failureFacts } from './failure.js';
import { askOwner, OwnerWord, type OwnerLink } from './owner.js';
import { Patience, type Waiting } from './patience.js';

/** What of a workflow's state is about money; carried through continue-as-new. */
export interface SpendingState {
  spending: AgentSpending;
  /** What the owner granted so far, in all; null or absent = no limit. */
  lease?: Budget | null | undefined;
}

/** What one paid call cost. */
export interface CallCost {
  readonly usage: Usage;
  readonly costMicroUsd: number | null;
  readonly repeatedCalls: number;
  readonly modelCalls: number;
  readonly turns: number;
}

/** Options of a {@link Spender}. */
export interface SpenderOptions {
  readonly state: SpendingState;
  readonly link: OwnerLink;
  /** How long to wait for what does not answer, in milliseconds. */
  readonly waitLimitMs: number;
  /** At a limit of a provider; absent = waiting. */
  readonly limitRule?: LimitRule | undefined;
  readonly isPaused: boolean;
  /** A lease that does not cover a call ends the work (`ERR_BUDGET_EXHAUSTED`) in place of asking for more. */
  readonly isFirm?: boolean;
  /** Told after each change of a pause, a wait or what is left. */
  readonly changed?: () => void;
  /** The call that asks a person, when one does. */
  readonly asking?: () => string | undefined;
  /** Where it is asked for more of the budget. Default: its owner, for itself alone. */
  readonly line?: SpenderLine;
}

/** Those who wait for more of one budget, as the one sees it that the budget belongs to. */
export interface SpenderLine {
  /** Asks for what the next call needs; rejects when whoever grants is gone. */
  ask(needed: LeaseRequest['needed']): Promise<void>;
  /** What was asked for is there and about to be used. */
  fed(): void;
  /** A call has ended, and what it cost is counted: the others may have what is left. */
  settled(): void;
}

/** What a lease lacks of what is needed. */
export function missingOf(needed: BudgetUse, left: Budget): LeaseRequest['needed'] {
  const missing = (wanted: number, has: number | null): number =>
    has === null ? 0 : Math.max(0, wanted - has);
  return {
    costMicroUsd: missing(needed.costMicroUsd ?? 0, left.costMicroUsd),
    tokens: missing(needed.tokens, left.tokens),
    calls: missing(needed.calls, left.calls),
  };
}

/** What a refused reservation says it needs. */
const reserveSchema = z.object({
  needed: z.object({
    costMicroUsd: z.number().int().nonnegative().nullable(),
    tokens: z.number().int().nonnegative(),
  }),
});

const PAUSED_REASON = 'paused by a signal to its agent';

const ONE_CALL: BudgetUse = { costMicroUsd: 0, tokens: 1, calls: 1 };

/**
 * Everything that stands before a paid call: a pause by a person, a lease that does not cover it, a provider that does not answer.
 * Counts what was spent, and speaks of it with the workflow that pays.
 */
export class Spender {
  readonly patience: Patience;
  private readonly state: SpendingState;
  private readonly link: OwnerLink;
  private readonly word: OwnerWord;
  private readonly changed: () => void;
  private readonly line: SpenderLine;
  private paying = false;
  private present: Waiting | null = null;
  /** How often more budget was granted. */
  private grants = 0;
  private paused: boolean;
  private readonly isFirm: boolean;
  private readonly asking: () => string | undefined;
  /** The call whose question to a person is open; undefined = none, or it has no name. */
  openAsk: string | undefined;

  constructor(options: SpenderOptions) {
    const { state, link, waitLimitMs, isPaused, isFirm, changed, line, asking } = options;
    this.isFirm = isFirm ?? false;
    this.asking = asking ?? (() => undefined);
    this.state = state;
    this.link = link;
    this.word = new OwnerWord(link);
    this.paused = isPaused;
    this.changed = changed ?? (() => undefined);
    this.line = line ?? {
      ask: (needed) => this.askOwner(needed),
      fed: () => undefined,
      settled: () => undefined,
    };
    this.patience = new Patience({
      limitMs: waitLimitMs,
      limitRule: options.limitRule,
      report: (waiting) => {
        this.setWaiting(waiting);
        void this.tell(waiting);
      },
    });
  }

  /** Stops before the next paid call, or goes on. */
  setPaused(isPaused: boolean): void {
    this.paused = isPaused;
    this.changed();
  }

  /** Why the work waits; null while it does not. */
  get waiting(): Waiting | null {
    return this.present;
  }

  private setWaiting(waiting: Waiting | null): void {
    this.present = waiting;
    this.changed();
  }

  /** True while no paid call may be made. */
  get isPaused(): boolean {
    return this.paused;
  }

  /** Adds to the lease. */
  grant(added: Budget): void {
    this.grants += 1;
    if (this.state.lease !== undefined && this.state.lease !== null)
      this.state.lease = addBudget(this.state.lease, added);
  }

  /** What is left of the lease; null = no limit. */
  leaseLeft(): Budget | null {
    const { lease, spending } = this.state;
    return lease === undefined || lease === null ? null : budgetLeft(lease, spendingUse(spending));
  }

  /** True while a call is made whose cost is not counted yet. */
  get isPaying(): boolean {
    return this.paying;
  }

  /** Counts what a call cost. */
  charge(cost: CallCost): void {
    this.count(cost);
    this.endCall();
  }

  /** Counts what somebody spent to whom a part of the lease was lent. */
  count(cost: CallCost): void {
    const { spending } = this.state;
    this.state.spending = {
      turns: spending.turns + cost.turns,
      modelCalls: spending.modelCalls + cost.modelCalls,
      repeatedModelCalls: spending.repeatedModelCalls + cost.repeatedCalls,
      usage: addUsage(spending.usage, cost.usage),
      costMicroUsd: addCost(spending.costMicroUsd, cost.costMicroUsd),
    };
  }

  /** Tells the owner why the work waits, or with null that it does not, and what it has spent. */
  tell(standstill: Waiting | null, question?: StandstillReport['question']): Promise<void> {
    const { spending } = this.state;
    if (question !== undefined) this.openAsk = question === 'open' ? this.asking() : undefined;
    return this.word.tell({
      standstill,
      spending,
      ...(question === undefined ? {} : { question }),
      ...(question === 'open' && this.openAsk !== undefined ? { ask: this.openAsk } : {}),
    });
  }

  /** Resolves when the owner has heard everything; at once when nothing is under way. */
  heard(): Promise<void> {
    return this.word.heard();
  }

  /**
   * Makes a paid call, however often it has to be tried. `recover` may mend a failure by itself: true = try again at once. Throws
   * what neither it nor waiting mends.
   */
  async pay<Result>(
    call: (budget: Budget | null) => Promise<Result>,
    recover: (error: unknown) => Promise<boolean> = async () => false,
  ): Promise<Result> {
    for (;;) {
      if (this.paused) await this.standPaused();
      await this.afford(ONE_CALL);
      this.paying = true;
      try {
        const result = await call(this.leaseLeft());
        this.patience.over();
        return result;
      } catch (error) {
        this.endCall();
        const { code, details } = failureFacts(error);
        if (code === 'ERR_BUDGET_RESERVE') await this.afford(neededBy(details));
        else if (!(await recover(error))) await this.patience.wait(error);
      }
    }
  }

  /** The owner may not know of it: whoever looks at Temporal's web interface can send the signal by hand. */
  private async standPaused(): Promise<void> {
    const isTold = patched('pause-told');
    if (isTold) await this.tell({ reason: PAUSED_REASON, until: null, isPaused: true });
    await condition(() => !this.paused);
    if (isTold) await this.tell(null);
  }

  /** Waits until the lease covers what is needed. */
  private async afford(needed: BudgetUse): Promise<void> {
    if (this.has(needed)) return;
    if (this.isFirm)
      throw ApplicationFailure.nonRetryable(
        'the budget does not cover the next model call',
        'ERR_BUDGET_EXHAUSTED',
      );
    while (!this.has(needed)) await this.askForMore(needed);
    this.line.fed();
  }

  private endCall(): void {
    this.paying = false;
    this.line.settled();
  }

  /** Asks for it, and waits for a grant or for what was lent: this is where a run that has used up its budget stands still. */
  private async askForMore({ costMicroUsd, tokens, calls }: BudgetUse): Promise<void> {
    const needed = { costMicroUsd: costMicroUsd ?? 0, tokens, calls };
    const before = this.grants;
    await this.line.ask(needed);
    this.setWaiting({ reason: 'more of the budget of its run', until: null });
    await condition(() => this.grants > before || this.has(needed));
    this.setWaiting(null);
  }

  private has(needed: BudgetUse): boolean {
    const left = this.leaseLeft();
    return left === null || covers(left, needed);
  }

  private askOwner(needed: BudgetUse): Promise<void> {
    return askOwner(this.link, { needed: missingOf(needed, this.leaseLeft() ?? NO_BUDGET) });
  }
}

function neededBy([first]: readonly unknown[]): BudgetUse {
  const parsed = reserveSchema.safeParse(first);
  return parsed.success ? { ...parsed.data.needed, calls: 1 } : ONE_CALL;
}
