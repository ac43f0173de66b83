import { condition } from '@temporalio/workflow';
import { spendingUse, type AgentSpending, type Budget, type Usage } from '../../domain/index.js';
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
    for (;;) {
      await condition(() => !standstills.isPaused);
      if (this.desk.book.isUsedUp) {
        this.pauseForBudget();
        continue;
      }
      const lease = this.desk.book.take(holder, sharers);
      try {
        const result = await call(lease);
        this.desk.giveBack(holder, spendingUse(spendingOf(result)));
        this.desk.leave(holder);
        return result;
      } catch (error) {
        this.desk.giveBack(holder, NOTHING);
        this.desk.leave(holder);
        if (failureFacts(error).code !== 'ERR_BUDGET_RESERVE') throw error;
        if (sharers === 1) this.pauseForBudget();
        else return await this.pay(holder, 1, call);
      }
    }
  }
}

const NOTHING = { costMicroUsd: 0, tokens: 0, calls: 0 };
