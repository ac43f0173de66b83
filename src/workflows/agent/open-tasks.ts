import type { CancellationScope, SignalDefinition } from '@temporalio/workflow';
import { AGENT_SIGNALS } from '../../contracts/index.js';
import type { AgentSpending } from '../../domain/index.js';
import type { Borrower } from './lending/lending.js';

/** An agent that was started and has not ended. */
export interface OpenTask extends Borrower {
  /** Which of its starter's agents it is, from 1. */
  readonly number: number;
  readonly title: string;
  readonly scope: CancellationScope;
  ended: Promise<unknown>;
  /** How many agents it may have below it. */
  count: number;
  /** What it last told of its spending. */
  told: AgentSpending;
}

/** Agents that work, by their workflow id. */
export class OpenTasks extends Map<string, OpenTask> {
  /** Agents that they may have below them, together. */
  get below(): number {
    return [...this.values()].reduce((sum, { count }) => sum + count, 0);
  }

  numbered(number: number): OpenTask | undefined {
    return [...this.values()].find((task) => task.number === number);
  }

  /** Says something to each of them; one that has no handle yet is told how things stand when it has. */
  tell(signal: SignalDefinition): void {
    for (const { child } of this.values()) child?.signal(signal).catch(() => undefined);
  }

  /** Tells one of them something; false when there is none of that number that could hear it. */
  async message(number: number, text: string): Promise<boolean> {
    const child = this.numbered(number)?.child;
    if (child === undefined) return false;
    return child.signal(AGENT_SIGNALS.message, { text, from: 'starter' }).then(
      () => true,
      () => false,
    );
  }
}
