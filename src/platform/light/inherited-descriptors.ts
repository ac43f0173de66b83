import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC as /proc/PID/fdinfo prints it, in octal. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Closes every descriptor above 2 that this process inherited and would hand on to its children: Node marks inherited
 * ones only up to the first gap, and bubblewrap closes none. Once, at the start of a process; Node's own carry the mark.
 * Does nothing where /proc does not tell.
 */
export function closeInheritedDescriptors(): void {
  for (const name of listDescriptors()) {
    const descriptor = Number(name);
    if (descriptor <= 2 || isClosedOnExec(name)) continue;
    try {
      closeSync(descriptor);
    } catch {
      // the listing's own descriptor is gone by now
    }
  }
}

function listDescriptors(): string[] {
  try {
    return readdirSync('/proc/self/fd');
  } catch {
    return [];
  }
}

function isClosedOnExec(descriptor: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(
      readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'),
    )?.[1];
    return (parseInt(flags ?? '', 8) & CLOSE_ON_EXEC) !== 0;
  } catch {
    return true;
  }
}
