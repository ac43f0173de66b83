import { describe, expect, it } from 'vitest';
import { createEnvelope, isSealed } from '../../../../src/platform/codec/envelope.js';
import { fakeDataKeys } from '../../../support/fake-data-keys.js';

const TEXT = Buffer.from('the quick brown fox');
const TAMPERED = { code: 'ERR_CODEC_TAMPERED' };

describe('createEnvelope', () => {
  it('opens what it sealed, under a new process too, and shows nothing of it', async () => {
    const keys = fakeDataKeys();
    const sealed = await createEnvelope(keys).seal(TEXT, 'here');
    expect(isSealed(sealed)).toBe(true);
    expect(sealed.includes('quick')).toBe(false);
    expect(await createEnvelope(keys).open(sealed, 'here')).toEqual(TEXT);
    expect(keys.calls).toEqual({ created: 1, unwrapped: 1 });
    const empty = await createEnvelope(keys).seal(new Uint8Array(), 'here');
    expect(await createEnvelope(keys).open(empty, 'here')).toHaveLength(0);
  });

  it('opens nothing in another context', async () => {
    const envelope = createEnvelope(fakeDataKeys());
    const sealed = await envelope.seal(TEXT, 'here');
    await expect(envelope.open(sealed, 'there')).rejects.toMatchObject(TAMPERED);
  });

  it('refuses every changed byte, every cut, and bytes that nobody sealed', async () => {
    const envelope = createEnvelope(fakeDataKeys());
    const sealed = await envelope.seal(TEXT, 'here');
    const openings: Promise<Buffer>[] = [];
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      openings.push(
        envelope.open(changed, 'here'),
        envelope.open(sealed.subarray(0, index), 'here'),
      );
    }
    openings.push(envelope.open(TEXT, 'here'));
    for (const outcome of await Promise.allSettled(openings))
      expect(outcome).toMatchObject({ status: 'rejected', reason: TAMPERED });
  });

  it('takes a new key when the time or the bytes of the old one are used up', async () => {
    const keys = fakeDataKeys();
    let now = 0;
    const envelope = createEnvelope(keys, { keyLifeMs: 1000, keyBytes: 100, now: () => now });
    await envelope.seal(Buffer.alloc(60), 'here');
    await envelope.seal(Buffer.alloc(40), 'here');
    expect(keys.calls.created).toBe(1);
    await envelope.seal(Buffer.alloc(1), 'here');
    expect(keys.calls.created).toBe(2);
    now = 999;
    await envelope.seal(Buffer.alloc(1), 'here');
    now = 1000;
    await envelope.seal(Buffer.alloc(1), 'here');
    expect(keys.calls.created).toBe(3);
  });

  it('keeps the keys that were used last, up to its bound', async () => {
    const keys = fakeDataKeys();
    const sealed = await Promise.all([1, 2, 3].map(() => createEnvelope(keys).seal(TEXT, 'here')));
    const envelope = createEnvelope(keys, { cachedKeys: 2 });
    const open = async (index: number) => envelope.open(sealed[index] ?? TEXT, 'here');
    for (const index of [0, 1, 0, 2, 0]) await open(index);
    expect(keys.calls.unwrapped).toBe(3);
    await open(1);
    expect(keys.calls.unwrapped).toBe(4);
  });

  it('goes on with the key it has while Vault is silent, and asks again afterwards', async () => {
    const keys = fakeDataKeys();
    const envelope = createEnvelope(keys);
    keys.isDown = true;
    await expect(envelope.seal(TEXT, 'here')).rejects.toMatchObject({
      code: 'ERR_VAULT_UNREACHABLE',
      isRetryable: true,
    });
    keys.isDown = false;
    const sealed = await envelope.seal(TEXT, 'here');
    keys.isDown = true;
    await envelope.seal(TEXT, 'here');
    expect(await envelope.open(sealed, 'here')).toEqual(TEXT);
    const stranger = createEnvelope(keys);
    await expect(stranger.open(sealed, 'here')).rejects.toMatchObject({ isRetryable: true });
    keys.isDown = false;
    expect(await stranger.open(sealed, 'here')).toEqual(TEXT);
  });
});
