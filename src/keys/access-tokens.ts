import { createHash, randomBytes } from 'node:crypto';
import type { Config, EnvironmentVariables } from '../config/index.js';
import {
  type AccessToken,
  accessTokenSchema,
  InvalidInputError,
  MOST_TOKENS,
  type TokenScope,
} from '../domain/index.js';
import {
  type AccessTokenStore,
  createAccessTokenStore,
  createVaultClient,
} from '../platform/index.js';
import { type HomeSettings, knownVault } from './known-vault.js';
import { withVaultClient } from './open-secrets.js';

/** Bytes of chance in a token. */
const TOKEN_BYTES = 32;
/** Other commands may write at the same time. */
const TRIES = 3;

/** A new token; `token` is shown once and kept nowhere. */
export interface CreatedToken {
  readonly token: string;
  readonly kept: AccessToken;
}

/** SHA-256 of a token: with 256 bits of chance in it, a slow hash would add nothing. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The tokens that Vault keeps, oldest first. */
export function listAccessTokens(
  config: Config,
  environment: EnvironmentVariables,
): Promise<readonly AccessToken[]> {
  return withStore({ config, environment }, (store) => store.read());
}

/** Makes a token and keeps its digest. Throws `ERR_TOKEN_NAME`, `ERR_TOKEN_EXISTS`, `ERR_TOO_MANY_TOKENS` (exit 2), and what Vault throws. */
export async function createAccessToken(
  { config, environment }: TokenPlace,
  wanted: { readonly name: string; readonly scopes: readonly TokenScope[] },
): Promise<CreatedToken> {
  const token = `ct_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const parsed = accessTokenSchema.safeParse({
    name: wanted.name,
    digest: tokenDigest(token),
    scopes: [...new Set(wanted.scopes)],
    createdAt: new Date().toISOString(),
  });
  if (!parsed.success) {
    throw new InvalidInputError('ERR_TOKEN_NAME', {
      message: 'this is no name of a token',
      where: { field: 'name' },
      hint: 'use up to 64 lower-case letters, digits, - . _',
    });
  }
  const kept = parsed.data;
  await withStore({ config, environment }, (store) =>
    changed(store, (tokens) => {
      if (tokens.some(({ digest }) => digest === kept.digest)) return tokens;
      if (tokens.some(({ name }) => name === kept.name)) throw taken(kept.name);
      if (tokens.length >= MOST_TOKENS) throw tooMany();
      return [...tokens, kept];
    }),
  );
  return { token, kept };
}

/** Forgets a token; servers refuse it within half a minute. Throws `ERR_TOKEN_UNKNOWN` (exit 2), and what Vault throws. */
export async function revokeAccessToken(
  { config, environment }: TokenPlace,
  name: string,
): Promise<void> {
  let isKnown = false;
  await withStore({ config, environment }, (store) =>
    changed(store, (tokens) => {
      const others = tokens.filter((token) => token.name !== name);
      isKnown ||= others.length < tokens.length;
      return others.length < tokens.length ? others : tokens;
    }),
  );
  if (isKnown) return;
  throw new InvalidInputError('ERR_TOKEN_UNKNOWN', {
    message: 'there is no token of this name',
    where: { field: 'name' },
    hint: 'codetether serve token list   shows those that there are',
  });
}

/** Reads the tokens for a server, with the identity of the service; without any Vault there are none. Throws what Vault throws. */
export function accessTokenReader(
  place: HomeSettings,
  environment: EnvironmentVariables,
): () => Promise<readonly AccessToken[]> {
  return async () => {
    const connection = knownVault(place, environment);
    if (typeof connection === 'string') return [];
    const client = createVaultClient(connection);
    try {
      return await storeOf(client, place.worker.vault).read();
    } finally {
      client.close();
    }
  };
}

/** Whose Vault it is. */
export interface TokenPlace {
  readonly config: Config;
  readonly environment: EnvironmentVariables;
}

function withStore<Result>(
  { config, environment }: TokenPlace,
  action: (store: AccessTokenStore) => Promise<Result>,
): Promise<Result> {
  return withVaultClient(config, environment, (client) =>
    action(storeOf(client, config.worker.vault)),
  );
}

function storeOf(
  client: Parameters<typeof createAccessTokenStore>[0]['client'],
  { mount, path }: HomeSettings['worker']['vault'],
): AccessTokenStore {
  return createAccessTokenStore({ client, mount, path });
}

/** Changes the list until it is seen to be changed; the change must find that it was made. */
async function changed(
  store: AccessTokenStore,
  change: (tokens: readonly AccessToken[]) => readonly AccessToken[],
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await store.read();
    const after = change(before);
    if (after === before) return;
    await store.replace(after);
  }
}

function taken(name: string): InvalidInputError {
  return new InvalidInputError('ERR_TOKEN_EXISTS', {
    message: `there is a token named "${name}" already`,
    where: { field: 'name' },
    hint: `codetether serve token revoke ${name}   first, or take another name`,
  });
}

function tooMany(): InvalidInputError {
  return new InvalidInputError('ERR_TOO_MANY_TOKENS', {
    message: `there are ${MOST_TOKENS} tokens already`,
    hint: 'codetether serve token revoke NAME   for those that nobody uses',
  });
}
