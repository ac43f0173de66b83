import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { createChildActivities } from '../../../../src/activities/children/child-activities.js';

const PARENT = 'ralph/run';
const CHILD = `${PARENT}/r/US-001/1`;

/** A child as Temporal shows it; `asked` is what was asked of it. */
interface PlayedChild {
  readonly status: string;
  readonly basis?: string;
  readonly result?: unknown;
}

/** Runs findChild in a workflow whose child stands as played; undefined = Temporal knows none. */
async function find(child: PlayedChild | undefined, workflowId = CHILD) {
  const asked: string[] = [];
  let status = child?.status ?? '';
  const getHandle = () => ({
    describe: async () => {
      if (child === undefined) throw new WorkflowNotFoundError('none', CHILD, undefined);
      const closeTime = status === 'RUNNING' || status === 'PAUSED' ? undefined : new Date(0);
      return { status: { name: status }, memo: { basis: child.basis ?? 'same' }, closeTime };
    },
    cancel: async () => {
      asked.push('cancel');
      if (status === 'RUNNING') status = 'CANCELED';
    },
    terminate: async () => void asked.push('terminate'),
    result: async () => child?.result,
  });
  const withAbortSignal = (_signal: AbortSignal, work: () => unknown) => work();
  const environment = new MockActivityEnvironment(
    { workflowExecution: { workflowId: PARENT, runId: 'r' } },
    { client: { workflow: { getHandle }, withAbortSignal } as unknown as Client },
  );
  const { findChild } = createChildActivities();
  const found = await environment.run((input) => findChild(input), { workflowId, basis: 'same' });
  return { ...(found as object), asked };
}

describe('findChild', () => {
  it.each([
    ['works', { status: 'RUNNING' }, true],
    ['has ended', { status: 'COMPLETED', result: { attempt: { outcome: 'passed' } } }, true],
    ['was an agent that has ended', { status: 'COMPLETED', result: { outcome: 'done' } }, true],
    ['gave what nobody here knows', { status: 'COMPLETED', result: 'text' }, true],
    ['was terminated', { status: 'TERMINATED' }, false],
    ['failed', { status: 'FAILED' }, false],
    [
      'is an attempt that was cancelled',
      { status: 'COMPLETED', result: { attempt: { outcome: 'cancelled' } } },
      false,
    ],
    [
      'is an agent that was cancelled',
      { status: 'COMPLETED', result: { outcome: 'cancelled' } },
      false,
    ],
  ])('says of one that %s whether its work can be taken over', async (_what, child, isUsable) => {
    expect(await find(child)).toEqual({ isUsable, asked: [] });
  });

  it('ends one that works on something else, by force where it cannot answer', async () => {
    expect(await find({ status: 'RUNNING', basis: 'other' })).toEqual({
      isUsable: false,
      asked: ['cancel'],
    });
    expect(await find({ status: 'PAUSED', basis: 'other' })).toEqual({
      isUsable: false,
      asked: ['cancel', 'terminate'],
    });
  });

  it('finds none that is not there, and touches none of another workflow', async () => {
    expect(await find(undefined)).toEqual({ isUsable: false, asked: [] });
    await expect(find({ status: 'RUNNING' }, 'ralph/other/1')).rejects.toMatchObject({
      type: 'ERR_ACTIVITY_INPUT',
    });
  });
});
