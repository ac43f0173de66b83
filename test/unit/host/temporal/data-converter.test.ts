import { ApplicationFailure, defaultFailureConverter } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createEnvelope } from '../../../../src/platform/codec/envelope.js';
import { createPayloadCodec } from '../../../../src/platform/codec/payload-codec.js';
import { failureConverter } from '../../../../src/host/temporal/failure-converter.js';
import { codecOptions } from '../../../../src/host/temporal/data-converter.js';
import { fakeDataKeys } from '../../../support/fake-data-keys.js';

const payload = defaultPayloadConverter.toPayload('text');

describe('codecOptions', () => {
  it('lets plain payloads pass while the codec is off, and names sealed ones', async () => {
    const [codec] = codecOptions(null, 'default').dataConverter.payloadCodecs ?? [];
    expect(await codec?.decode([payload])).toEqual([payload]);
    expect(await codec?.encode([payload])).toEqual([payload]);
    const envelope = createEnvelope(fakeDataKeys());
    const sealed = await createPayloadCodec(envelope, 'default').encode([payload]);
    await expect(codec?.decode(sealed)).rejects.toMatchObject({ code: 'ERR_CODEC_OFF' });
    const [on] = codecOptions(envelope, 'default').dataConverter.payloadCodecs ?? [];
    expect(Buffer.from((await on?.decode(sealed))?.[0]?.data ?? []).toString()).toBe('"text"');
  });
});

describe('failureConverter', () => {
  it('puts message and stack where the codec reaches them, readable for every converter', () => {
    const failure = failureConverter.errorToFailure(
      ApplicationFailure.create({ message: 'the secret of a story' }),
      defaultPayloadConverter,
    );
    expect([failure.message, failure.stackTrace]).toEqual(['Encoded failure', '']);
    const error = defaultFailureConverter.failureToError(failure, defaultPayloadConverter);
    expect(error.message).toBe('the secret of a story');
  });
});
