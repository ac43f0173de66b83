import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createEnvelope } from '../../../../src/platform/codec/envelope.js';
import {
  createPayloadCodec,
  isSealedPayload,
} from '../../../../src/platform/codec/payload-codec.js';
import { fakeDataKeys } from '../../../support/fake-data-keys.js';

const plain = [{ story: 'US-001' }, new Uint8Array([0, 255]), undefined].map((value) =>
  defaultPayloadConverter.toPayload(value),
);

describe('createPayloadCodec', () => {
  it('seals data and metadata and gives both back', async () => {
    const codec = createPayloadCodec(createEnvelope(fakeDataKeys()), 'default');
    const sealed = await codec.encode(plain);
    expect(sealed.every(isSealedPayload)).toBe(true);
    expect(Buffer.from(sealed[0]?.data ?? []).includes('US-001')).toBe(false);
    const opened = await codec.decode(sealed);
    expect(opened.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual([
      { story: 'US-001' },
      new Uint8Array([0, 255]),
      undefined,
    ]);
  });

  it('lets payloads from before it was on pass', async () => {
    const codec = createPayloadCodec(createEnvelope(fakeDataKeys()), 'default');
    expect(await codec.decode(plain)).toEqual(plain);
  });

  it('opens nothing of another namespace', async () => {
    const envelope = createEnvelope(fakeDataKeys());
    const sealed = await createPayloadCodec(envelope, 'one').encode(plain);
    await expect(createPayloadCodec(envelope, 'two').decode(sealed)).rejects.toMatchObject({
      code: 'ERR_CODEC_TAMPERED',
    });
  });
});
