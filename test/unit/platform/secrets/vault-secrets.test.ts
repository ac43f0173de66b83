import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VaultConnection } from '../../../../src/domain/provider/vault-connection.js';
import { createVaultClient } from '../../../../src/platform/secrets/vault-client.js';
import {
  createVaultSecrets,
  type VaultSecrets,
  type VaultSecretsOptions,
} from '../../../../src/platform/secrets/vault-secrets.js';

/** A stand-in that speaks the few paths of Vault's HTTP interface that are read. */
interface FakeVault {
  readonly address: string;
  readonly seen: Array<{ path: string; token: string; namespace: string }>;
  readonly pages: Map<string, { status: number; body: unknown }>;
  tokens: string[];
  stop(): Promise<void>;
}

async function startVault(): Promise<FakeVault> {
  const pages: FakeVault['pages'] = new Map();
  const seen: FakeVault['seen'] = [];
  const server: Server = createServer((request, response) => {
    const token = String(request.headers['x-vault-token'] ?? '');
    const path = request.url ?? '';
    seen.push({ path, token, namespace: String(request.headers['x-vault-namespace'] ?? '') });
    const page = vault.tokens.includes(token)
      ? pages.get(path)
      : { status: 403, body: { errors: ['permission denied'] } };
    const { status, body } = page ?? { status: 404, body: { errors: [] } };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const vault: FakeVault = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    pages,
    tokens: ['t'],
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return vault;
}

let vault: FakeVault;
let folder: string;
beforeEach(async () => {
  vault = await startVault();
  folder = await mkdtemp(join(tmpdir(), 'vault-'));
  vault.pages.set('/v1/sys/internal/ui/mounts/secret', {
    status: 200,
    body: { data: { type: 'kv', options: { version: '2' } } },
  });
});
afterEach(async () => {
  await vault.stop();
  await rm(folder, { recursive: true });
});

function secrets(
  options: Partial<VaultSecretsOptions> = {},
  connection: Partial<VaultConnection> = {},
): VaultSecrets {
  return createVaultSecrets({
    client: createVaultClient({
      address: vault.address,
      auth: { kind: 'token', token: 't' },
      ...connection,
    }),
    mount: 'secret',
    path: 'codetether/providers',
    ...options,
  });
}

const withToken = (token: string): VaultSecrets => secrets({}, { auth: { kind: 'token', token } });
const withFile = (path: string): VaultSecrets => secrets({}, { auth: { kind: 'file', path } });

const PAGE = '/v1/secret/data/codetether/providers/openai';
const keep = (data: unknown): void => {
  vault.pages.set(PAGE, { status: 200, body: { data: { data, metadata: {} } } });
};

describe('provider secrets from Vault', () => {
  it('reads version 2 engines with all fields', async () => {
    keep({ api_key: 'k', organization: 'o', base_url: 'http://h/v1', headers: { 'x-a': 'b' } });
    expect(await secrets().readProviderSecret('openai')).toEqual({
      apiKey: 'k',
      organization: 'o',
      baseUrl: 'http://h/v1',
      headers: { 'x-a': 'b' },
    });
  });

  it('reads version 1 engines', async () => {
    vault.pages.set('/v1/sys/internal/ui/mounts/secret', {
      status: 200,
      body: { data: { type: 'kv', options: null } },
    });
    vault.pages.set('/v1/secret/codetether/providers/openai', {
      status: 200,
      body: { data: { api_key: 'k' } },
    });
    expect((await secrets().readProviderSecret('openai')).apiKey).toBe('k');
  });

  it('asks Vault once a minute, and again after invalidate', async () => {
    keep({ api_key: 'old' });
    let now = 0;
    const store = secrets({ now: () => now, cacheMs: 3_600_000 });
    await store.readProviderSecret('openai');
    keep({ api_key: 'new' });
    expect((await store.readProviderSecret('openai')).apiKey).toBe('old');
    now = 60_001;
    expect((await store.readProviderSecret('openai')).apiKey).toBe('new');
    keep({ api_key: 'newer' });
    store.invalidate('openai');
    expect((await store.readProviderSecret('openai')).apiKey).toBe('newer');
  });

  it('names path and command when there is no secret, and asks again the next time', async () => {
    const store = secrets();
    await expect(store.readProviderSecret('openai')).rejects.toMatchObject({
      code: 'ERR_SECRET_MISSING',
      exitCode: 2,
      isRetryable: false,
      hint: 'codetether auth set openai',
      where: { file: 'vault:secret/data/codetether/providers/openai' },
    });
    keep({ api_key: 'k' });
    expect((await store.readProviderSecret('openai')).apiKey).toBe('k');
  });

  it('takes a deleted version for a missing secret', async () => {
    keep(null);
    await expect(secrets().readProviderSecret('openai')).rejects.toMatchObject({
      code: 'ERR_SECRET_MISSING',
    });
  });

  it('names wrong fields of a malformed secret and no value', async () => {
    keep({ api_key: '', base_url: 'not-a-url-s3cret' });
    const error: unknown = await secrets()
      .readProviderSecret('openai')
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_SECRET_INVALID',
      message: expect.stringContaining('api_key, base_url') as string,
    });
    expect(JSON.stringify(error)).not.toContain('s3cret');
  });

  it('tells a refused token, a sealed Vault and a silent one apart', async () => {
    await expect(withToken('wrong').readProviderSecret('openai')).rejects.toMatchObject({
      code: 'ERR_VAULT_EXPIRED',
      isRetryable: true,
    });
    vault.pages.set('/v1/auth/token/lookup-self', { status: 200, body: { data: { ttl: 0 } } });
    vault.pages.set(PAGE, { status: 403, body: { errors: ['permission denied'] } });
    await expect(secrets().readProviderSecret('openai')).rejects.toMatchObject({
      code: 'ERR_VAULT_DENIED',
      isRetryable: false,
    });
    vault.pages.set(PAGE, { status: 503, body: { errors: ['Vault is sealed'] } });
    await expect(secrets().readProviderSecret('openai')).rejects.toMatchObject({
      code: 'ERR_VAULT_SEALED',
      isRetryable: true,
    });
    await expect(
      secrets({}, { address: 'http://127.0.0.1:1' }).readProviderSecret('openai'),
    ).rejects.toMatchObject({
      code: 'ERR_VAULT_UNREACHABLE',
      isRetryable: true,
    });
  });

  it('reads a renewed token file once the old token is refused', async () => {
    keep({ api_key: 'k' });
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 't\n', { mode: 0o600 });
    const store = withFile(tokenFile);
    await store.readProviderSecret('openai');
    vault.tokens = ['t2'];
    await writeFile(tokenFile, 't2\n');
    store.invalidate('openai');
    expect((await store.readProviderSecret('openai')).apiKey).toBe('k');
  });

  it('names a token file that cannot be read', async () => {
    const tokenFile = join(folder, 'none');
    await expect(withFile(tokenFile).readProviderSecret('openai')).rejects.toMatchObject({
      code: 'ERR_VAULT_TOKEN',
      where: { file: tokenFile },
    });
  });

  it('takes no address, token, namespace or prefix from the environment', async () => {
    keep({ api_key: 'k' });
    const poison = {
      VAULT_ADDR: 'http://127.0.0.1:1',
      VAULT_TOKEN: 'poison',
      VAULT_NAMESPACE: 'poison',
      VAULT_PREFIX: '/poison',
    };
    const before = { ...process.env };
    Object.assign(process.env, poison);
    try {
      expect((await secrets().readProviderSecret('openai')).apiKey).toBe('k');
      expect(vault.seen.every((each) => each.token === 't' && each.namespace === '')).toBe(true);
    } finally {
      for (const name of Object.keys(poison)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});
