import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VaultAuth } from '../../../../src/domain/provider/vault-connection.js';
import {
  createVaultClient,
  type VaultClient,
} from '../../../../src/platform/secrets/vault-client.js';

/** A Vault with one secret; logins hand out `login-1`, `login-2` and so on. */
let server: Server;
let address: string;
let folder: string;
let valid: Set<string>;
let logins: number;
let open: VaultClient[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vault-client-'));
  valid = new Set(['given']);
  logins = 0;
  open = [];
  server = createServer((request, response) => {
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/v1/auth/apps/login') {
      logins += 1;
      valid.add(`login-${logins}`);
      const auth = { client_token: `login-${logins}`, lease_duration: 60, renewable: false };
      return reply(200, { auth });
    }
    if (!valid.has(String(request.headers['x-vault-token'])))
      return reply(403, { errors: ['permission denied'] });
    if (request.url === '/v1/auth/token/lookup-self') return reply(200, { data: { ttl: 0 } });
    if (request.url === '/v1/forbidden') return reply(403, { errors: ['permission denied'] });
    return reply(200, { data: { path: request.url, method: request.method } });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const client of open) client.close();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await rm(folder, { recursive: true });
});

function client(auth: VaultAuth): VaultClient {
  const made = createVaultClient({ address, auth });
  open.push(made);
  return made;
}

async function appRole(): Promise<VaultClient> {
  const secretIdPath = join(folder, 'secret-id');
  await writeFile(secretIdPath, 'secret');
  return client({ kind: 'approle', roleId: 'role', mount: 'apps', secretIdPath });
}

async function tokenFile(text: string, mode = 0o600): Promise<string> {
  const path = join(folder, 'token');
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe('a client of Vault', () => {
  it('reads, lists, writes and removes on the paths that it is given', async () => {
    const vault = client({ kind: 'token', token: 'given' });
    const answers = await Promise.all([
      vault.read('a/b'),
      vault.list('a'),
      vault.write('transit/datakey/plaintext/k', {}),
      vault.remove('a/b'),
    ]);
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, { data: { path: '/v1/a/b', method: 'GET' } }],
      [200, { data: { path: '/v1/a?list=true', method: 'GET' } }],
      [200, { data: { path: '/v1/transit/datakey/plaintext/k', method: 'POST' } }],
      [200, { data: { path: '/v1/a/b', method: 'DELETE' } }],
    ]);
  });

  it('logs in once for many requests at once, and once again when its token is refused', async () => {
    const vault = await appRole();
    await Promise.all([vault.read('a'), vault.read('b'), vault.read('c')]);
    expect(logins).toBe(1);
    valid.delete('login-1');
    const answers = await Promise.all([vault.read('a'), vault.read('b'), vault.read('c')]);
    expect([answers.map(({ status }) => status), logins]).toEqual([[200, 200, 200], 2]);
  });

  it('takes the no of a policy for an answer, without another login', async () => {
    const vault = await appRole();
    expect(await vault.read('forbidden')).toMatchObject({
      status: 403,
      errors: ['permission denied'],
    });
    expect(logins).toBe(1);
  });

  it('waits for the agent when the file still holds the refused token, and goes on with its next one', async () => {
    const path = await tokenFile('gone');
    const vault = client({ kind: 'file', path });
    await expect(vault.read('a')).rejects.toMatchObject({
      code: 'ERR_VAULT_EXPIRED',
      isRetryable: true,
      where: { file: path },
    });
    await tokenFile('given');
    expect((await vault.read('a')).status).toBe(200);
  });

  it.each([0o644, 0o620, 0o604])('uses no token file of mode %o', async (mode) => {
    const path = await tokenFile('given', mode);
    await expect(client({ kind: 'file', path }).read('a')).rejects.toMatchObject({
      code: 'ERR_VAULT_TOKEN_FILE',
      exitCode: 2,
      where: { file: path },
    });
  });

  it('uses a token file that its group may read', async () => {
    const path = await tokenFile('given', 0o640);
    expect((await client({ kind: 'file', path }).read('a')).status).toBe(200);
  });

  it('names a secret id that is missing, and a certificate authority too', async () => {
    const secretIdPath = join(folder, 'none');
    const auth = { kind: 'approle', roleId: 'role', mount: 'apps', secretIdPath } as const;
    await expect(client(auth).read('a')).rejects.toMatchObject({
      code: 'ERR_VAULT_LOGIN',
      where: { file: secretIdPath },
    });
    const caCert = join(folder, 'ca.pem');
    const token = { kind: 'token', token: 'given' } as const;
    const secure = createVaultClient({ address, auth: token, caCert });
    await expect(secure.read('a')).rejects.toMatchObject({
      code: 'ERR_VAULT_CA',
      where: { file: caCert },
    });
  });
});
