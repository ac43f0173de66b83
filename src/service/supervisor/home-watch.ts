import { statSync } from 'node:fs';

const LOOK_EVERY_MS = 2_000;

/**
 * Calls `onGone` once when a file that only this supervisor holds (its lock) is no longer there, or is another one: then somebody
 * removed the home, and perhaps made a new one. Gives the timer, which keeps no process alive.
 */
export function watchHome(
  lock: string,
  onGone: () => void,
  everyMs = LOOK_EVERY_MS,
): NodeJS.Timeout {
  const held = identityOf(lock);
  const timer = setInterval(() => {
    if (identityOf(lock) === held) return;
    clearInterval(timer);
    onGone();
  }, everyMs);
  return timer.unref();
}

/** Undefined when there is no such file; a disk that does not answer now is no proof that it is gone. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino, birthtimeMs } = statSync(path);
    return `${dev} ${ino} ${birthtimeMs}`;
  } catch (error) {
    const isGone =
      error instanceof Error &&
      'code' in error &&
      ['ENOENT', 'ENOTDIR'].includes(String(error.code));
    if (isGone) return undefined;
    throw error;
  }
}
