import { z } from 'zod';
import { InfrastructureError } from '../../domain/index.js';
import type { VaultClient } from '../secrets/vault-client.js';

/** A key for data, and the form in which only the key server can read it. */
export interface DataKey {
  /** 32 bytes. Never stored. */
  readonly plaintext: Buffer;
  /** Stored beside the data. */
  readonly wrapped: string;
}

/** Where keys for data come from. */
export interface DataKeys {
  /** A new key. Throws retryable `ERR_VAULT_…` errors, and `ERR_CODEC_KEY` when there is none to be had. */
  create(): Promise<DataKey>;
  /** The key behind its wrapped form; older versions of the wrapping key count too. Throws like `create`. */
  unwrap(wrapped: string): Promise<Buffer>;
}

/** Which key of Vault's transit engine wraps the data keys. */
export interface TransitKey {
  /** Mount of the transit engine, for example `transit`. */
  readonly mount: string;
  /** Name of the key. */
  readonly key: string;
}

const createdSchema = z.object({
  data: z.object({ plaintext: z.string().min(1), ciphertext: z.string().min(1) }),
});
const unwrappedSchema = z.object({ data: z.object({ plaintext: z.string().min(1) }) });

/** Data keys by Vault's transit engine: the wrapping key never leaves Vault. */
export function createTransitDataKeys(
  vault: Pick<VaultClient, 'write'>,
  transit: TransitKey,
): DataKeys {
  const ask = async (action: string, body: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const path = `${transit.mount}/${action}/${transit.key}`;
    const answer = await vault.write(path, body);
    if (answer.status < 300) return answer.body;
    throw keyError(path, answer.errors.join('; '));
  };
  return {
    async create() {
      const { data } = createdSchema.parse(await ask('datakey/plaintext', { bits: 256 }));
      return { plaintext: Buffer.from(data.plaintext, 'base64'), wrapped: data.ciphertext };
    },
    async unwrap(wrapped) {
      const { data } = unwrappedSchema.parse(await ask('decrypt', { ciphertext: wrapped }));
      return Buffer.from(data.plaintext, 'base64');
    },
  };
}

function keyError(path: string, said: string): InfrastructureError {
  return new InfrastructureError('ERR_CODEC_KEY', {
    message: `Vault gives no data key: ${said === '' ? 'not found' : said}`,
    where: { file: `vault:${path}`, field: 'codec.key' },
    hint: 'enable the transit engine, create the key, and let the policy write to datakey/plaintext and decrypt',
    isRetryable: false,
  });
}
