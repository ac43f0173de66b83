import { createRequire } from 'node:module';
import type * as Prices from '@pydantic/genai-prices';
import type { Usage } from '../domain/index.js';
import type { PriceSettings } from '../domain/index.js';

/** What decides the price of a call. */
export interface CostSource {
  readonly model: string;
  /** Provider id in the price snapshot, or null when the provider has no public prices. */
  readonly priceId: string | null;
  /** Price from configuration, for models that the snapshot does not know. */
  readonly price?: PriceSettings | undefined;
}

/**
 * Cost of a call in whole millionths of a US dollar, rounded up; null = unknown, which is never 0.
 * Order of truth: the provider's own figure, the offline price snapshot, configuration.
 */
export function costOfCall(
  source: CostSource,
  usage: Usage,
  providerCostMicroUsd: number | null,
): number | null {
  if (providerCostMicroUsd !== null) return providerCostMicroUsd;
  return snapshotCost(source, usage) ?? configuredCost(source.price, usage);
}

let prices: typeof Prices | undefined;

/** The snapshot takes 12 MB, so it is loaded by the first call that has a public price. */
function snapshot(): typeof Prices {
  prices ??= createRequire(import.meta.url)('@pydantic/genai-prices') as typeof Prices;
  return prices;
}

function snapshotCost(source: CostSource, usage: Usage): number | null {
  if (source.priceId === null) return null;
  const price = snapshot().calcPrice(
    {
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cache_read_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteTokens,
    },
    source.model,
    { providerId: source.priceId },
  );
  return price === null ? null : toMicroUsd(price.total_price);
}

function configuredCost(price: PriceSettings | undefined, usage: Usage): number | null {
  if (price === undefined) return null;
  const cachedPrice = price.cachedInputPerMillionUsd ?? price.inputPerMillionUsd;
  const fresh = usage.inputTokens - usage.cachedInputTokens;
  // Dollars per million tokens times tokens is millionths of a dollar.
  return Math.ceil(
    fresh * price.inputPerMillionUsd +
      usage.cachedInputTokens * cachedPrice +
      usage.outputTokens * price.outputPerMillionUsd,
  );
}

/** Rounds up, but not for the noise of binary fractions. */
function toMicroUsd(usd: number): number {
  return Math.ceil(Math.round(usd * 1e9) / 1e3);
}

/** Context window of a model in tokens from the price snapshot, or null when it does not know. */
export function contextWindowOf(model: string, priceId: string | null): number | null {
  if (priceId === null) return null;
  const price = snapshot().calcPrice({ input_tokens: 0, output_tokens: 0 }, model, {
    providerId: priceId,
  });
  return price?.model.context_window ?? null;
}
