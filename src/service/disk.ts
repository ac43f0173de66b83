import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DEFAULTS } from '../contracts/index.js';
import { InfrastructureError } from '../domain/index.js';

/** Bytes that an ordinary user may still write on the disk of `path`, or of its nearest folder that exists. */
export async function freeBytes(path: string): Promise<number> {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

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

/** Bytes in the largest unit that keeps a whole part, for people. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}
