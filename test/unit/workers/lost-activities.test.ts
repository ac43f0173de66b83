import { describe, expect, it } from 'vitest';
import { failLostActivities, type RunningAttempt } from '../../../src/workers/lost-activities.js';

const attempt = (activityId: string, worker: string): RunningAttempt => ({
  workflowId: 'w',
  runId: 'r',
  activityId,
  worker,
});

async function* each(attempts: readonly RunningAttempt[]): AsyncGenerator<RunningAttempt> {
  yield* attempts;
}

describe('failLostActivities', () => {
  it('ends what a dead worker of this host was given, and nothing else', async () => {
    const ended: string[] = [];
    const count = await failLostActivities({
      attempts: each([
        attempt('dead', '10@here-1'),
        attempt('alive', '11@here-1'),
        attempt('own', '12@here-1'),
        attempt('elsewhere', '10@there-2'),
        attempt('stranger', 'somebody'),
      ]),
      hostId: 'here-1',
      ownPid: 12,
      isAlive: (pid) => pid === 11,
      fail: async ({ activityId }) => void ended.push(activityId),
    });
    expect({ count, ended }).toEqual({ count: 1, ended: ['dead'] });
  });
});
