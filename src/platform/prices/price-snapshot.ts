import { createRequire } from 'node:module';
import type * as Prices from '@pydantic/genai-prices';
import type { Usage } from '../../domain/index.js';

/** A model as the price snapshot names it: its provider's id there, and its own. */
export interface PricedModel {
  readonly priceId: string;
  readonly model: string;
}

/** What the snapshot knows of one model; prices in US dollars per million tokens, null = not known. */
export interface SnapshotModel {
  readonly model: string;
  /** Tokens. */
  readonly contextWindow: number | null;
  readonly inputPerMillionUsd: number | null;
  readonly cachedInputPerMillionUsd: number | null;
  readonly cacheWritePerMillionUsd: number | null;
  readonly outputPerMillionUsd: number | null;
}

let prices: typeof Prices | undefined;

/** The snapshot takes 12 MB, so it is loaded by the first call that needs it. It never asks the network. */
function snapshot(): typeof Prices {
  prices ??= createRequire(import.meta.url)('@pydantic/genai-prices') as typeof Prices;
  return prices;
}

/** US dollars for so many tokens; null when the snapshot does not know the model. */
export function snapshotCostUsd({ priceId, model }: PricedModel, usage: Usage): number | null {
  const price = snapshot().calcPrice(
    {
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cache_read_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteTokens,
    },
    model,
    { providerId: priceId },
  );
  return price === null ? null : price.total_price;
}

/** Window and base prices (of the first tier) of one model as of today, or null. */
export function snapshotModel({ priceId, model }: PricedModel): SnapshotModel | null {
  const found = snapshot().calcPrice({ input_tokens: 0, output_tokens: 0 }, model, {
    providerId: priceId,
  });
  if (found === null) return null;
  const base = (name: string): number | null => {
    const value = found.model_price[name];
    return value === undefined ? null : typeof value === 'number' ? value : value.base;
  };
  return {
    model,
    contextWindow: found.model.context_window ?? null,
    inputPerMillionUsd: base('input_mtok'),
    cachedInputPerMillionUsd: base('cache_read_mtok'),
    cacheWritePerMillionUsd: base('cache_write_mtok'),
    outputPerMillionUsd: base('output_mtok'),
  };
}

/** Ids of a provider's models that are sold today, sorted; empty when the snapshot does not know the provider. */
export function snapshotModelIds(priceId: string): string[] {
  const models = snapshot().findProvider({ providerId: priceId })?.models ?? [];
  return models
    .filter((model) => model.deprecated !== true && !isRetired(model))
    .map((model) => model.id)
    .sort();
}

/** The snapshot keeps models of the past so that old usage can be priced. */
function isRetired(model: Prices.ModelInfo): boolean {
  return /^retired\b/i.test(model.description ?? '');
}
