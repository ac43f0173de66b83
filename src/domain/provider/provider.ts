import { InvalidInputError } from '../light/error.js';
import { formatModelReference, type ModelReference } from '../agent/model.js';

/** The protocols that adapters exist for. */
export const PROVIDER_WIRES = ['openai-chat', 'anthropic-messages', 'replay'] as const;

/** See {@link PROVIDER_WIRES}. */
export type ProviderWire = (typeof PROVIDER_WIRES)[number];

/** How one server differs from the plain protocol. Data, not subclasses. */
export interface ProviderQuirks {
  /** Field that limits the output. Default `max_tokens`. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** Replay reasoning with every assistant message, not only with those that call tools. Default false. */
  readonly replaysAllReasoning?: boolean;
  /** Ask for the cost in the usage block (OpenRouter). Default false. */
  readonly asksForCost?: boolean;
}

/** One provider as it is known before any configuration. */
export interface ProviderEntry {
  readonly wire: ProviderWire;
  /** Null where the user has to give one (an Azure resource, a local server). */
  readonly baseUrl: string | null;
  readonly auth: 'vault' | 'none';
  /** Provider id in the price snapshot; null = no public price. */
  readonly priceId: string | null;
  /** How its model ids begin, where the price snapshot lists models of other servers under the same name. */
  readonly modelPrefixes?: readonly string[];
  /** Tokens, for models that the price snapshot does not know. */
  readonly contextWindow: number;
  /** Model that stands for the provider in lists and hints; null where none can be named (a deployment, a local server). */
  readonly defaultModel: string | null;
  readonly quirks: ProviderQuirks;
}

/** Price of a custom model in US dollars per million tokens. */
export interface PriceSettings {
  readonly inputPerMillionUsd: number;
  readonly outputPerMillionUsd: number;
  /** Default: the input price. */
  readonly cachedInputPerMillionUsd?: number | undefined;
  /** Tokens written to a prompt cache. Default: the input price. */
  readonly cacheWritePerMillionUsd?: number | undefined;
}

/** How tool calls travel: in the wire's own fields, or as JSON text that a schema constrains. */
export const TOOL_MODES = ['native', 'json'] as const;

/** See {@link TOOL_MODES}. */
export type ToolMode = (typeof TOOL_MODES)[number];

/** What configuration may say about a provider; every field overrides the table. */
export interface ProviderSettings {
  readonly wire?: ProviderWire | undefined;
  readonly baseUrl?: string | undefined;
  readonly auth?: 'vault' | 'none' | undefined;
  readonly contextWindow?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly price?: PriceSettings | undefined;
  /** Absolute path of the transcript, for wire `replay`. */
  readonly transcript?: string | undefined;
  /** When given, other model ids are refused before a call. */
  readonly models?: readonly string[] | undefined;
  /** Default `native`; `json` is for servers without tool calling. */
  readonly toolMode?: ToolMode | undefined;
  /** False for servers that cannot stream. Default true. */
  readonly isStreamed?: boolean | undefined;
  /** False for models that take no pictures. Default: found out by the first refusal. */
  readonly takesPictures?: boolean | undefined;
  /** Calls at a time. Default: no limit. */
  readonly maxConcurrent?: number | undefined;
  /** Calls begun in any 60 s. Default: no limit. */
  readonly requestsPerMinute?: number | undefined;
  /** Longest silence before the first chunk, in milliseconds. */
  readonly firstTokenTimeoutMs?: number | undefined;
  /** Longest silence between two chunks, in milliseconds. */
  readonly stallTimeoutMs?: number | undefined;
}

/** Built-in providers; hosts are defaults that configuration or the Vault secret may replace. */
export const PROVIDER_TABLE: Readonly<Record<string, ProviderEntry>> = {
  moonshotai: openAiLike('moonshotai', 'https://api.moonshot.ai/v1', {
    contextWindow: 262_144,
    defaultModel: 'kimi-k2.5',
    quirks: { maxTokensField: 'max_completion_tokens' },
  }),
  openrouter: openAiLike('openrouter', 'https://openrouter.ai/api/v1', {
    contextWindow: 131_072,
    defaultModel: 'stepfun/step-3.5-flash:free',
    quirks: { replaysAllReasoning: true, asksForCost: true },
  }),
  google: openAiLike('google', 'https://generativelanguage.googleapis.com/v1beta/openai', {
    contextWindow: 1_048_576,
    defaultModel: 'gemini-2.5-pro',
    modelPrefixes: ['gemini-', 'gemma-'],
    quirks: {},
  }),
  stepfun: openAiLike('stepfun', 'https://api.stepfun.ai/v1', {
    contextWindow: 262_144,
    defaultModel: 'step-3.5-flash',
    quirks: {},
  }),
  openai: openAiLike('openai', 'https://api.openai.com/v1', {
    contextWindow: 400_000,
    defaultModel: 'gpt-5.5',
    quirks: { maxTokensField: 'max_completion_tokens' },
  }),
  deepseek: openAiLike('deepseek', 'https://api.deepseek.com', {
    contextWindow: 131_072,
    defaultModel: 'deepseek-v4-flash',
    quirks: {},
  }),
  anthropic: anthropicLike('https://api.anthropic.com'),
  'azure-anthropic': anthropicLike(null),
};

function openAiLike(
  priceId: string,
  baseUrl: string,
  rest: Omit<ProviderEntry, 'wire' | 'baseUrl' | 'auth' | 'priceId'>,
): ProviderEntry {
  return { wire: 'openai-chat', baseUrl, auth: 'vault', priceId, ...rest };
}

function anthropicLike(baseUrl: string | null): ProviderEntry {
  return {
    wire: 'anthropic-messages',
    baseUrl,
    auth: 'vault',
    // A deployment name on Azure says nothing about the model, so it has no public price.
    priceId: baseUrl === null ? null : 'anthropic',
    contextWindow: 200_000,
    defaultModel: baseUrl === null ? null : 'claude-sonnet-5-5',
    quirks: {},
  };
}

/** A provider that only configuration knows: a local or compatible server. */
export const CUSTOM_PROVIDER: ProviderEntry = {
  wire: 'openai-chat',
  baseUrl: null,
  auth: 'vault',
  priceId: null,
  contextWindow: 131_072,
  defaultModel: null,
  quirks: {},
};

/** Names of all providers that a reference may use, sorted. */
export function providerNames(
  settings: Readonly<Record<string, ProviderSettings>>,
  table: Readonly<Record<string, ProviderEntry>> = PROVIDER_TABLE,
): string[] {
  return [...new Set([...Object.keys(table), ...Object.keys(settings)])].sort();
}

/**
 * Table entry of a model's provider with the user's settings on top; no request is made.
 * Throws {@link InvalidInputError} `ERR_PROVIDER_UNKNOWN`, `ERR_MODEL_UNKNOWN` or `ERR_PROVIDER_CONFIG`, naming what is known.
 */
export function resolveProviderEntry(
  reference: ModelReference,
  settings: Readonly<Record<string, ProviderSettings>>,
  table: Readonly<Record<string, ProviderEntry>> = PROVIDER_TABLE,
): ProviderEntry {
  const own = ownEntry(settings, reference.provider) ?? {};
  const base =
    ownEntry(table, reference.provider) ??
    (Object.hasOwn(settings, reference.provider) ? CUSTOM_PROVIDER : undefined);
  if (base === undefined) throw unknownProvider(reference, providerNames(settings, table));
  const wire = own.wire ?? base.wire;
  if (!PROVIDER_WIRES.includes(wire)) {
    throw new InvalidInputError('ERR_PROVIDER_CONFIG', {
      message: `provider "${reference.provider}" needs wire`,
      where: { field: `providers.${reference.provider}.wire` },
      hint: `set wire to one of ${PROVIDER_WIRES.join(', ')}`,
    });
  }
  if (own.models !== undefined && !own.models.includes(reference.model)) {
    throw new InvalidInputError('ERR_MODEL_UNKNOWN', {
      message: `provider "${reference.provider}" has no model "${reference.model}"`,
      where: { field: 'model' },
      hint: `use one of ${own.models.map((model) => `${reference.provider}/${model}`).join(', ')}`,
    });
  }
  return { ...base, wire, baseUrl: own.baseUrl ?? base.baseUrl, auth: own.auth ?? base.auth };
}

/** The entry of exactly that name: `constructor` is in every object, but is no provider. */
function ownEntry<Entry>(
  entries: Readonly<Record<string, Entry>>,
  name: string,
): Entry | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

function unknownProvider(reference: ModelReference, known: readonly string[]): InvalidInputError {
  return new InvalidInputError('ERR_PROVIDER_UNKNOWN', {
    message: `"${reference.provider}" in ${formatModelReference(reference)} is not a known provider`,
    where: { field: 'model' },
    hint: `use one of ${known.join(', ')}, or describe it as [providers.${reference.provider}] in the configuration`,
  });
}

/** A model of each provider to begin with, for people who have named none. A deployment on Azure has a name of its own. */
const SUGGESTED: Readonly<Record<string, string>> = {
  moonshotai: 'kimi-k2.5',
  openrouter: 'stepfun/step-3.5-flash:free',
  google: 'gemini-2.5-pro',
  stepfun: 'step-3.5-flash',
  openai: 'gpt-5.5',
  deepseek: 'deepseek-v4-pro',
  anthropic: 'claude-sonnet-5-5',
};

/** `PROVIDER/MODEL` to begin with, or null when the provider's models are the user's own. */
export function suggestedModel(provider: string): string | null {
  const model = Object.hasOwn(SUGGESTED, provider) ? SUGGESTED[provider] : undefined;
  return model === undefined ? null : `${provider}/${model}`;
}
