import { z } from 'zod';
import {
  type AccessToken,
  accessTokenSchema,
  InfrastructureError,
  InvalidInputError,
  MOST_TOKENS,
  trimOf,
} from '../../domain/index.js';
import { createKvEngine, type KvSecret } from './kv-engine.js';
import type { VaultClient } from './vault-client.js';

/** Tokens that let others ask for tasks, in Vault: one secret for all, so that a policy which reads providers' secrets reads it too. */
export interface AccessTokenStore {
  /** All of them; none where there is no secret. Throws `ERR_TOKENS_INVALID`, `ERR_VAULT_DENIED` and what the client throws. */
  read(): Promise<readonly AccessToken[]>;
  /** Replaces all of them. Throws `ERR_VAULT_DENIED`, and what the client throws. */
  replace(tokens: readonly AccessToken[]): Promise<void>;
}

/** Where the secret lies, below the providers' path. */
const PLACE = 'serve/tokens';

const secretSchema = z.object({ tokens: z.array(accessTokenSchema).max(MOST_TOKENS) });

/** The store in a Vault KV engine, version 1 or 2. `path` is that of the providers. */
export function createAccessTokenStore(options: {
  readonly client: VaultClient;
  readonly mount: string;
  readonly path: string;
}): AccessTokenStore {
  const engine = createKvEngine(options.client, trimOf(options.mount, '/'));
  const path = `${trimOf(options.path, '/')}/${PLACE}`;
  return {
    async read() {
      const secret = await engine.read(path);
      if (secret.answer.status === 403) throw denied(secret, 'read');
      if (secret.fields === null) return [];
      const parsed = secretSchema.safeParse(secret.fields);
      if (parsed.success) return parsed.data.tokens;
      throw new InvalidInputError('ERR_TOKENS_INVALID', {
        message: 'the list of tokens in Vault is malformed',
        where: { file: `vault:${secret.path}` },
        hint: 'delete this secret and create the tokens again: codetether serve token create NAME --scope …',
      });
    },
    async replace(tokens) {
      const written = await engine.write(path, { tokens });
      if (written.answer.status >= 400) throw denied(written, 'write');
    },
  };
}

function denied(secret: KvSecret, verb: 'read' | 'write'): InfrastructureError {
  const reason = secret.answer.errors.join('; ');
  return new InfrastructureError('ERR_VAULT_DENIED', {
    message: `Vault refuses to ${verb} the tokens of clients: ${reason === '' ? 'no reason given' : reason}`,
    where: { file: `vault:${secret.path}` },
    hint: `allow the token's policy to ${verb === 'read' ? 'read' : 'read, create and update'} this path`,
    isRetryable: false,
  });
}
