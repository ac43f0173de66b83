import { ApplicationFailure, condition, patched } from '@temporalio/workflow';
import { z } from 'zod';
import {
  addBudget,
  addCost,
  addUsage,
  budgetLeft,
  covers,
  spendingUse,
  type AgentSpending,
  type Budget,
  type BudgetUse,
  type Usage,
} from '../../domain/index.js';
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
  readonly isPaused: boolean;
  /** A lease that does not cover a call ends the work (`ERR_BUDGET_EXHAUSTED`) in place of asking for more. */
  readonly isFirm?: boolean;
  /** Told after each change of a pause, a wait or what is left. */
  readonly changed?: () => void;
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
  private present: Waiting | null = null;
  /** How often more budget was granted. */
  private grants = 0;
  private paused: boolean;
  private readonly isFirm: boolean;

  constructor({ state, link, waitLimitMs, isPaused, isFirm, changed }: SpenderOptions) {
    this.isFirm = isFirm ?? false;
    this.state = state;
    this.link = link;
    this.word = new OwnerWord(link);
    this.paused = isPaused;
    this.changed = changed ?? (() => undefined);
    this.patience = new Patience({
      limitMs: waitLimitMs,
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

  /** Counts what a call cost. */
  charge(cost: CallCost): void {
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
  tell(standstill: Waiting | null): Promise<void> {
    return this.word.tell({ standstill, spending: this.state.spending });
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
      try {
        const result = await call(this.leaseLeft());
        this.patience.over();
        return result;
      } catch (error) {
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
    for (;;) {
      const left = this.leaseLeft();
      if (left === null || covers(left, needed)) return;
      if (this.isFirm)
        throw ApplicationFailure.nonRetryable(
          'the budget does not cover the next model call',
          'ERR_BUDGET_EXHAUSTED',
        );
      await this.askForMore(needed, left);
    }
  }

  /** Asks the owner, and waits for a grant: this is where a run that has used up its budget stands still. */
  private async askForMore(needed: BudgetUse, left: Budget): Promise<void> {
    const before = this.grants;
    const missing = (wanted: number, has: number | null): number =>
      has === null ? 0 : Math.max(0, wanted - has);
    await askOwner(this.link, {
      costMicroUsd: missing(needed.costMicroUsd ?? 0, left.costMicroUsd ?? null),
      tokens: missing(needed.tokens, left.tokens),
      calls: missing(needed.calls, left.calls),
    });
    this.setWaiting({ reason: 'more of the budget of its run', until: null });
    await condition(() => this.grants > before);
    this.setWaiting(null);
  }
}

function neededBy([first]: readonly unknown[]): BudgetUse {
  const parsed = reserveSchema.safeParse(first);
  return parsed.success ? { ...parsed.data.needed, calls: 1 } : ONE_CALL;
}
