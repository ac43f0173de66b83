import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { followRun } from '../../../src/client/follow.js';
import { type Gateway } from '../../../src/client/gateway.js';
import type { RunEvent } from '../../../src/domain/run/event.js';
import type { RunRecord } from '../../../src/domain/run/ralph-run.js';
import { runRecord } from '../../support/run-records.js';

const event = (seq: number): RunEvent => ({
  source: 'w',
  seq,
  type: 'model.end',
  at: '2026-01-02T03:04:05.000Z',
});

/** A run whose events arrive one a look and whose record ends with the last of them. */
function runningRun(total: number, records: readonly (RunRecord | undefined)[]): Gateway {
  let looks = 0;
  return {
    events: {
      read: async (_: string, offset: number) => ({
        events: offset < total ? [event(offset + 1)] : [],
        nextOffset: Math.min(offset + 1, total),
      }),
    },
    records: {
      read: async () => {
        looks += 1;
        return records[Math.min(looks, records.length) - 1];
      },
    },
    condition: async () => 'open',
  } as unknown as Gateway;
}

describe('followRun', () => {
  it('hands over every event once, in order, before it gives the final record', async () => {
    const seen: number[] = [];
    const ended = runRecord();
    const open = runRecord({ status: 'running', endedAt: null });
    const record = await followRun(runningRun(5, [undefined, open, ended]), {
      runId: 'run-1',
      workflowId: 'w',
      onEvent: ({ seq }) => seen.push(seq),
      signal: new AbortController().signal,
      pollMs: 1,
    });
    expect(record).toEqual(ended);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('ends without a record when the watcher leaves', async () => {
    const watcher = new AbortController();
    const record = await followRun(runningRun(3, [undefined]), {
      runId: 'run-1',
      workflowId: 'w',
      onEvent: ({ seq }) => {
        if (seq === 3) watcher.abort();
      },
      signal: watcher.signal,
      pollMs: 1,
    });
    expect(record).toBeUndefined();
  });

  it('says that a run is lost when its workflow closed without a final record', async () => {
    // the clock alone: each look at the record takes three seconds of it
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const asked: number[] = [];
    const gateway: Gateway = {
      ...runningRun(0, []),
      records: {
        read: async () => {
          vi.setSystemTime(Date.now() + 3000);
          return runRecord({ status: 'running', endedAt: null });
        },
      } as unknown as Gateway['records'],
      condition: async () => {
        asked.push(Date.now());
        return 'closed';
      },
    };
    const following = followRun(gateway, {
      runId: 'run-1',
      workflowId: 'w',
      onEvent: () => undefined,
      signal: new AbortController().signal,
      pollMs: 1,
    });
    await expect(following).rejects.toMatchObject({
      code: 'ERR_RUN_LOST',
      exitCode: 3,
      isRetryable: false,
    });
    // twice: a record may be written between a look at it and the answer
    expect(asked).toHaveLength(2);
  });
});
