import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTransitDataKeys } from '../../../../src/platform/codec/data-keys.js';

const TRANSIT = { mount: 'transit', key: 'codetether' };

describe('createTransitDataKeys', () => {
  it('asks for a data key and for the one behind a wrapped form', async () => {
    const key = randomBytes(32);
    const asked: unknown[] = [];
    const keys = createTransitDataKeys(
      {
        async write(path, body) {
          asked.push([path, body]);
          const data = { plaintext: key.toString('base64'), ciphertext: 'vault:v1:abc' };
          return { status: 200, errors: [], body: { data } };
        },
      },
      TRANSIT,
    );
    expect(await keys.create()).toEqual({ plaintext: key, wrapped: 'vault:v1:abc' });
    expect(await keys.unwrap('vault:v1:abc')).toEqual(key);
    expect(asked).toEqual([
      ['transit/datakey/plaintext/codetether', { bits: 256 }],
      ['transit/decrypt/codetether', { ciphertext: 'vault:v1:abc' }],
    ]);
  });

  it('says which path of Vault refuses', async () => {
    const answer = { status: 403, errors: ['permission denied'], body: null };
    const keys = createTransitDataKeys({ write: async () => answer }, TRANSIT);
    await expect(keys.create()).rejects.toMatchObject({
      code: 'ERR_CODEC_KEY',
      isRetryable: false,
      message: 'Vault gives no data key: permission denied',
      where: { file: 'vault:transit/datakey/plaintext/codetether' },
    });
  });
});
