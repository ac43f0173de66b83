import { statfs } from 'node:fs/promises';

const LOOK_MS = 500;
/** A command may use half of what was free when it started; the rest is everybody else's. */
const SHARE = 0.5;

/** A running look at a disk. */
export interface SpaceWatch {
  stop(): void;
}

/** Looks at the free space of a folder's disk until it is stopped, and calls `onFilled` once when a command took too much. */
export function watchFreeSpace(folder: string, onFilled: () => void): SpaceWatch {
  let atStart: number | undefined;
  let isStopped = false;
  const look = async (): Promise<void> => {
    const free = await freeBytes(folder);
    if (isStopped || free === undefined) return;
    atStart ??= free;
    if (free >= atStart * SHARE) return;
    stop();
    onFilled();
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  const stop = (): void => {
    isStopped = true;
    clearInterval(timer);
  };
  return { stop };
}

async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const facts = await statfs(folder);
    return facts.bavail * facts.bsize;
  } catch {
    return undefined;
  }
}
