import { describe, expect, it, onTestFinished } from 'vitest';
import { KillableThread } from '../../../../src/rlm/engine/killable-thread.js';

/** A thread that does what it is told by name. */
const CODE = `
const { parentPort, workerData } = require('node:worker_threads');
parentPort.on('message', (order) => {
  if (order === 'loop') for (;;);
  if (order === 'exit') process.exit(3);
  if (order === 'throw') setImmediate(() => { throw new Error('it broke'); });
  if (order === 'memory') { const all = []; for (;;) all.push(new Array(1e5).fill(order + all.length)); }
  if (order === 'environment') parentPort.postMessage(Object.keys(process.env).length);
  if (order === 'data') parentPort.postMessage(workerData);
  if (order === 'echo') setTimeout(() => parentPort.postMessage('echo'), workerData.delayMs ?? 0);
});`;

function started(limitMs: number, data: object = {}): KillableThread<string, unknown> {
  const file = new URL(
    `data:text/javascript,${encodeURIComponent(`import { createRequire } from 'node:module'; const require = createRequire('file:///'); ${CODE}`)}`,
  );
  const thread = new KillableThread<string, unknown>({ file, data, limitMs });
  onTestFinished(() => thread.close());
  return thread;
}

describe('a thread that can be killed', () => {
  it('answers one order after the other, with what it was started with and nothing of the environment', async () => {
    const thread = started(30_000, { n: 1 });
    expect([
      await thread.ask('data'),
      await thread.ask('environment'),
      await thread.ask('echo'),
      thread.isClosed,
    ]).toEqual([{ n: 1 }, 0, 'echo', false]);
  });

  it.each([
    ['gives no answer', 'loop', 500, 'it gave no answer for 0.5 s'],
    ['says nothing to an order', 'nothing', 500, 'it gave no answer for 0.5 s'],
    ['ends by itself', 'exit', 30_000, 'its thread ended'],
    ['breaks', 'throw', 30_000, 'it broke'],
    ['takes more memory than it may', 'memory', 60_000, expect.stringMatching(/memory/)],
  ])('is killed when it %s, and whoever asked goes on', async (...[, order, limitMs, reason]) => {
    const thread = started(limitMs);
    expect(await thread.ask(order)).toEqual({ kind: 'killed', reason });
    expect(thread.isClosed).toBe(true);
  });

  it('may take longer while state is made again', async () => {
    const thread = started(1, { delayMs: 50 });
    thread.setPatience(60_000);
    expect(await thread.ask('echo')).toBe('echo');
    thread.setPatience(50);
    expect(await thread.ask('nothing')).toEqual({
      kind: 'killed',
      reason: 'it gave no answer for 0.05 s',
    });
  });

  it('ends with whoever waits for it, with the reason of that', async () => {
    const thread = started(60_000);
    const aborting = new AbortController();
    const waiting = thread.ask('loop', aborting.signal);
    aborting.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    expect(thread.isClosed).toBe(true);
  });

  it('is given no order once that is over', async () => {
    const thread = started(60_000);
    await expect(thread.ask('echo', AbortSignal.abort(new Error('too late')))).rejects.toThrow(
      'too late',
    );
    expect(thread.isClosed).toBe(true);
  });
});
