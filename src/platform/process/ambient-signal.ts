import { AsyncLocalStorage } from 'node:async_hooks';

const signals = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs `work` under a signal: every git and every child process that it starts ends when the signal is aborted, and then
 * fails with the signal's reason. So cancellation reaches them however deep they are called.
 */
export function underSignal<Result>(
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  return signals.run(signal, work);
}

/** The signal that the present work runs under; undefined outside of {@link underSignal}. */
export function ambientSignal(): AbortSignal | undefined {
  return signals.getStore();
}
