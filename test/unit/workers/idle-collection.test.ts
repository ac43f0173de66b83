import { BroadcastChannel } from 'node:worker_threads';
import type { Context } from '@temporalio/activity';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collectWhenIdle, createIdleNotice } from '../../../src/workers/idle-collection.js';

const QUIET_MS = 20;
const open: (() => void)[] = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Counts the notices that other threads would hear. */
function listen(): { count: number } {
  const channel = new BroadcastChannel('codetether-idle');
  open.push(() => channel.close());
  const heard = { count: 0 };
  channel.onmessage = () => {
    heard.count += 1;
  };
  return heard;
}

function openNotice(): ReturnType<typeof createIdleNotice> {
  const notice = createIdleNotice(QUIET_MS);
  open.push(() => notice.close());
  return notice;
}

/** Begins an activity; gives the function that ends it. */
function begin(notice: ReturnType<typeof createIdleNotice>): (failure?: Error) => Promise<unknown> {
  const { execute } = notice.intercept({} as Context).inbound;
  let end: (failure?: Error) => void = () => undefined;
  const work = new Promise((resolve, reject) => {
    end = (failure) => (failure === undefined ? resolve('done') : reject(failure));
  });
  const run = execute?.({} as ActivityExecuteInput, () => work);
  return (failure) => {
    end(failure);
    return run ?? Promise.reject(new Error('the interceptor does not see activities'));
  };
}

describe('idle notice', () => {
  it('is given once, when the last of several activities has ended', async () => {
    const heard = listen();
    const notice = openNotice();
    const ends = [begin(notice), begin(notice)];
    expect(await ends[0]?.()).toBe('done');
    await expect(ends[1]?.(new Error('broken'))).rejects.toThrow('broken');
    await vi.waitFor(() => expect(heard).toEqual({ count: 1 }));
  });

  it('is not given while an activity runs, and takes back one that was about to be given', async () => {
    const heard = listen();
    const notice = openNotice();
    notice.start();
    const end = begin(notice);
    // another notice that began to wait later has been heard: the first one would have been before it
    const later = openNotice();
    later.start();
    await vi.waitFor(() => expect(heard).toEqual({ count: 1 }));
    await end();
    await vi.waitFor(() => expect(heard).toEqual({ count: 2 }));
  });

  it('is given to a worker that only started', async () => {
    const heard = listen();
    openNotice().start();
    await vi.waitFor(() => expect(heard).toEqual({ count: 1 }));
  });
});

describe('collecting when idle', () => {
  it('frees what nobody holds any more at the next notice', async () => {
    open.push(collectWhenIdle());
    const garbage = new WeakRef(Array.from({ length: 100_000 }, (_, at) => ({ at })));
    openNotice().start();
    await vi.waitFor(() => expect(garbage.deref() === undefined).toBe(true));
  });
});
