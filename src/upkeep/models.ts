import type { Config } from '../config/index.js';
import { DEFAULTS } from '../contracts/index.js';
import {
  formatModelReference,
  InvalidInputError,
  parseModelReference,
  providerNames,
  resolveProviderEntry,
  retirementOf,
  type ModelReference,
  type PriceSettings,
  type ProviderEntry,
} from '../domain/index.js';
import { snapshotModel, snapshotModelIds, type SnapshotModel } from '../platform/index.js';

/** Prices in US dollars per million tokens; null = not known. */
export interface ModelPrices {
  readonly input: number | null;
  readonly cachedInput: number | null;
  readonly cacheWrite: number | null;
  readonly output: number | null;
}

/** A model that can be named, with what is known of it without asking anybody. */
export interface ListedModel {
  readonly provider: string;
  readonly model: string;
  /** Tokens. */
  readonly contextWindow: number;
  readonly prices: ModelPrices;
  /** A command without `-m` uses it. */
  readonly isDefault: boolean;
  /** Position in `fallback_models` from 1, or null. */
  readonly fallbackRank: number | null;
  /** Day of its end and what stands in for it, or null. */
  readonly retirement: { readonly endsOn: string; readonly replacement: string } | null;
}

const UNKNOWN_PRICES: ModelPrices = {
  input: null,
  cachedInput: null,
  cacheWrite: null,
  output: null,
};

/**
 * Models of the built-in and configured providers, from the offline price snapshot and the configuration; no request is
 * made. Throws `ERR_PROVIDER_UNKNOWN` (exit 2) for a provider that nobody knows.
 */
export function listModels(config: Config, provider?: string): ListedModel[] {
  const names = providerNames(config.worker.providers);
  if (provider !== undefined && !names.includes(provider)) {
    throw new InvalidInputError('ERR_PROVIDER_UNKNOWN', {
      message: `"${provider}" is not a known provider`,
      where: { field: '--provider' },
      hint: `use one of ${names.join(', ')}`,
    });
  }
  const chosen = provider === undefined ? names : [provider];
  return chosen.flatMap((name) => modelsOf(name, config));
}

function modelsOf(provider: string, config: Config): ListedModel[] {
  const named = namedModels(provider, config);
  const configured = config.worker.providers[provider]?.models;
  // A list in the configuration is the whole list: other models are refused.
  const ids = configured ?? [...named, ...publicModels({ provider, model: '' }, config)];
  return [...new Set(ids)].sort().map((model) => describeModel({ provider, model }, config));
}

/** Default, fallbacks and the provider's own default: they are listed though no snapshot knows them. */
function namedModels(provider: string, config: Config): string[] {
  const references = [defaultModel(config), ...config.worker.fallbackModels];
  const own = entryOf({ provider, model: '' }, config)?.defaultModel ?? null;
  return [
    ...references.filter((each) => each.provider === provider).map((each) => each.model),
    ...(own === null ? [] : [own]),
  ];
}

function publicModels(reference: ModelReference, config: Config): string[] {
  const entry = entryOf(reference, config);
  const priceId = entry?.priceId ?? null;
  if (priceId === null) return [];
  const prefixes = entry?.modelPrefixes ?? [''];
  return snapshotModelIds(priceId).filter(
    (model) =>
      prefixes.some((prefix) => model.startsWith(prefix)) &&
      isChat(snapshotModel({ priceId, model })),
  );
}

/** What has a price for input only (embeddings, moderation) answers no chat. */
function isChat(model: SnapshotModel | null): boolean {
  return model?.inputPerMillionUsd === null || model?.outputPerMillionUsd !== null;
}

/** The entry whatever models it allows. */
function entryOf(reference: ModelReference, config: Config): ProviderEntry | undefined {
  const settings = config.worker.providers[reference.provider];
  return resolveProviderEntry(reference, {
    ...config.worker.providers,
    ...(settings === undefined ? {} : { [reference.provider]: { ...settings, models: undefined } }),
  });
}

function describeModel(reference: ModelReference, config: Config): ListedModel {
  const entry = resolveProviderEntry(reference, config.worker.providers);
  const settings = config.worker.providers[reference.provider];
  const known =
    entry.priceId === null
      ? null
      : snapshotModel({ priceId: entry.priceId, model: reference.model });
  const retired = retirementOf(reference);
  const rank = config.worker.fallbackModels.findIndex((each) => isSame(each, reference));
  return {
    ...reference,
    contextWindow: settings?.contextWindow ?? known?.contextWindow ?? entry.contextWindow,
    prices: configuredPrices(settings?.price) ?? {
      ...UNKNOWN_PRICES,
      ...(known === null
        ? {}
        : {
            input: known.inputPerMillionUsd,
            cachedInput: known.cachedInputPerMillionUsd,
            cacheWrite: known.cacheWritePerMillionUsd,
            output: known.outputPerMillionUsd,
          }),
    },
    isDefault: isSame(defaultModel(config), reference),
    fallbackRank: rank < 0 ? null : rank + 1,
    retirement:
      retired === undefined
        ? null
        : {
            endsOn: retired.endsOn,
            replacement: formatModelReference({ ...reference, model: retired.replacement }),
          },
  };
}

function configuredPrices(price: PriceSettings | undefined): ModelPrices | undefined {
  if (price === undefined) return undefined;
  return {
    input: price.inputPerMillionUsd,
    cachedInput: price.cachedInputPerMillionUsd ?? price.inputPerMillionUsd,
    cacheWrite: price.cacheWritePerMillionUsd ?? price.inputPerMillionUsd,
    output: price.outputPerMillionUsd,
  };
}

function defaultModel(config: Config): ModelReference {
  return parseModelReference(config.defaultModel?.reference ?? DEFAULTS.model);
}

function isSame(left: ModelReference, right: ModelReference): boolean {
  return left.provider === right.provider && left.model === right.model;
}
