import { readdirSync, readFileSync } from 'node:fs';

/** Memory pages as /proc counts them; 4 KiB on every machine that Node runs on but some arm64 kernels (then too low). */
const PAGE_BYTES = 4096;
/** A look never takes more of the time than this share. */
const SHARE = 0.02;
const FIRST_LOOK_MS = 250;

/** A running look at the memory of a process and everything below it. */
export interface MemoryWatch {
  stop(): void;
}

/**
 * Looks at the private memory of `pid` and its descendants until it is stopped, and calls `onExceeded` once when it is
 * above `limitBytes`. The kernel's own limits count each process alone.
 */
export function watchTreeMemory(
  pid: number,
  limitBytes: number,
  onExceeded: () => void,
): MemoryWatch {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const startedAt = performance.now();
    if (treeMemory(pid) > limitBytes) return onExceeded();
    schedule(Math.max(FIRST_LOOK_MS, (performance.now() - startedAt) / SHARE));
  };
  const schedule = (delayMs: number): void => {
    timer = setTimeout(look, delayMs);
    timer.unref();
  };
  schedule(FIRST_LOOK_MS);
  return { stop: () => clearTimeout(timer) };
}

/** Private memory in bytes of a process and its descendants; what has ended in between counts nothing. */
export function treeMemory(root: number): number {
  let bytes = 0;
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const [, resident = 0, shared = 0] = numbersIn(`/proc/${pid}/statm`);
    bytes += (resident - shared) * PAGE_BYTES;
    // Children are listed by the thread that made them; nearly always the first one.
    open.push(...numbersIn(`/proc/${pid}/task/${pid}/children`), ...childrenOfThreads(pid));
  }
  return bytes;
}

function childrenOfThreads(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) => numbersIn(`/proc/${pid}/task/${thread}/children`));
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map(Number)
      .filter((thread) => thread !== pid);
  } catch {
    return [];
  }
}

function numbersIn(path: string): number[] {
  try {
    return readFileSync(path, 'latin1').trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
