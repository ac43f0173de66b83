import {
  InvalidInputError,
  PROVIDER_TABLE,
  providerNames,
  resolveProviderEntry,
  type ModelReference,
  type ProviderEntry,
  type ProviderSettings,
  type Usage,
} from '../domain/index.js';
import { contextWindowOf, costOfCall } from './cost.js';
import { ProviderError } from './failures/errors.js';
import { withFaultMemory } from './failures/fault-memory.js';
import { withJsonTools } from './reply/json-tools.js';
import { createLimiter, withLimiter, type ProviderLimits } from './limits/limiter.js';
import type { WireOptions } from './wires/http-provider.js';
import { DEFAULT_IDLE_LIMITS, type IdleLimits, type ModelProvider } from './provider.js';
import { createReplayProvider } from './wires/replay.js';
import type { FetchFunction } from './wires/sdk-fetch.js';

/** What a provider's secret holds. */
export interface ProviderSecret {
  readonly apiKey: string;
  readonly organization?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Where keys come from: Vault, or a fake in tests. */
export interface ProviderSecrets {
  /** The newest known secret; throws a CodetetherError when there is none. */
  readProviderSecret(provider: string): Promise<ProviderSecret>;
  /** Forgets a cached secret, so that the next read asks again. */
  invalidate(provider: string): void;
}

/** Dependencies of {@link createProviders}. */
export interface ProvidersOptions {
  /** Default: the built-in table. */
  readonly table?: Readonly<Record<string, ProviderEntry>>;
  /** Settings by provider name. */
  readonly config: Readonly<Record<string, ProviderSettings>>;
  readonly secrets: ProviderSecrets;
  /** Names of key variables that are set in the environment, by provider; they are only used to word the refusal. */
  readonly environmentKeys?: Readonly<Record<string, string>>;
  readonly idle?: IdleLimits;
  /** Default: the global fetch. */
  readonly fetch?: FetchFunction;
}

/** A model that can be called. */
export interface ResolvedModel {
  readonly provider: ModelProvider;
  /** Tokens. */
  readonly contextWindow: number;
  /** Millionths of a US dollar, or null when the price is unknown. */
  readonly costOf: (usage: Usage, providerCostMicroUsd: number | null) => number | null;
}

/** The models that can be called under this configuration. */
export interface Providers {
  /**
   * Finds a model without any request. Throws {@link InvalidInputError} `ERR_PROVIDER_UNKNOWN`, `ERR_MODEL_UNKNOWN` or
   * `ERR_PROVIDER_CONFIG`, naming what is known.
   */
  resolve(reference: ModelReference): ResolvedModel;
  /** Names that `resolve` knows, sorted. */
  readonly names: readonly string[];
}

/** The provider registry over table, configuration and secrets. Keys are read inside calls only. */
export function createProviders(options: ProvidersOptions): Providers {
  const table = options.table ?? PROVIDER_TABLE;
  const names = providerNames(options.config, table);
  const adapters = new Map<string, ModelProvider>();
  return {
    names,
    resolve(reference) {
      const entry = resolveProviderEntry(reference, options.config, table);
      const settings = options.config[reference.provider];
      let provider = adapters.get(reference.provider);
      if (provider === undefined) {
        provider = createAdapter(reference.provider, entry, options);
        adapters.set(reference.provider, provider);
      }
      const source = { model: reference.model, priceId: entry.priceId, price: settings?.price };
      return {
        provider,
        get contextWindow() {
          return (
            settings?.contextWindow ??
            contextWindowOf(reference.model, entry.priceId) ??
            entry.contextWindow
          );
        },
        costOf: (usage, reported) => costOfCall(source, usage, reported),
      };
    },
  };
}

function configError(provider: string, field: string, expected: string): InvalidInputError {
  return new InvalidInputError('ERR_PROVIDER_CONFIG', {
    message: `provider "${provider}" needs ${field}`,
    where: { field: `providers.${provider}.${field}` },
    hint: `set ${field} to ${expected}`,
  });
}

function createAdapter(
  name: string,
  entry: ProviderEntry,
  options: ProvidersOptions,
): ModelProvider {
  const settings = options.config[name];
  if (entry.wire === 'replay') {
    if (settings?.transcript === undefined)
      throw configError(name, 'transcript', 'the path of a recorded transcript');
    return createReplayProvider({ transcript: settings.transcript });
  }
  const limiter = createLimiter({ provider: name, ...limitsOf(settings) });
  const open = (secret: ProviderSecret | null): ModelProvider => {
    const baseUrl = settings?.baseUrl ?? secret?.baseUrl ?? entry.baseUrl;
    if (baseUrl === null)
      throw configError(
        name,
        'base_url',
        "the server's address, for example http://127.0.0.1:8080/v1",
      );
    const wire: WireOptions = {
      provider: name,
      baseUrl,
      apiKey: secret?.apiKey ?? null,
      organization: secret?.organization,
      headers: { ...settings?.headers, ...secret?.headers },
      quirks: entry.quirks,
      ...answering(settings, options.idle ?? DEFAULT_IDLE_LIMITS),
      fetch: options.fetch,
      onResponse: (response) => limiter.observe(response),
    };
    return createWireProvider(entry.wire, wire);
  };
  const keyed = entry.auth === 'none' ? open(null) : createKeyedProvider(name, open, options);
  const called = settings?.toolMode === 'json' ? withJsonTools(keyed) : keyed;
  return withLimiter(withFaultMemory(called, name), limiter);
}

function limitsOf(settings: ProviderSettings | undefined): ProviderLimits {
  return {
    maxConcurrent: settings?.maxConcurrent,
    requestsPerMinute: settings?.requestsPerMinute,
  };
}

function answering(
  settings: ProviderSettings | undefined,
  defaults: IdleLimits,
): Pick<WireOptions, 'idle' | 'isStreamed' | 'takesPictures'> {
  return {
    isStreamed: settings?.isStreamed,
    takesPictures: settings?.takesPictures,
    idle: {
      firstTokenMs: settings?.firstTokenTimeoutMs ?? defaults.firstTokenMs,
      betweenChunksMs: settings?.stallTimeoutMs ?? defaults.betweenChunksMs,
      ...(defaults.keptAliveMs === undefined ? {} : { keptAliveMs: defaults.keptAliveMs }),
    },
  };
}

/** Loads the SDK with the first call: each takes 14 MB and more, and most homes use one. */
function createWireProvider(wire: ProviderEntry['wire'], options: WireOptions): ModelProvider {
  let loaded: Promise<ModelProvider> | undefined;
  const load = async (): Promise<ModelProvider> =>
    wire === 'anthropic-messages'
      ? (await import('./wires/anthropic/anthropic-messages.js')).createAnthropicMessagesProvider(
          options,
        )
      : (await import('./wires/openai/openai-chat.js')).createOpenAiChatProvider(options);
  return {
    async stream(request, control) {
      loaded ??= load();
      return (await loaded).stream(request, control);
    },
  };
}

/** Reads the key before each call (cached by the secret store); a refused key is read afresh once, because it may have been rotated. */
function createKeyedProvider(
  name: string,
  open: (secret: ProviderSecret) => ModelProvider,
  options: ProvidersOptions,
): ModelProvider {
  let current: { fingerprint: string; provider: ModelProvider } | undefined;
  const adapter = async (): Promise<ModelProvider> => {
    const secret = await readSecret(name, options);
    const fingerprint = JSON.stringify(secret);
    if (current?.fingerprint !== fingerprint) current = { fingerprint, provider: open(secret) };
    return current.provider;
  };
  return {
    async stream(request, control) {
      const first = await adapter();
      try {
        return await first.stream(request, control);
      } catch (error) {
        if (!(error instanceof ProviderError) || error.kind !== 'auth' || error.status !== 401)
          throw error;
        options.secrets.invalidate(name);
        const second = await adapter();
        if (second === first) throw error;
        return second.stream(request, control);
      }
    },
  };
}

async function readSecret(name: string, options: ProvidersOptions): Promise<ProviderSecret> {
  try {
    return await options.secrets.readProviderSecret(name);
  } catch (error) {
    const variable = options.environmentKeys?.[name];
    if (variable === undefined || !(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(error.code, {
      message: `${error.message}; the key in ${variable} is not used, because keys only ever come from Vault`,
      hint: `codetether auth set ${name}`,
      where: error.where,
      cause: error,
    });
  }
}
