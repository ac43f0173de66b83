import type { Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { createTaskRoom, type RoomLimits } from '../../../../src/client/tasks/task-room.js';

/** Temporal that lists what a test says, and who owns what. */
function setup(limits: Partial<RoomLimits> = {}) {
  const listed: string[] = [];
  const owners = new Map<string, string>();
  const ended = new Set<string>();
  let [asked, time] = [0, 0];
  const temporal = {
    workflow: {
      list: async function* () {
        for (const id of listed) yield await Promise.resolve({ workflowId: `task/${id}` });
      },
    },
  } as unknown as Client;
  const make = () =>
    createTaskRoom({
      temporal,
      maxOpen: 10,
      maxOpenPerOwner: 3,
      ...limits,
      now: () => time,
      hasEnded: (id) => Promise.resolve(ended.has(id)),
      ownerOf: (id) => {
        asked += 1;
        return Promise.resolve(owners.get(id));
      },
    });
  const open = (owner: string, ...ids: string[]): void => {
    for (const id of ids) {
      listed.push(id);
      owners.set(id, owner);
    }
  };
  return { make, open, listed, ended, asked: () => asked, wait: (ms: number) => (time += ms) };
}

const codes = async (tries: readonly Promise<void>[]): Promise<string[]> =>
  (await Promise.allSettled(tries)).map((one) =>
    one.status === 'fulfilled' ? 'in' : (one.reason as { code: string }).code,
  );

describe('room for tasks', () => {
  it('is refused to an owner who has as many open as each may have, with how many and when to come again; others are let in', async () => {
    const { make, open } = setup();
    open('me', 'a', 'b', 'c');
    const room = make();
    await expect(room.require('me', 'd')).rejects.toMatchObject({
      code: 'ERR_TOO_MANY_OWN_TASKS',
      exitCode: 2,
      message: '3 tasks of this token are open already; each may have 3',
      data: { retryAfterS: 10, open: 3, most: 3 },
    });
    await expect(room.require('other', 'e')).resolves.toBeUndefined();
  });

  it('is there again when a task has ended', async () => {
    const { make, open, listed } = setup();
    open('me', 'a', 'b', 'c');
    const room = make();
    await expect(room.require('me', 'd')).rejects.toThrow();
    listed.shift();
    await expect(room.require('me', 'd')).resolves.toBeUndefined();
  });

  it('is there again at once when tasks have ended that Temporal never listed, or lists no more', async () => {
    const { make, ended, listed } = setup();
    const room = make();
    for (const id of ['a', 'b', 'c']) await room.require('me', id);
    await expect(room.require('me', 'd')).rejects.toThrow();
    ended.add('a');
    await expect(room.require('me', 'e')).resolves.toBeUndefined();
    listed.push('b', 'c', 'e');
    await expect(room.require('me', 'f')).rejects.toThrow();
    listed.splice(0);
    await expect(room.require('me', 'g')).resolves.toBeUndefined();
  });

  it('is given to as many as may be of a hundred that come at once, before Temporal lists one of them', async () => {
    const { make } = setup({ maxOpenPerOwner: 20, maxOpen: 1000 });
    const room = make();
    const ids = Array.from({ length: 100 }, (_, at) => `t${at}`);
    const ends = await codes(ids.map((id) => room.require('me', id)));
    expect(ends.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'in'));
    expect(new Set(ends.slice(20))).toEqual(new Set(['ERR_TOO_MANY_OWN_TASKS']));
    const others = await codes(ids.slice(0, 20).map((id) => room.require('other', `o${id}`)));
    expect(new Set(others)).toEqual(new Set(['in']));
  });

  it('is counted alike by two processes, by what Temporal lists', async () => {
    const { make, open } = setup();
    const [first, second] = [make(), make()];
    for (const id of ['a', 'b', 'c']) {
      await (id === 'b' ? second : first).require('me', id);
      open('me', id);
    }
    await expect(first.require('me', 'd')).rejects.toThrow('3 tasks of this token');
    await expect(second.require('me', 'e')).rejects.toThrow('3 tasks of this token');
  });

  it('is refused to everybody where the service is full', async () => {
    const { make, open } = setup({ maxOpen: 4, maxOpenPerOwner: 4 });
    open('x', 'a', 'b');
    open('y', 'c', 'd');
    await expect(make().require('me', 'e')).rejects.toMatchObject({
      code: 'ERR_TOO_MANY_TASKS',
      isRetryable: true,
      message: '4 tasks are open already; this service takes 4',
    });
  });

  it('counts what was let in and never began for half a minute only', async () => {
    const { make, wait } = setup({ maxOpenPerOwner: 1 });
    const room = make();
    await room.require('me', 'a');
    await expect(room.require('me', 'b')).rejects.toThrow();
    wait(30_001);
    await expect(room.require('me', 'c')).resolves.toBeUndefined();
  });

  it('asks for no owner while there are few, once for each after that, and counts the same task once', async () => {
    const { make, open, asked } = setup();
    open('other', 'a', 'b');
    const room = make();
    await room.require('me', 'm');
    expect(asked()).toBe(0);
    open('other', 'c', 'd');
    for (let again = 0; again < 5; again += 1) await room.require('me', 'm');
    expect(asked()).toBe(4);
  });
});
