import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPairSync, sign } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createVaultClient, type VaultClient } from '../../src/platform/secrets/vault-client.js';
import { freePort } from '../../src/host/light/ports.js';

const ROOT = 'root-token-of-tests';

/** A development server of OpenBao, in memory. */
export interface DevBao {
  readonly address: string;
  readonly root: VaultClient;
  /** A client with another token. */
  as(token: string): VaultClient;
  /** A token with these policies; TTL such as `2s`. */
  token(options: Readonly<Record<string, unknown>>): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it on a free port and waits until it answers. */
export async function startDevBao(program: string): Promise<DevBao> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const args = ['server', '-dev', '-dev-no-store-token', `-dev-root-token-id=${ROOT}`];
  const child = spawn(program, [...args, `-dev-listen-address=127.0.0.1:${port}`], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  });
  const as = (token: string) => createVaultClient({ address, auth: { kind: 'token', token } });
  const root = as(ROOT);
  await until(async () => (await root.read('secret/config')).status === 200);
  return {
    address,
    root,
    as,
    async token(options) {
      const { body } = await root.write('auth/token/create', options);
      return (body as { auth: { client_token: string } }).auth.client_token;
    },
    stop: () => end(child),
  };
}

/** Starts any program of OpenBao, for example its agent. */
export function startBao(program: string, args: readonly string[]): { stop(): Promise<void> } {
  const child = spawn(program, args, { stdio: 'ignore', env: { PATH: process.env['PATH'] } });
  return { stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Waits until the condition holds without throwing; fails after 20 s. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    if (await condition().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error('the condition never came true');
    await delay(50);
  }
}

/** Stands for a Kubernetes API server: reviews tokens that it has signed itself. */
export interface TokenReviewer {
  readonly url: string;
  /** A token of a service account, signed by this cluster or by a stranger. */
  jwt(namespace: string, name: string, isForged?: boolean): string;
  stop(): Promise<void>;
}

/** Starts the reviewer on a free port. */
export async function startTokenReviewer(): Promise<TokenReviewer> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const issued = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(parts).toString('utf8')) as {
        spec: { token: string };
      };
      const username = issued.get(review.spec.token);
      const status =
        username === undefined
          ? { authenticated: false, error: 'invalid signature' }
          : { authenticated: true, user: { username, uid: 'uid-1' }, audiences: ['vault'] };
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', status }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    jwt(namespace, name, isForged = false) {
      const subject = `system:serviceaccount:${namespace}:${name}`;
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: 'kubernetes/serviceaccount',
        aud: ['vault'],
        nbf: now - 10,
        iat: now - 10,
        exp: now + 600,
        sub: subject,
        'kubernetes.io': { namespace, serviceaccount: { name, uid: 'uid-1' } },
      };
      const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
      const { privateKey } = isForged ? stranger : own;
      const token = `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
      if (!isForged) issued.set(token, subject);
      return token;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A certificate that OpenBao demands although nothing here speaks TLS; its key was thrown away. */
export const UNUSED_CA = `-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUV+HYCbGOFgQM8UKbtlQciFzuAxwwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjUxOTU1MDVaGA8yMTI2MTEwMTE5NTUw
NVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABARv
Do7FSC+lGGA8jzromQyvp1ruHREU0XOpI1HZkAKa3XtFpCxxZVwXIoHxsJ5rZVbP
mvX8Bvd36//FHQE1n2CjUzBRMB0GA1UdDgQWBBRB2Q3UaZxRL7vYt7B4c1VHh/5M
cDAfBgNVHSMEGDAWgBRB2Q3UaZxRL7vYt7B4c1VHh/5McDAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQCvpAEQw8rbQBeS4d56rD2vEfLUQHN+EUKg
c51ISyYsKwIhAJlL/VS7TExHhYZv3f8yDI7m2cZPjGP3sgaoyMrez2N8
-----END CERTIFICATE-----
`;
