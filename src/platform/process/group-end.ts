import type { ChildProcess } from 'node:child_process';

/** After the request to stop a command has this long to remove its lock files. */
const TERM_GRACE_MS = 2_000;

/** Sends a signal to a child that leads a group, and to everybody in it. */
export function signalGroup({ pid }: Pick<ChildProcess, 'pid'>, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Nobody of the group is left.
  }
}

/** Asks a command to end when the signal is aborted, and forces it some time later; what is returned stops that. */
export function endOnAbort(
  signal: AbortSignal | undefined,
  { ask, force }: { readonly ask: () => void; readonly force: () => void },
): () => void {
  if (signal === undefined) return () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    ask();
    timer = setTimeout(force, TERM_GRACE_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  };
}
