import { formatBytes, InfrastructureError } from '../../domain/index.js';
import { freeBytes } from '../../platform/index.js';
import type { RalphDependencies } from './dependencies.js';

/**
 * Before a step that writes a lot. Throws `ERR_DISK_FULL` below the floor: final for the activity, so that the workflow waits for
 * space with a timer and shows why, instead of filling the disk for what already works.
 */
export async function requireRoom(dependencies: RalphDependencies): Promise<void> {
  const { home, minFreeBytes: floor = 0 } = dependencies;
  if (floor === 0) return;
  const free = await (dependencies.freeBytes ?? freeBytes)(home);
  if (free >= floor) return;
  throw new InfrastructureError('ERR_DISK_FULL', {
    message: `only ${formatBytes(free)} are free on the disk of ${home}; ${formatBytes(floor)} are needed to go on`,
    where: { file: home },
    hint: 'free some space (codetether cleanup), or lower min_free_bytes; the run goes on by itself',
    isRetryable: false,
    data: { free, floor },
  });
}
