import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import {
  createTaskActivities,
  type TaskDesk,
} from '../../../../src/activities/remote/task-activities.js';
import {
  InfrastructureError,
  InvalidInputError,
  type RunEvent,
} from '../../../../src/domain/index.js';

const EVENT: RunEvent = {
  source: 'task/1',
  seq: 1,
  type: 'task.start',
  at: '2026-11-29T10:00:00.000Z',
};

function bench(changes: Partial<TaskDesk> = {}) {
  const log: string[] = [];
  const desk: TaskDesk = {
    open: (taskId) => {
      log.push(`open ${taskId}`);
      return Promise.resolve({ kind: 'rejected', code: 'ERR_X', reason: 'no' });
    },
    tell: (taskId, text) => {
      log.push(`tell ${taskId} ${text}`);
      return Promise.resolve('it goes on');
    },
    close: () => Promise.resolve({ state: 'completed', text: 'done', artifacts: [] }),
    keepEnd: (taskId) => {
      log.push(`keep ${taskId}`);
      return Promise.resolve();
    },
    ...changes,
  };
  const events = {
    append: (runId: string, all: readonly RunEvent[]) => {
      log.push(`append ${runId} ${all.length}`);
      return Promise.resolve();
    },
  };
  const activities = createTaskActivities({ desk, events });
  const environment = new MockActivityEnvironment();
  const run = <Input, Output>(activity: (input: Input) => Promise<Output>, input: Input) =>
    environment.run(activity, input);
  return { log, activities, run };
}

describe('activities of tasks from outside', () => {
  it('put the events into the log before the desk works', async () => {
    const { log, activities, run } = bench();
    const opened = await run(activities.openTask, { runId: 't', events: [EVENT] });
    expect(opened).toEqual({ kind: 'rejected', code: 'ERR_X', reason: 'no' });
    await run(activities.endTask, { runId: 't', events: [EVENT] });
    expect(log).toEqual(['append t 1', 'open t', 'append t 1', 'keep t']);
  });

  it('hand an answer on, and say what became of it', async () => {
    const { log, activities, run } = bench();
    expect(await run(activities.tellRun, { runId: 't', text: 'ok' })).toEqual({
      answer: 'it goes on',
    });
    expect(log).toEqual(['tell t ok']);
    expect(await run(activities.closeTask, { runId: 't', events: [] })).toMatchObject({
      state: 'completed',
    });
  });

  it.each([
    [new InvalidInputError('ERR_TASK_ASKS_NOTHING', { message: 'asks nothing' }), true],
    [
      new InfrastructureError('ERR_DISK', { message: 'away', hint: 'wait', isRetryable: true }),
      false,
    ],
  ])('fail by the code of the desk, tried again where that helps', async (error, nonRetryable) => {
    const { activities, run } = bench({ tell: () => Promise.reject(error) });
    await expect(run(activities.tellRun, { runId: 't', text: 'ok' })).rejects.toMatchObject({
      type: error.code,
      nonRetryable,
    });
  });

  it.each(['', 'x'.repeat(8001)])('take no answer of %j', async (text) => {
    const { log, activities, run } = bench();
    await expect(run(activities.tellRun, { runId: 't', text })).rejects.toThrow();
    expect(log).toEqual([]);
  });
});
