import { describe, expect, it } from 'vitest';
import { eventDocument, eventLine, tasksOf } from '../../../../src/cli/worker/event-line.js';
import type { LinkEvent } from '../../../../src/platform-link/index.js';

const LINES: readonly [LinkEvent, string][] = [
  [
    { kind: 'registered', workerId: 'wrk_1', server: 'https://p' },
    'registered at https://p as wrk_1',
  ],
  [{ kind: 'connected', held: 0 }, 'connected, waiting for tasks'],
  [{ kind: 'connected', held: 1 }, 'connected, holding 1 task'],
  [{ kind: 'disconnected', reason: 'gone', pauseMs: 1250 }, 'disconnected: gone; again in 1.3 s'],
  [
    { kind: 'resynchronised', reason: 'window_exceeded' },
    'events were missed (window_exceeded); asked for everything anew',
  ],
  [{ kind: 'unregistered' }, 'unregistered'],
  [{ kind: 'trouble', task: undefined, code: 'ERR_X', reason: 'no' }, 'trouble [ERR_X]: no'],
  [{ kind: 'trouble', task: 't1', code: 'ERR_X', reason: 'no' }, 't1 trouble [ERR_X]: no'],
  [{ kind: 'claimed', task: 't1', title: 'Fix\nit\u001b[31m' }, 't1 claimed: Fix it\\x1b[31m'],
  [{ kind: 'skipped', task: 't1', reason: 'why' }, 't1 left to others: why'],
  [{ kind: 'refused', task: 't1', reason: 'why' }, 't1 not given to us: why'],
  [{ kind: 'working', task: 't1', run: 'r1' }, 't1 run r1'],
  [{ kind: 'output', task: 't1', text: 'a\nb' }, 't1 | a b'],
  [{ kind: 'cancelling', task: 't1' }, 't1 cancelled on the platform; stopping'],
  [{ kind: 'lost', task: 't1', reason: 'why' }, 't1 not ours any more: why'],
  [{ kind: 'ended', task: 't1', status: 'completed' }, 't1 ended: completed'],
  [{ kind: 'released', task: 't1', status: 'failed' }, 't1 released: failed'],
];

describe('an event of the worker', () => {
  it.each(LINES)('%j is one line', (event, line) => {
    expect(eventLine(event)).toBe(line);
  });

  it('shows the beginning of a long output', () => {
    expect(eventLine({ kind: 'output', task: 't', text: 'x'.repeat(5000) }).length).toBeLessThan(
      200,
    );
  });

  it('is a document in snake case for programs', () => {
    const event: LinkEvent = { kind: 'registered', workerId: 'w', server: 's' };
    expect(eventDocument(event, '2026-01-01')).toEqual({
      at: '2026-01-01',
      kind: 'registered',
      worker_id: 'w',
      server: 's',
    });
    const trouble: LinkEvent = { kind: 'trouble', task: undefined, code: 'c', reason: 'r' };
    expect(eventDocument(trouble, 'x')).toEqual({
      at: 'x',
      kind: 'trouble',
      task: null,
      code: 'c',
      reason: 'r',
    });
  });
});

describe('a number of tasks', () => {
  it.each([
    [1, '1 task'],
    [0, '0 tasks'],
    [3, '3 tasks'],
  ])('%s is %s', (count, text) => {
    expect(tasksOf(count)).toBe(text);
  });
});
