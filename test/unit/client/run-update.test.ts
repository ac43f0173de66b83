import { ServiceError, type WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { updateRun } from '../../../src/client/run-update.js';

function dropped(): ServiceError {
  const message =
    '9 FAILED_PRECONDITION: Unable to perform workflow execution update due to unexpected workflow task failure.';
  return new ServiceError('Workflow Update failed', {
    cause: Object.assign(new Error(message), { code: 9 }),
  });
}

/** A handle that fails with `errors` in turn, then answers. */
function handleThat(errors: readonly Error[]): { handle: WorkflowHandle; ids: unknown[] } {
  const ids: unknown[] = [];
  const executeUpdate = (_: object, { updateId }: { readonly updateId: string }) => {
    ids.push(updateId);
    const error = errors[ids.length - 1];
    return error === undefined ? Promise.resolve('done') : Promise.reject(error);
  };
  return { handle: { executeUpdate } as unknown as WorkflowHandle, ids };
}

describe('an update of a run', () => {
  it('is sent again under the same id when the server dropped it', async () => {
    const { handle, ids } = handleThat([dropped(), dropped()]);
    expect(await updateRun(handle, 'skip', {})).toBe('done');
    expect({ count: ids.length, different: new Set(ids).size }).toEqual({ count: 3, different: 1 });
  });

  it('is given up after five times', async () => {
    const { handle, ids } = handleThat(Array.from({ length: 9 }, dropped));
    await expect(updateRun(handle, 'skip', {})).rejects.toThrow('Workflow Update failed');
    expect(ids).toHaveLength(5);
  });

  it.each([
    ['another failure of the service', new ServiceError('down', { cause: new Error('14') })],
    ['a refusal', new Error('refused')],
  ])('is not repeated after %s', async (_, error) => {
    const { handle, ids } = handleThat([error]);
    await expect(updateRun(handle, 'skip', {})).rejects.toBe(error);
    expect(ids).toHaveLength(1);
  });
});
