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
