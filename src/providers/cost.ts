import type { PriceSettings, Usage } from '../domain/index.js';
import { snapshotCostUsd, snapshotModel } from '../platform/index.js';

/** What decides the price of a call. */
export interface CostSource {
  readonly model: string;
  /** Provider id in the price snapshot, or null when the provider has no public prices. */
  readonly priceId: string | null;
  /** Price from configuration; it wins over the snapshot, because the user knows the contract. */
  readonly price?: PriceSettings | undefined;
}

/**
 * Cost of a call in whole millionths of a US dollar, rounded up; null = unknown, which is never 0.
 * Order of truth: the provider's own figure, configuration, the offline price snapshot.
 */
export function costOfCall(
  source: CostSource,
  usage: Usage,
  providerCostMicroUsd: number | null,
): number | null {
  if (providerCostMicroUsd !== null) return providerCostMicroUsd;
  return configuredCost(source.price, usage) ?? publicCost(source, usage);
}

function publicCost({ priceId, model }: CostSource, usage: Usage): number | null {
  if (priceId === null) return null;
  const usd = snapshotCostUsd({ priceId, model }, usage);
  return usd === null ? null : toMicroUsd(usd);
}

/** Input tokens include those read from and written to a cache, for every provider. */
function configuredCost(price: PriceSettings | undefined, usage: Usage): number | null {
  if (price === undefined) return null;
  const readPrice = price.cachedInputPerMillionUsd ?? price.inputPerMillionUsd;
  const writePrice = price.cacheWritePerMillionUsd ?? price.inputPerMillionUsd;
  const fresh = Math.max(0, usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens);
  // Dollars per million tokens times tokens is millionths of a dollar.
  const microUsd =
    fresh * price.inputPerMillionUsd +
    usage.cachedInputTokens * readPrice +
    usage.cacheWriteTokens * writePrice +
    usage.outputTokens * price.outputPerMillionUsd;
  return toMicroUsd(microUsd / 1e6);
}

/** Rounds up, but not for the noise of binary fractions. */
function toMicroUsd(usd: number): number {
  return Math.ceil(Math.round(usd * 1e9) / 1e3);
}

/** Context window of a model in tokens from the price snapshot, or null when it does not know. */
export function contextWindowOf(model: string, priceId: string | null): number | null {
  if (priceId === null) return null;
  return snapshotModel({ priceId, model })?.contextWindow ?? null;
}
