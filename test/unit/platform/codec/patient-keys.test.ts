import { describe, expect, it, vi } from 'vitest';
import { InfrastructureError } from '../../../../src/domain/light/error.js';
import { createPatientKeys } from '../../../../src/platform/codec/patient-keys.js';
import { fakeDataKeys } from '../../../support/fake-data-keys.js';

describe('createPatientKeys', () => {
  it('waits for a silent Vault, says so once, and gives the key then', async () => {
    const keys = fakeDataKeys();
    const log = vi.fn<(message: string) => void>();
    const patient = createPatientKeys(keys, { log, pollMs: 1 });
    const { wrapped, plaintext } = await patient.create();
    keys.isDown = true;
    const both = Promise.all([patient.create(), patient.unwrap(wrapped)]);
    await vi.waitFor(() => expect(log).toHaveBeenCalledTimes(2));
    keys.isDown = false;
    expect((await both)[1]).toEqual(plaintext);
    expect(log).toHaveBeenCalledTimes(2);
  });

  it('does not wait for a wrapped key that is refused', async () => {
    const refused = new InfrastructureError('ERR_CODEC_KEY', { message: 'no', isRetryable: false });
    const patient = createPatientKeys(
      { ...fakeDataKeys(), unwrap: () => Promise.reject(refused) },
      { log: () => undefined },
    );
    await expect(patient.unwrap('vault:v1:x')).rejects.toBe(refused);
  });
});
