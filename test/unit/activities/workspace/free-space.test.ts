import { describe, expect, it } from 'vitest';
import { requireRoom } from '../../../../src/activities/workspace/free-space.js';
import { ralphBench } from '../../../support/ralph-bench.js';

describe('requireRoom', () => {
  it('refuses a step below the floor, as something to wait for', async () => {
    const { dependencies } = await ralphBench();
    const withFree = (free: number) => ({
      ...dependencies,
      minFreeBytes: 1000,
      freeBytes: async () => free,
    });
    await expect(requireRoom(withFree(1000))).resolves.toBeUndefined();
    await expect(requireRoom(withFree(999))).rejects.toMatchObject({
      code: 'ERR_DISK_FULL',
      isRetryable: false,
    });
  });
});
