import type { AgentSpending } from '../agent/agent.js';
import { addCost, addUsage, ZERO_USAGE } from '../agent/model.js';

/** Spending of nothing. */
export const ZERO_SPENDING: AgentSpending = {
  turns: 0,
  modelCalls: 0,
  repeatedModelCalls: 0,
  usage: ZERO_USAGE,
  costMicroUsd: 0,
};

/** Sum of what two agents spent. */
export function addSpending(left: AgentSpending, right: AgentSpending): AgentSpending {
  return {
    turns: left.turns + right.turns,
    modelCalls: left.modelCalls + right.modelCalls,
    repeatedModelCalls: left.repeatedModelCalls + right.repeatedModelCalls,
    usage: addUsage(left.usage, right.usage),
    costMicroUsd: addCost(left.costMicroUsd, right.costMicroUsd),
  };
}

/** US dollars with six decimals from millionths; null stays null. */
export function toUsd(costMicroUsd: number | null): number | null {
  return costMicroUsd === null ? null : costMicroUsd / 1_000_000;
}
