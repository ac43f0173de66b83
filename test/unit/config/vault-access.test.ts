import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { vaultAccess, type VaultAccess } from '../../../src/config/vault-access.js';
import { withoutSecrets } from '../../../src/config/light/environment.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vault-access-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** How Vault is reached with this user file and environment. */
async function access(
  toml: string,
  environment: Record<string, string> = {},
): Promise<VaultAccess> {
  const configFile = join(folder, 'config.toml');
  writeFileSync(configFile, toml);
  const all = { HOME: folder, VAULT_ADDR: 'https://v.example', ...environment };
  const config = await loadConfig({ project: folder, configFile, environment: all });
  return vaultAccess(config.worker.vault, all);
}

describe('vaultAccess', () => {
  it('takes an agent’s file before a role, and a role before VAULT_TOKEN', async () => {
    const token = { VAULT_TOKEN: 't' };
    const file = { VAULT_TOKEN_FILE: '/run/sink' };
    const role = '[vault]\nrole = "worker"\n';
    expect(await access(role, { ...token, ...file })).toMatchObject({
      auth: { kind: 'file', path: '/run/sink' },
    });
    expect(await access(role, token)).toMatchObject({
      auth: {
        kind: 'kubernetes',
        role: 'worker',
        mount: 'kubernetes',
        jwtPath: '/var/run/secrets/kubernetes.io/serviceaccount/token',
      },
    });
    expect(await access('', token)).toMatchObject({ auth: { kind: 'token', token: 't' } });
    expect(await access(`${role}auth = "token"\n`, token)).toMatchObject({
      auth: { kind: 'token' },
    });
  });

  it('finds files from the folder of the configuration', async () => {
    const toml =
      '[vault]\nauth = "approle"\nrole = "id"\nsecret_id_path = "secret"\nauth_mount = "a"\n';
    expect(await access(toml)).toMatchObject({
      auth: { kind: 'approle', roleId: 'id', mount: 'a', secretIdPath: join(folder, 'secret') },
    });
  });

  it.each([
    ['', { VAULT_ADDR: '' }, 'VAULT_ADDR is not set'],
    ['', {}, 'neither VAULT_TOKEN nor VAULT_TOKEN_FILE is set'],
    ['[vault]\nauth = "file"\n', {}, 'VAULT_TOKEN_FILE is not set'],
    ['[vault]\nauth = "kubernetes"\n', {}, '[vault] role is not set'],
    ['[vault]\nauth = "approle"\nrole = "id"\n', {}, '[vault] secret_id_path is not set'],
  ])('says what is missing: %j %j', async (toml, environment, reason) => {
    expect(await access(toml, environment)).toEqual({ isKnown: false, reason });
  });
});

describe('withoutSecrets', () => {
  it('drops what unlocks Vault, Temporal or a provider, and keeps the rest', () => {
    const kept = {
      PATH: '/bin',
      HTTPS_PROXY: 'http://p',
      TEMPORAL_ADDRESS: 'a',
      NODE_EXTRA_CA_CERTS: 'c',
    };
    const dropped = [
      'VAULT_TOKEN',
      'VAULT_ADDR',
      'BAO_TOKEN',
      'OPENAI_BASE_URL',
      'ANTHROPIC_AUTH_TOKEN',
      'AZURE_API_KEY',
      'TEMPORAL_API_KEY',
      'OPENROUTER_API_KEY',
      'GEMINI_API_KEY',
    ];
    const all = { ...kept, ...Object.fromEntries(dropped.map((name) => [name, 'x'])) };
    expect(withoutSecrets(all)).toEqual(kept);
  });
});
