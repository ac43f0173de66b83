import { z } from 'zod';

const limit = z.number().int().nonnegative().nullable();

/** Limits of money, tokens and model calls; null = no limit. Also the part of them that a child may use (a lease). */
export const budgetSchema = z.object({
  /** Millionths of a US dollar. */
  costMicroUsd: limit,
  /** Input and output tokens together. */
  tokens: limit,
  calls: limit,
});

/** See {@link budgetSchema}. */
export type Budget = z.infer<typeof budgetSchema>;

/** No limit at all. */
export const NO_BUDGET: Budget = { costMicroUsd: null, tokens: null, calls: null };

/** What was used of a budget. An unknown price counts as nothing here; a call without a price is refused before it is made. */
export interface BudgetUse {
  readonly costMicroUsd: number | null;
  readonly tokens: number;
  readonly calls: number;
}

/** Nothing used. */
export const NO_USE: BudgetUse = { costMicroUsd: 0, tokens: 0, calls: 0 };

/** True when no field limits anything. */
export function isUnlimited(budget: Budget): boolean {
  return budget.costMicroUsd === null && budget.tokens === null && budget.calls === null;
}

/** What is left; a field never falls below 0, null stays null. */
export function budgetLeft(budget: Budget, use: BudgetUse): Budget {
  const left = (most: number | null, used: number): number | null =>
    most === null ? null : Math.max(0, most - used);
  return {
    costMicroUsd: left(budget.costMicroUsd, use.costMicroUsd ?? 0),
    tokens: left(budget.tokens, use.tokens),
    calls: left(budget.calls, use.calls),
  };
}

/** Sum of two uses; an unknown price stays out of the sum. */
export function addUse(left: BudgetUse, right: BudgetUse): BudgetUse {
  return {
    costMicroUsd: (left.costMicroUsd ?? 0) + (right.costMicroUsd ?? 0),
    tokens: left.tokens + right.tokens,
    calls: left.calls + right.calls,
  };
}

/** Field by field sum; no limit plus anything is no limit. */
export function addBudget(left: Budget, right: Budget): Budget {
  const add = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : a + b;
  return {
    costMicroUsd: add(left.costMicroUsd, right.costMicroUsd),
    tokens: add(left.tokens, right.tokens),
    calls: add(left.calls, right.calls),
  };
}

/** One of `parts` equal slices, rounded down; null stays null. */
export function budgetSlice(budget: Budget, parts: number): Budget {
  const cut = (value: number | null): number | null =>
    value === null ? null : Math.floor(value / Math.max(1, parts));
  return {
    costMicroUsd: cut(budget.costMicroUsd),
    tokens: cut(budget.tokens),
    calls: cut(budget.calls),
  };
}

/** True when `budget` has at least what is `needed`; a field that does not matter is 0. */
export function covers(budget: Budget, needed: BudgetUse): boolean {
  const has = (most: number | null, wanted: number): boolean => most === null || most >= wanted;
  return (
    has(budget.costMicroUsd, needed.costMicroUsd ?? 0) &&
    has(budget.tokens, needed.tokens) &&
    has(budget.calls, needed.calls)
  );
}

/** `$1.50, 200000 tokens, 40 calls`, naming only what is limited; `no limit` when nothing is. */
export function describeBudget(budget: Budget): string {
  const parts = [
    budget.costMicroUsd === null ? '' : `$${(budget.costMicroUsd / 1_000_000).toFixed(2)}`,
    budget.tokens === null ? '' : `${budget.tokens} tokens`,
    budget.calls === null ? '' : `${budget.calls} model calls`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'no limit' : parts.join(', ');
}
