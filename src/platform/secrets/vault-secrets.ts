import { InfrastructureError, InvalidInputError, trimOf } from '../../domain/index.js';
import { rememberSecret } from '../../observability/index.js';
import { createKvEngine, type KvEngine, type KvSecret } from './kv-engine.js';
import {
  storedSecretSchema,
  toProviderSecret,
  type StoredSecret,
  type VaultProviderSecret,
} from './provider-secret.js';
import type { VaultClient } from './vault-client.js';

/** Options of {@link createVaultSecrets}. */
export interface VaultSecretsOptions {
  readonly client: VaultClient;
  /** Mount of the key-value engine, for example `secret`. */
  readonly mount: string;
  /** Path inside the mount below which each provider has one secret, for example `codetether/providers`. */
  readonly path: string;
  /** Milliseconds a secret is kept. Default and maximum 60,000. */
  readonly cacheMs?: number | undefined;
  /** Clock for tests. Default Date.now. */
  readonly now?: (() => number) | undefined;
}

/** Provider secrets in Vault. */
export interface VaultSecrets {
  /**
   * The secret of a provider, at most 60 s old. Throws `ERR_SECRET_MISSING`, `ERR_SECRET_INVALID`, `ERR_VAULT_MOUNT`
   * (exit 2), `ERR_VAULT_DENIED` (not retryable), and what the client throws. Every value that is read is kept out of
   * logs, events and outputs from then on.
   */
  readProviderSecret(provider: string): Promise<VaultProviderSecret>;
  /** Forgets one cached secret. */
  invalidate(provider: string): void;
  /**
   * Stores fields of a provider's secret; others that it has already are kept. Throws `ERR_SECRET_INVALID` before
   * anything is written, `ERR_VAULT_DENIED`, and what the client throws. Gives the path in Vault.
   */
  storeProviderSecret(provider: string, fields: Partial<StoredSecret>): Promise<string>;
  /** Names of the providers that have a secret, sorted. Throws `ERR_VAULT_DENIED`, and what the client throws. */
  listProviders(): Promise<readonly string[]>;
}

const LONGEST_CACHE_MS = 60_000;

/** Provider secrets in a Vault KV engine, version 1 or 2. */
export function createVaultSecrets(options: VaultSecretsOptions): VaultSecrets {
  const engine = createKvEngine(options.client, trimSlashes(options.mount));
  const base = trimSlashes(options.path);
  const now = options.now ?? Date.now;
  const cacheMs = Math.min(options.cacheMs ?? LONGEST_CACHE_MS, LONGEST_CACHE_MS);
  const cache = new Map<string, { secret: Promise<VaultProviderSecret>; until: number }>();
  const pathOf = (provider: string): string => `${base}/${encodeURIComponent(provider)}`;

  return {
    async readProviderSecret(provider) {
      const known = cache.get(provider);
      if (known !== undefined && known.until > now()) return known.secret;
      const secret = readSecret(engine, provider, pathOf(provider));
      const entry = { secret, until: now() + cacheMs };
      cache.set(provider, entry);
      secret.catch(() => {
        if (cache.get(provider) === entry) cache.delete(provider);
      });
      return secret;
    },
    invalidate(provider) {
      cache.delete(provider);
    },
    async storeProviderSecret(provider, fields) {
      const before = await engine.read(pathOf(provider));
      if (before.answer.status === 403) throw denied(provider, before, 'read');
      const merged = { ...before.fields, ...fields };
      parseSecret(merged, provider, before.path);
      const written = await engine.write(pathOf(provider), merged);
      if (written.answer.status >= 400) throw denied(provider, written, 'write');
      cache.delete(provider);
      return written.path;
    },
    async listProviders() {
      const names = await engine.list(base);
      if (names === null) throw listDenied(`${trimSlashes(options.mount)}/${base}`);
      return names
        .filter((name) => !name.endsWith('/'))
        .map((name) => decodeURIComponent(name))
        .sort();
    },
  };
}

async function readSecret(
  engine: KvEngine,
  provider: string,
  path: string,
): Promise<VaultProviderSecret> {
  const secret = await engine.read(path);
  if (secret.answer.status === 403) throw denied(provider, secret, 'read');
  if (secret.fields === null) {
    throw new InvalidInputError('ERR_SECRET_MISSING', {
      message: `Vault holds no key for provider "${provider}"`,
      where: { file: `vault:${secret.path}` },
      hint: `codetether auth set ${provider}`,
    });
  }
  const stored = parseSecret(secret.fields, provider, secret.path);
  rememberSecret(`${provider} api_key`, stored.api_key);
  for (const [name, value] of Object.entries(stored.headers ?? {}))
    rememberSecret(`${provider} header ${name}`, value);
  rememberOAuth(provider, stored.oauth);
  return toProviderSecret(stored);
}

/** Every secret value of a login is kept out of logs, events and outputs too. */
function rememberOAuth(provider: string, oauth: string | undefined): void {
  if (oauth === undefined) return;
  for (const [, name, value] of oauth.matchAll(/"(\w{1,40})":"([^"\\]{8,8192})"/g))
    if (name !== undefined && value !== undefined && /token|secret/.test(name))
      rememberSecret(`${provider} ${name}`, value);
}

function parseSecret(fields: unknown, provider: string, path: string): StoredSecret {
  const parsed = storedSecretSchema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole');
  throw new InvalidInputError('ERR_SECRET_INVALID', {
    // The names of the wrong fields only: messages could quote values.
    message: `the secret of provider "${provider}" is malformed in ${wrong.join(', ')}`,
    where: { file: `vault:${path}` },
    hint: `codetether auth set ${provider}`,
  });
}

function denied(provider: string, secret: KvSecret, verb: 'read' | 'write'): InfrastructureError {
  const reason = secret.answer.errors.join('; ');
  return new InfrastructureError('ERR_VAULT_DENIED', {
    message: `Vault refuses to ${verb} the secret of provider "${provider}": ${reason === '' ? 'no reason given' : reason}`,
    where: { file: `vault:${secret.path}` },
    hint: `allow the token's policy to ${verb === 'read' ? 'read' : 'read, create and update'} this path`,
    isRetryable: false,
  });
}

function listDenied(path: string): InfrastructureError {
  return new InfrastructureError('ERR_VAULT_DENIED', {
    message: 'Vault refuses to list the providers',
    where: { file: `vault:${path}` },
    hint: "allow the token's policy to list this path (for KV version 2 below metadata/)",
    isRetryable: false,
  });
}

function trimSlashes(path: string): string {
  return trimOf(path, '/');
}
