import { setTimeout as delay } from 'node:timers/promises';
import { CodetetherError } from '../../domain/index.js';
import type { DataKeys } from './data-keys.js';

/** Options of {@link createPatientKeys}. */
export interface PatientKeysOptions {
  /** Told once when the waiting begins. */
  readonly log: (message: string) => void;
  /** Milliseconds between two tries. Default 1 s. */
  readonly pollMs?: number;
}

const POLL_MS = 1000;

/**
 * Keys that are waited for instead of failing: Temporal's worker ends when it cannot encode a failure, and without a key it could
 * encode none. A wrapped key that Vault refuses still throws, because waiting for it would hold one history's tasks for good.
 */
export function createPatientKeys(keys: DataKeys, options: PatientKeysOptions): DataKeys {
  const wait = async <Result>(
    action: () => Promise<Result>,
    isWorthWaiting: (error: CodetetherError) => boolean,
  ): Promise<Result> => {
    for (let tries = 0; ; tries += 1) {
      try {
        return await action();
      } catch (error) {
        if (!(error instanceof CodetetherError) || !isWorthWaiting(error)) throw error;
        if (tries === 0) options.log(`waiting for a key of the codec: ${error.message}`);
        // A held process would outlive its worker.
        await delay(options.pollMs ?? POLL_MS, undefined, { ref: false });
      }
    }
  };
  return {
    create: () =>
      wait(
        () => keys.create(),
        () => true,
      ),
    unwrap: (wrapped) =>
      wait(
        () => keys.unwrap(wrapped),
        (error) => error.isRetryable,
      ),
  };
}
