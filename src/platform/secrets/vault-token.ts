import { stat } from 'node:fs/promises';
import { z } from 'zod';
import {
  InfrastructureError,
  InvalidInputError,
  type VaultAuth,
  type VaultConnection,
  trimOf,
} from '../../domain/index.js';
import { readBounded } from '../light/bounded-file.js';
import { sendToVault, type VaultAnswer } from './vault-http.js';

/** A token and how long it holds. */
export interface VaultToken {
  readonly token: string;
  /** Milliseconds from when it was obtained; null = unknown, or for ever. */
  readonly ttlMs: number | null;
  readonly isRenewable: boolean;
}

/**
 * Gets a token by the way the connection names. Throws `ERR_VAULT_TOKEN`, `ERR_VAULT_TOKEN_FILE`, `ERR_VAULT_LOGIN`
 * (none retryable) beside what {@link sendToVault} throws.
 */
export async function obtainToken(connection: VaultConnection): Promise<VaultToken> {
  const { auth } = connection;
  switch (auth.kind) {
    case 'token':
      if (auth.token === '') throw noToken('no Vault token is configured');
      return describeToken(connection, auth.token);
    case 'file':
      return describeToken(connection, await readTokenFile(auth.path));
    case 'kubernetes':
      return login(connection, auth, {
        role: auth.role,
        jwt: await readSecretFile(auth.jwtPath, 'vault.jwt_path'),
      });
    case 'approle':
      return login(connection, auth, {
        role_id: auth.roleId,
        secret_id: await readSecretFile(auth.secretIdPath, 'vault.secret_id_path'),
      });
  }
}

/** True when Vault knows the token; one that may not even look at itself is taken for unknown. */
export async function isTokenKnown(connection: VaultConnection, token: string): Promise<boolean> {
  const path = 'auth/token/lookup-self';
  const answer = await sendToVault(connection, { method: 'GET', path, token });
  return answer.status === 200;
}

/** Renews a token; null when Vault refuses. */
export async function renewToken(
  connection: VaultConnection,
  token: string,
): Promise<VaultToken | null> {
  const path = 'auth/token/renew-self';
  const answer = await sendToVault(connection, { method: 'POST', path, token, body: {} });
  const parsed = authSchema.safeParse(answer.body);
  return answer.status === 200 && parsed.success ? toToken(parsed.data.auth) : null;
}

const lookupSchema = z.object({
  data: z.object({ ttl: z.number().default(0), renewable: z.boolean().default(false) }),
});

const authSchema = z.object({
  auth: z.object({
    client_token: z.string().min(1),
    lease_duration: z.number(),
    renewable: z.boolean(),
  }),
});

/** A token that was given to us says by itself how long it holds, where it may. */
async function describeToken(connection: VaultConnection, token: string): Promise<VaultToken> {
  const path = 'auth/token/lookup-self';
  const answer = await sendToVault(connection, { method: 'GET', path, token });
  const parsed = lookupSchema.safeParse(answer.body);
  if (!parsed.success) return { token, ttlMs: null, isRenewable: false };
  const { ttl, renewable } = parsed.data.data;
  return { token, ttlMs: ttl > 0 ? ttl * 1000 : null, isRenewable: renewable && ttl > 0 };
}

async function login(
  connection: VaultConnection,
  auth: Extract<VaultAuth, { readonly kind: 'kubernetes' | 'approle' }>,
  body: Readonly<Record<string, string>>,
): Promise<VaultToken> {
  const path = `auth/${trimOf(auth.mount, '/')}/login`;
  const answer = await sendToVault(connection, { method: 'POST', path, token: '', body });
  const parsed = authSchema.safeParse(answer.body);
  if (answer.status === 200 && parsed.success) return toToken(parsed.data.auth);
  throw refusedLogin(auth.kind, path, answer);
}

function toToken(auth: z.infer<typeof authSchema>['auth']): VaultToken {
  return {
    token: auth.client_token,
    ttlMs: auth.lease_duration > 0 ? auth.lease_duration * 1000 : null,
    isRenewable: auth.renewable && auth.lease_duration > 0,
  };
}

function refusedLogin(kind: string, path: string, answer: VaultAnswer): InfrastructureError {
  const reason = answer.errors.join('; ');
  return new InfrastructureError('ERR_VAULT_LOGIN', {
    message: `Vault refuses the ${kind} login${reason === '' ? '' : `: ${reason}`}`,
    where: { file: `vault:${path}` },
    hint: `check [vault] role and auth_mount, and that Vault's role fits this ${kind === 'kubernetes' ? 'service account and namespace' : 'secret id'}`,
    isRetryable: false,
  });
}

/** Group members may read an agent's sink (sidecars share it so), nobody else; and only we or root may have written it. */
const FORBIDDEN_MODE = 0o027;

/** Far beyond any token. */
const LARGEST_TOKEN = 64 * 1024;

async function readTokenFile(path: string): Promise<string> {
  let mode: number;
  let owner: number;
  let text: string;
  try {
    const facts = await stat(path);
    ({ mode, uid: owner } = facts);
    text = facts.isFile() ? (await readBounded(path, LARGEST_TOKEN)).trim() : '';
  } catch (error) {
    throw noToken('the Vault token file cannot be read', { file: path, cause: error });
  }
  const self = process.getuid?.();
  if (self !== undefined && owner !== self && owner !== 0) {
    throw unsafeFile(path, `it belongs to user ${owner}, not to you or root`);
  }
  if ((mode & FORBIDDEN_MODE) !== 0) {
    throw unsafeFile(path, `its mode ${(mode & 0o777).toString(8)} lets others at it`);
  }
  if (text === '') throw noToken('the Vault token file is empty', { file: path });
  return text;
}

function unsafeFile(path: string, reason: string): InvalidInputError {
  return new InvalidInputError('ERR_VAULT_TOKEN_FILE', {
    message: `the Vault token file is not used: ${reason}`,
    where: { file: path, field: 'VAULT_TOKEN_FILE' },
    hint: `chmod 600 ${path}, and let the agent run as the user of the worker`,
  });
}

async function readSecretFile(path: string, field: string): Promise<string> {
  let text = '';
  let cause: unknown;
  try {
    text = (await readBounded(path, LARGEST_TOKEN)).trim();
  } catch (error) {
    cause = error;
  }
  if (text !== '') return text;
  throw new InfrastructureError('ERR_VAULT_LOGIN', {
    message: `what the login to Vault needs ${cause === undefined ? 'is empty' : 'cannot be read'}`,
    where: { file: path, field },
    hint: `put it there, or correct [vault] ${field.replace('vault.', '')}`,
    isRetryable: false,
    cause,
  });
}

function noToken(
  message: string,
  about: { readonly file?: string; readonly cause?: unknown } = {},
): InfrastructureError {
  return new InfrastructureError('ERR_VAULT_TOKEN', {
    message,
    where: about.file === undefined ? undefined : { file: about.file },
    hint: 'set VAULT_TOKEN or VAULT_TOKEN_FILE; without VAULT_ADDR, `codetether auth set PROVIDER` starts a local Vault',
    isRetryable: false,
    cause: about.cause,
  });
}
