import { DEFAULTS } from '../contracts/index.js';
import { formatBytes, InfrastructureError } from '../domain/index.js';
import { freeBytes } from '../platform/index.js';

/** Throws `ERR_DISK_FULL` when less than the floor is free: a full disk in the night would stop every run at once. */
export async function requireFreeDisk(home: string, minFreeBytes: number | null): Promise<void> {
  const floor = minFreeBytes ?? DEFAULTS.minFreeBytes;
  const free = await freeBytes(home);
  if (free >= floor) return;
  throw new InfrastructureError('ERR_DISK_FULL', {
    message: `only ${formatBytes(free)} are free on the disk of ${home}; ${formatBytes(floor)} are needed`,
    hint: 'free some space, move CODETETHER_HOME, or lower min_free_bytes in your configuration file',
    isRetryable: false,
    data: { free, floor },
  });
}
