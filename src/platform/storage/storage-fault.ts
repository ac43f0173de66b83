import { InfrastructureError } from '../../domain/index.js';

/** What the system says of a disk, or a share of it, that takes no more. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** True for an error of the system that says that there is no room left. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FULL.has(String(error.code));
}

/**
 * A full disk as `ERR_DISK_FULL` with the path that could not be written; every other error as it is. Not to be retried as
 * it stands: the workflow waits with a timer, so that the run shows why it stands still.
 */
export function namingPath(error: unknown, path?: string): unknown {
  if (!isDiskFull(error) || !(error instanceof Error)) return error;
  const known = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  const file = path ?? known;
  return diskFull(file, error);
}

/** `ERR_DISK_FULL` about one path. Not retried as it stands; see {@link namingPath}. */
export function diskFull(file: string | undefined, cause: unknown): InfrastructureError {
  return new InfrastructureError('ERR_DISK_FULL', {
    message:
      file === undefined ? 'the disk is full' : `the disk is full: ${file} cannot be written`,
    where: { file },
    hint: 'free some space (codetether cleanup); the run goes on by itself',
    isRetryable: false,
    cause,
  });
}
