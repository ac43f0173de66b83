import { ServiceError, type WorkflowHandle } from '@temporalio/client';
import { ulid } from 'ulid';
import { RUN_UPDATES } from '../contracts/index.js';

/** A run that ends with the update may be told something at that moment, once and again. */
const TRIES = 5;
const FAILED_PRECONDITION = 9;

/**
 * Sends an update and waits for its answer. The server drops an update whose workflow task did not count, because something else reached
 * the workflow while it was ending; nothing was applied then, and under the same id it is applied once.
 */
export async function updateRun(
  handle: WorkflowHandle,
  update: keyof typeof RUN_UPDATES,
  input: object,
): Promise<string> {
  const updateId = ulid();
  for (let tries = 1; ; tries += 1) {
    try {
      return await handle.executeUpdate(RUN_UPDATES[update], { args: [input], updateId });
    } catch (error) {
      if (tries === TRIES || !isDropped(error)) throw error;
    }
  }
}

/** True for an update of which nothing was applied, because its workflow task did not count. */
export function isDropped(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  const { cause } = error;
  return (
    cause instanceof Error &&
    'code' in cause &&
    cause.code === FAILED_PRECONDITION &&
    /workflow task failure/.test(cause.message)
  );
}
