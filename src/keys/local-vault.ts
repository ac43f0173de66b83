import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/index.js';
import {
  CodetetherError,
  InfrastructureError,
  type VaultConnection,
  trimOf,
} from '../domain/index.js';
import { createVaultClient, type VaultClient } from '../platform/index.js';
import {
  readJson,
  isAlive,
  serviceFiles,
  type ServiceFiles,
  readLaunch,
  readState,
  type ServiceProcess,
} from '../host/index.js';

/** True when this home keeps its keys in an OpenBao of its own. */
export function hasLocalVault(config: Config): boolean {
  return config.worker.vault.address === null && existsSync(serviceFiles(config.home).vault.folder);
}

/** Makes the folder that stands for a local OpenBao: the next start of the service runs one. */
export async function requestLocalVault(config: Config): Promise<void> {
  await mkdir(serviceFiles(config.home).vault.folder, { recursive: true, mode: 0o700 });
}

/** How the worker reaches the local OpenBao of this launch; null when it has none. */
export function localVaultConnection(home: string): VaultConnection | null {
  const files = serviceFiles(home);
  const vault = readLaunch(files.launch)?.vault ?? null;
  if (vault === null) return null;
  return { address: addressOf(vault.port), auth: { kind: 'file', path: files.vault.token } };
}

/** True while the process of the local OpenBao lives. */
export function isLocalVaultRunning(home: string): boolean {
  return livingVault(home) !== undefined;
}

/** Bytes of memory that the local OpenBao holds for itself; null where the system does not tell. */
export function localVaultMemory(home: string): number | null {
  const pid = livingVault(home)?.pid;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = /^RssAnon:\s+(\d+) kB/m.exec(status)?.[1];
    return kib === undefined ? null : Number(kib) * 1024;
  } catch {
    return null;
  }
}

function livingVault(home: string): ServiceProcess | undefined {
  const processes = readState(serviceFiles(home).state)?.processes ?? [];
  return processes.find((process) => process.role === 'vault' && isAlive(process));
}

/** A token of the worker holds this long without being used; the worker renews it. */
const TOKEN_PERIOD = '768h';
const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 100;

/**
 * Waits until the local OpenBao is open and makes sure that it has the key-value engine, the key of `[codec]` when that is on,
 * a policy that reads the providers' secrets and uses that key and nothing else, and a token of the worker. Safe to repeat. Throws `ERR_LOCAL_VAULT`.
 */
export async function prepareLocalVault(config: Config): Promise<void> {
  const files = serviceFiles(config.home);
  await asRoot(config, async (root) => {
    await mountEngine(root, config.worker.vault.mount, { type: 'kv', options: { version: '2' } });
    await prepareTransit(root, config);
    await must(root.write('sys/policies/acl/codetether', { policy: workerPolicy(config) }));
    if (await isUsable(config, files)) return;
    const created = await must(
      root.write('auth/token/create', {
        policies: ['codetether'],
        period: TOKEN_PERIOD,
        no_parent: true,
        display_name: 'codetether-worker',
      }),
    );
    await writeFile(files.vault.token, `${tokenOf(created)}\n`, { mode: 0o600 });
  });
}

/**
 * Runs something with the root token of the local OpenBao, once it is open. Throws `ERR_LOCAL_VAULT`, and what the
 * function throws.
 */
export async function asRoot<Result>(
  config: Config,
  action: (root: VaultClient) => Promise<Result>,
): Promise<Result> {
  const files = serviceFiles(config.home);
  const port = readLaunch(files.launch)?.vault?.port;
  const root = port === undefined ? null : await whenOpen(files, port);
  if (root === null) {
    throw localVaultError(
      'the local OpenBao does not open',
      `read ${files.logs.vault} and ${files.logs.supervisor}`,
    );
  }
  try {
    return await action(root);
  } finally {
    root.close();
  }
}

function addressOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** A client as root once requests succeed: right after the unsealing the node still elects itself. */
async function whenOpen(files: ServiceFiles, port: number): Promise<VaultClient | null> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const token = rootToken(files.vault.keys);
    if (token !== null) {
      const root = createVaultClient({ address: addressOf(port), auth: { kind: 'token', token } });
      if (await answers(root)) return root;
      root.close();
    }
    await delay(POLL_MS);
  }
  return null;
}

async function answers(root: VaultClient): Promise<boolean> {
  try {
    return (await root.read('sys/mounts')).status === 200;
  } catch (error) {
    if (error instanceof CodetetherError) return false;
    throw error;
  }
}

function rootToken(keys: string): string | null {
  const value = readJson(keys);
  if (typeof value !== 'object' || value === null || !('root_token' in value)) return null;
  return typeof value.root_token === 'string' ? value.root_token : null;
}

/** The wrapping key of `[codec]`; one that is there stays as it is. */
async function prepareTransit(root: VaultClient, { worker: { codec } }: Config): Promise<void> {
  if (!codec.isEnabled) return;
  await mountEngine(root, codec.mount, { type: 'transit' });
  const path = `${codec.mount}/keys/${codec.key}`;
  if ((await root.read(path)).status !== 200) await must(root.write(path, {}));
}

async function mountEngine(
  root: VaultClient,
  mount: string,
  engine: Readonly<Record<string, unknown>>,
): Promise<void> {
  const name = trimOf(mount, '/');
  const { body } = await must(root.read('sys/mounts'));
  const isThere = typeof body === 'object' && body !== null && `${name}/` in body;
  if (isThere) return;
  await must(root.write(`sys/mounts/${name}`, engine));
}

function workerPolicy({ worker: { vault, codec } }: Config): string {
  const mount = trimOf(vault.mount, '/');
  const path = trimOf(vault.path, '/');
  return [
    `path "${mount}/data/${path}/*" { capabilities = ["read"] }`,
    // tokens of logins are renewed by the worker, and a renewed one takes the place of the old one
    ...['mcp/*', 'mcp%2F*'].map(
      (name) =>
        `path "${mount}/data/${path}/${name}" { capabilities = ["read", "create", "update"] }`,
    ),
    `path "${mount}/metadata/${path}" { capabilities = ["list"] }`,
    `path "${mount}/metadata/${path}/" { capabilities = ["list"] }`,
    ...(codec.isEnabled
      ? ['datakey/plaintext', 'decrypt'].map(
          (action) => `path "${codec.mount}/${action}/${codec.key}" { capabilities = ["update"] }`,
        )
      : []),
  ].join('\n');
}

/** True when the worker's token can still look at itself. */
async function isUsable(config: Config, files: ServiceFiles): Promise<boolean> {
  const connection = localVaultConnection(config.home);
  if (connection === null || !existsSync(files.vault.token)) return false;
  if (readFileSync(files.vault.token, 'utf8').trim() === '') return false;
  const client = createVaultClient(connection);
  try {
    return (await client.read('auth/token/lookup-self')).status === 200;
  } catch (error) {
    if (error instanceof CodetetherError) return false;
    throw error;
  } finally {
    client.close();
  }
}

async function must<Answer extends { readonly status: number; readonly errors: readonly string[] }>(
  asked: Promise<Answer>,
): Promise<Answer> {
  const answer = await asked;
  if (answer.status < 400) return answer;
  throw localVaultError(
    `the local OpenBao refuses its own root token: ${answer.errors.join('; ')}`,
    'the keys belong to another Vault: restore the vault folder from a backup',
  );
}

function tokenOf({ body }: { readonly body: unknown }): string {
  const auth = typeof body === 'object' && body !== null && 'auth' in body ? body.auth : null;
  const isToken = typeof auth === 'object' && auth !== null && 'client_token' in auth;
  const token = isToken ? auth.client_token : null;
  if (typeof token === 'string') return token;
  throw localVaultError('the local OpenBao gave no token', 'read its log: codetether logs');
}

function localVaultError(message: string, hint: string): InfrastructureError {
  return new InfrastructureError('ERR_LOCAL_VAULT', { message, hint, isRetryable: false });
}
