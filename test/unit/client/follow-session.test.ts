import { describe, expect, it } from 'vitest';
import { followSession } from '../../../src/client/follow-session.js';
import type { Gateway, WorkflowCondition } from '../../../src/client/gateway.js';
import type { RunEvent } from '../../../src/domain/run/event.js';
import { runRecord } from '../../support/run-records.js';

const event = (seq: number): RunEvent => ({
  source: 'w',
  seq,
  type: 'story.end',
  at: '2026-01-02T03:04:05.000Z',
});

function gateway(total: number, condition: WorkflowCondition): Gateway {
  return {
    events: {
      read: async (_: string, offset: number) => ({
        events: offset < total ? [event(offset + 1)] : [],
        nextOffset: Math.min(offset + 1, total),
      }),
    },
    records: { read: async () => runRecord() },
    condition: async () => condition,
  } as unknown as Gateway;
}

describe('followSession', () => {
  it('goes on over ends of prompts and of the workflow until it is aborted', async () => {
    const abort = new AbortController();
    const seen: number[] = [];
    let looks = 0;
    await followSession(gateway(3, 'closed'), {
      runId: 'r',
      workflowId: 'session/r',
      signal: abort.signal,
      pollMs: 1,
      onEvent: ({ seq }) => seen.push(seq),
      onLook: async (record) => {
        looks += 1;
        expect(record?.status).toBe('passed');
        if (looks === 10) abort.abort();
      },
      onCondition: () => undefined,
    });
    expect(seen).toEqual([1, 2, 3]);
    expect(looks).toBe(10);
  });
});
