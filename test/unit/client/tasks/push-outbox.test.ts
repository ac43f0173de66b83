import { ActivityExecutionAlreadyStartedError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { createPushService } from '../../../../src/client/tasks/push-outbox.js';
import { InvalidInputError, type TaskView } from '../../../../src/domain/index.js';
import { PUSHED_TASK, pushFiles } from '../../../support/push-bench.js';

const { taskId, contextId } = PUSHED_TASK;
const OWNER = { name: 'owner' };

async function bench(
  options: { state?: TaskView['state']; isDown?: boolean; refusal?: string } = {},
) {
  const { files } = await pushFiles();
  const started: { name: string; options: Record<string, unknown> }[] = [];
  const cancelled: string[] = [];
  const known = new Set<string>();
  const condition = { isDown: options.isDown ?? false };
  const activity = {
    start: (name: string, given: { id: string }) => {
      if (condition.isDown) return Promise.reject(new Error('no server'));
      if (known.has(given.id))
        return Promise.reject(new ActivityExecutionAlreadyStartedError('again', given.id, name));
      known.add(given.id);
      started.push({ name, options: given });
      return Promise.resolve({});
    },
    getHandle: (id: string) => ({
      cancel: () => {
        cancelled.push(id);
        return Promise.reject(new Error('it had ended'));
      },
    }),
  };
  const view = { taskId, contextId, state: options.state ?? 'working', cursor: 4 } as TaskView;
  const service = createPushService({
    temporal: { activity } as never,
    tasks: {
      get: ({ name }) =>
        name === 'owner'
          ? Promise.resolve(view)
          : Promise.reject(
              new InvalidInputError('ERR_TASK_NOT_FOUND', { message: 'no such task' }),
            ),
    },
    store: files,
    taskQueue: 'queue',
    refuseUrl: () => Promise.resolve(options.refusal),
  });
  const set = (more: object = {}) =>
    service.set(OWNER, { taskId, url: 'https://hook.example/', protocolVersion: '1.0', ...more });
  return { service, set, files, started, cancelled, condition };
}

describe('a push configuration', () => {
  it('is kept, and its delivery begins behind what was there', async () => {
    const { set, started, files, service } = await bench();
    const entry = await set({ id: 'a', token: 'tok' });
    expect(entry).toEqual({
      config: {
        id: 'a',
        taskId,
        url: 'https://hook.example/',
        token: 'tok',
        protocolVersion: '1.0',
      },
      status: { state: 'active', delivered: 4, failures: 0, lastError: null, lastTryAt: null },
    });
    const record = await files.read(taskId, 'a');
    expect(record).toMatchObject({ contextId, behind: 4 });
    expect(started).toEqual([
      {
        name: 'deliverPush',
        options: expect.objectContaining({
          id: `push/${taskId}/a/${record?.generation}`,
          taskQueue: 'queue',
          args: [{ taskId, id: 'a', generation: record?.generation }],
          idReusePolicy: 'REJECT_DUPLICATE',
        }) as object,
      },
    ]);
    expect(JSON.stringify(started)).not.toContain('tok"');
    expect(await service.get(OWNER, { taskId, id: 'a' })).toEqual(entry);
    expect(await service.list(OWNER, taskId)).toEqual([entry]);
  });

  it('gets an id where it has none', async () => {
    const { set } = await bench();
    const [first, second] = [await set(), await set()];
    expect(first.config.id).toMatch(/^[0-9a-z]{26}$/);
    expect(second.config.id).not.toBe(first.config.id);
  });

  it('that is set again replaces the one before, and ends its delivery', async () => {
    const { set, files, started, cancelled } = await bench();
    await set({ id: 'a' });
    const before = await files.read(taskId, 'a');
    await set({ id: 'a', url: 'https://other.example/' });
    expect(cancelled).toEqual([`push/${taskId}/a/${before?.generation}`]);
    expect((await files.read(taskId, 'a'))?.config.url).toBe('https://other.example/');
    expect(started).toHaveLength(2);
  });

  it('of a task that has ended is over at once', async () => {
    const { set, started, service } = await bench({ state: 'completed' });
    expect((await set({ id: 'a' })).status.state).toBe('done');
    expect((await service.get(OWNER, { taskId, id: 'a' })).status.state).toBe('done');
    expect(await service.resume()).toBe(0);
    expect(started).toEqual([]);
  });

  it('is one of five at most', async () => {
    const { set } = await bench();
    for (const id of ['a', 'b', 'c', 'd', 'e']) await set({ id });
    await expect(set({ id: 'f' })).rejects.toMatchObject({ code: 'ERR_TOO_MANY_PUSH_CONFIGS' });
    expect((await set({ id: 'e' })).config.id).toBe('e');
  });

  it('goes away, once', async () => {
    const { set, service, cancelled } = await bench();
    await set({ id: 'a' });
    await service.remove(OWNER, { taskId, id: 'a' });
    await service.remove(OWNER, { taskId, id: 'a' });
    expect(cancelled).toHaveLength(1);
    await expect(service.get(OWNER, { taskId, id: 'a' })).rejects.toMatchObject({
      code: 'ERR_PUSH_NOT_FOUND',
    });
  });

  it('is nothing to anybody else', async () => {
    const { set, service } = await bench();
    await set({ id: 'a' });
    const other = { name: 'other' };
    const calls = [
      service.get(other, { taskId, id: 'a' }),
      service.list(other, taskId),
      service.remove(other, { taskId, id: 'a' }),
      service.set(other, { taskId, url: 'https://x.example/', protocolVersion: '1.0' }),
    ];
    for (const call of calls)
      await expect(call).rejects.toMatchObject({ code: 'ERR_TASK_NOT_FOUND' });
    expect((await service.list(OWNER, taskId)).map(({ config }) => config.id)).toEqual(['a']);
  });

  it.each([
    [{ url: 'nonsense' }, 'ERR_PUSH_URL'],
    [{ id: '../a' }, 'ERR_PUSH_CONFIG'],
    [{ token: 'a\r\nx: y' }, 'ERR_PUSH_CONFIG'],
    [{ authentication: { scheme: 'Bearer', credentials: 'é' } }, 'ERR_PUSH_CONFIG'],
    [{ authentication: { scheme: '' } }, 'ERR_PUSH_CONFIG'],
    [{ protocolVersion: '2.0' }, 'ERR_PUSH_CONFIG'],
  ])('is refused: %j', async (more, code) => {
    const { set, started } = await bench();
    await expect(set(more)).rejects.toMatchObject({ code, exitCode: 2 });
    expect(started).toEqual([]);
  });

  it('whose address must not be called is refused, with the reason', async () => {
    const { set, service } = await bench({ refusal: 'only https is used' });
    await expect(set()).rejects.toMatchObject({
      code: 'ERR_PUSH_URL',
      message: 'nothing is posted to this address: only https is used',
    });
    expect(await service.list(OWNER, taskId)).toEqual([]);
  });

  it('that Temporal did not take is begun when the service starts again', async () => {
    const { set, service, started, condition } = await bench({ isDown: true });
    await expect(set({ id: 'a' })).rejects.toMatchObject({
      code: 'ERR_TEMPORAL_UNREACHABLE',
      exitCode: 3,
    });
    condition.isDown = false;
    expect(await service.resume()).toBe(1);
    expect(await service.resume()).toBe(0);
    expect(started).toHaveLength(1);
  });
});
