import { z } from 'zod';
import { InfrastructureError, InvalidInputError } from '../../domain/index.js';
import { createVaultReader, type VaultConnection, type VaultReader } from './vault-http.js';

/** A provider's secret as it lies in Vault. `resource` is an Azure resource name. */
const storedSecretSchema = z.object({
  api_key: z.string().min(1),
  organization: z.string().min(1).optional(),
  base_url: z.url().optional(),
  resource: z
    .string()
    .regex(/^[a-z0-9-]+$/i)
    .optional(),
  headers: z.record(z.string(), z.string()).optional(),
});

/** What a model provider needs to be called. Never logged, never in a workflow. */
export interface VaultProviderSecret {
  readonly apiKey: string;
  readonly organization?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Options of {@link createVaultSecrets}. */
export interface VaultSecretsOptions extends VaultConnection {
  /** Mount of the key-value engine, for example `secret`. */
  readonly mount: string;
  /** Path inside the mount below which each provider has one secret, for example `codetether/providers`. */
  readonly path: string;
  /** Milliseconds a secret is kept. Default and maximum 60,000. */
  readonly cacheMs?: number | undefined;
  /** Clock for tests. Default Date.now. */
  readonly now?: (() => number) | undefined;
}

/** Provider secrets out of Vault. */
export interface VaultSecrets {
  /**
   * The secret of a provider, at most 60 s old. Throws `ERR_SECRET_MISSING`, `ERR_SECRET_INVALID` (exit 2),
   * `ERR_VAULT_DENIED`, `ERR_VAULT_TOKEN` (not retryable), `ERR_VAULT_SEALED`, `ERR_VAULT_UNREACHABLE` (retryable).
   */
  readProviderSecret(provider: string): Promise<VaultProviderSecret>;
  /** Forgets one cached secret. */
  invalidate(provider: string): void;
}

const LONGEST_CACHE_MS = 60_000;

/** Reads provider secrets from a Vault KV engine, version 1 or 2 (found out once). */
export function createVaultSecrets(options: VaultSecretsOptions): VaultSecrets {
  const reader = createVaultReader(options);
  const now = options.now ?? Date.now;
  const cacheMs = Math.min(options.cacheMs ?? LONGEST_CACHE_MS, LONGEST_CACHE_MS);
  const cache = new Map<string, { secret: Promise<VaultProviderSecret>; until: number }>();
  const mount = trimSlashes(options.mount);
  let version: Promise<KvVersion> | undefined;

  const load = async (provider: string): Promise<VaultProviderSecret> => {
    version ??= detectVersion(reader, mount);
    const detected = await version.catch((error: unknown) => {
      version = undefined;
      throw error;
    });
    return readSecret(reader, {
      provider,
      mount,
      path: trimSlashes(options.path),
      version: detected,
    });
  };

  return {
    async readProviderSecret(provider) {
      const known = cache.get(provider);
      if (known !== undefined && known.until > now()) return known.secret;
      const secret = load(provider);
      cache.set(provider, { secret, until: now() + cacheMs });
      secret.catch(() => cache.delete(provider));
      return secret;
    },
    invalidate(provider) {
      cache.delete(provider);
    },
  };
}

type KvVersion = 1 | 2;

const mountSchema = z.object({
  data: z.object({ options: z.object({ version: z.string() }).nullish() }),
});

/** Policies often hide the mount's own record; version 2 is then the likely one. */
async function detectVersion(reader: VaultReader, mount: string): Promise<KvVersion> {
  const answer = await reader.read(`sys/internal/ui/mounts/${mount}`);
  const parsed = mountSchema.safeParse(answer.body);
  if (!parsed.success) return 2;
  return parsed.data.data.options?.version === '2' ? 2 : 1;
}

interface SecretAddress {
  readonly provider: string;
  readonly mount: string;
  readonly path: string;
  readonly version: KvVersion;
}

async function readSecret(
  reader: VaultReader,
  address: SecretAddress,
): Promise<VaultProviderSecret> {
  const full = [
    address.mount,
    ...(address.version === 2 ? ['data'] : []),
    address.path,
    encodeURIComponent(address.provider),
  ].join('/');
  const answer = await reader.read(full);
  const hint = `codetether auth set ${address.provider}`;
  const where = { file: `vault:${full}` };
  if (answer.status === 403) {
    throw new InfrastructureError('ERR_VAULT_DENIED', {
      message: `Vault refuses to read the secret of provider "${address.provider}" (expired token or missing permission)`,
      where,
      hint: 'renew the token, or allow its policy to read this path',
      isRetryable: false,
    });
  }
  const data = answer.status === 404 ? null : secretData(answer.body, address.version);
  if (data === null) {
    throw new InvalidInputError('ERR_SECRET_MISSING', {
      message: `Vault holds no key for provider "${address.provider}"`,
      where,
      hint,
    });
  }
  const parsed = storedSecretSchema.safeParse(data);
  if (parsed.success) return toProviderSecret(parsed.data);
  throw new InvalidInputError('ERR_SECRET_INVALID', {
    // The names of the wrong fields only: messages could quote values.
    message: `the secret of provider "${address.provider}" is malformed in ${parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ')}`,
    where,
    hint,
  });
}

const envelopeSchema = z.object({ data: z.record(z.string(), z.unknown()) });
const versionedSchema = z.object({ data: z.record(z.string(), z.unknown()).nullable() });

/** A deleted version 2 secret answers with data null. */
function secretData(body: unknown, version: KvVersion): Record<string, unknown> | null {
  const outer = envelopeSchema.safeParse(body);
  if (!outer.success) return null;
  if (version === 1) return outer.data.data;
  const inner = versionedSchema.safeParse(outer.data.data);
  return inner.success ? inner.data.data : null;
}

function toProviderSecret(stored: z.infer<typeof storedSecretSchema>): VaultProviderSecret {
  const azure =
    stored.resource === undefined
      ? undefined
      : `https://${stored.resource}.services.ai.azure.com/anthropic`;
  return {
    apiKey: stored.api_key,
    organization: stored.organization,
    baseUrl: stored.base_url ?? azure,
    headers: stored.headers,
  };
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
