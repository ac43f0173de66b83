import { condition, patched } from '@temporalio/workflow';
import {
  NO_USE,
  spendingUse,
  type AgentSpending,
  type Budget,
  type Usage,
} from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import type { LeaseDesk } from '../lib/lease-book.js';
import type { SwarmState } from './swarm-state.js';

/** What a paid step says of its cost. */
interface Paid {
  readonly usage: Usage;
  readonly costMicroUsd: number | null;
  readonly repeatedCalls: number;
}

/** The cost of one model call as spending. */
export function spendingOf({ usage, costMicroUsd, repeatedCalls }: Paid): AgentSpending {
  return { turns: 1, modelCalls: 1, repeatedModelCalls: repeatedCalls, usage, costMicroUsd };
}

/**
 * Model calls that the run itself makes: planning, rows, the joined answer. Each takes its part of the budget first; a pause stops
 * before it, and a budget that does not cover it pauses the run.
 */
export class OwnCalls {
  private readonly state: SwarmState;
  private readonly desk: LeaseDesk;
  private readonly pauseForBudget: () => void;

  constructor(
    state: SwarmState,
    options: { readonly desk: LeaseDesk; readonly pauseForBudget: () => void },
  ) {
    this.state = state;
    this.desk = options.desk;
    this.pauseForBudget = options.pauseForBudget;
  }

  /** Makes a call when the run may; the caller counts what it cost. `sharers` = calls that may be made at once. */
  async pay<Result extends Paid>(
    holder: string,
    sharers: number,
    call: (budget: Budget | undefined) => Promise<Result>,
  ): Promise<Result> {
    const { standstills } = this.state;
    let parts = sharers;
    for (;;) {
      await condition(() => !standstills.isPaused);
      if (this.desk.book.isUsedUp) {
        await this.waitForBudget();
        continue;
      }
      const lease = this.desk.book.take(holder, parts);
      try {
        const result = await call(lease);
        this.desk.giveBack(holder, spendingUse(spendingOf(result)));
        this.desk.leave(holder);
        return result;
      } catch (error) {
        this.desk.giveBack(holder, NO_USE);
        this.desk.leave(holder);
        if (failureFacts(error).code !== 'ERR_BUDGET_RESERVE') throw error;
        // a part was too little: all that is free may do
        if (parts === 1) await this.waitForBudget();
        parts = 1;
      }
    }
  }

  /** Resolves when a try is worth it again. What others hold may come back: a budget that is lent is not used up. */
  private async waitForBudget(): Promise<void> {
    const { book } = this.desk;
    // Histories of before 'lent-budget' paused the run all the same.
    if (!book.isLent || !patched('lent-budget')) return this.pauseForBudget();
    const { returns, limits } = book;
    const { standstills } = this.state;
    const hasChanged = (): boolean => book.returns > returns || book.limits !== limits;
    await condition(() => standstills.isPaused || hasChanged());
  }
}
