import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createPushActivities,
  type PushDependencies,
} from '../../../../src/activities/push/deliver-push.js';
import {
  EVENT_SEQUENCE,
  type Pushed,
  type PushConfig,
  type PushStatus,
  type TaskView,
} from '../../../../src/domain/index.js';
import type { PushAnswer, PushPost } from '../../../../src/platform/network/push-post.js';
import {
  PUSHED_TASK,
  pushConfig,
  pushFiles,
  taskUpdates,
  updatesFrom,
} from '../../../support/push-bench.js';

const ORDER = { taskId: PUSHED_TASK.taskId, id: 'hook', generation: 'g1' };
const DELIVERED: PushAnswer = { kind: 'delivered', status: 200 };
const FAILED: PushAnswer = { kind: 'failed', reason: 'the address refuses it (status 500)' };

async function bench(
  options: {
    answers?: readonly PushAnswer[];
    config?: Partial<PushConfig>;
    behind?: number;
    updatesOf?: PushDependencies['updatesOf'];
    count?: number;
    more?: Partial<PushDependencies>;
  } = {},
) {
  const { files } = await pushFiles();
  await files.write({
    version: 1,
    config: pushConfig('https://hook.example/in', options.config),
    contextId: PUSHED_TASK.contextId,
    generation: ORDER.generation,
    behind: options.behind ?? 0,
  });
  const answers = [...(options.answers ?? [])];
  const posts: PushPost[] = [];
  const { deliverPush } = createPushActivities({
    pushes: files,
    updatesOf: options.updatesOf ?? updatesFrom(taskUpdates(options.count ?? 3)),
    post: (post) => {
      posts.push(post);
      return Promise.resolve(answers.shift() ?? DELIVERED);
    },
    mostFailures: 4,
    ...options.more,
  });
  const run = (order: object = ORDER): Promise<unknown> =>
    new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(
      deliverPush as (input: unknown) => Promise<unknown>,
      order,
    );
  return { run, posts, files, status: () => files.readStatus(ORDER) };
}

function numbersOf(posts: readonly PushPost[]): unknown[] {
  return posts.map(({ body }) => {
    const { statusUpdate } = JSON.parse(body) as {
      statusUpdate: { metadata: Record<string, { sequence: number }> };
    };
    return statusUpdate.metadata[EVENT_SEQUENCE]?.sequence ?? 0;
  });
}

describe('a delivery', () => {
  it('posts every update in order, notes each, and ends with the task', async () => {
    const { run, posts, status } = await bench();
    expect(await run()).toEqual({ end: 'done' });
    expect(numbersOf(posts)).toEqual([1, 2, 3]);
    expect(await status()).toEqual({
      state: 'done',
      delivered: 3,
      failures: 0,
      lastError: null,
      lastTryAt: expect.stringMatching(/^\d{4}-/) as string,
    });
    expect(await run()).toEqual({ end: 'done' });
    expect(posts).toHaveLength(3);
  });

  it('sends token and credentials, and nothing of them where there are none', async () => {
    const secret = await bench({
      config: { token: 'tok', authentication: { scheme: 'Bearer', credentials: 'cred' } },
    });
    await secret.run();
    expect(secret.posts[0]).toMatchObject({
      url: 'https://hook.example/in',
      timeoutMs: 20_000,
      headers: {
        'content-type': 'application/a2a+json',
        'x-a2a-notification-token': 'tok',
        authorization: 'Bearer cred',
      },
    });
    const plain = await bench({ config: { protocolVersion: '0.3' } });
    await plain.run();
    expect(plain.posts[0]?.headers).toEqual({
      'content-type': 'application/json',
      'a2a-version': '0.3',
    });
  });

  it('begins behind the update that was there when it was set', async () => {
    const { run, posts } = await bench({ behind: 2, count: 4 });
    await run();
    expect(numbersOf(posts)).toEqual([3, 4]);
  });

  it('ends a try that failed with a longer pause each time, and is given up in the end', async () => {
    const { run, posts, status } = await bench({
      answers: [DELIVERED, FAILED, FAILED, FAILED, FAILED],
    });
    const pauses: unknown[] = [];
    for (let round = 0; round < 3; round += 1)
      await run().catch((error: unknown) =>
        pauses.push((error as { nextRetryDelay: unknown }).nextRetryDelay),
      );
    expect(pauses.map(String)).toEqual(['1000', '2000', '4000']);
    expect(await status()).toMatchObject({ state: 'active', delivered: 1, failures: 3 });
    expect(await run()).toEqual({ end: 'disabled' });
    expect(await status()).toMatchObject({
      state: 'disabled',
      delivered: 1,
      failures: 4,
      lastError: 'the address refuses it (status 500)',
    });
    expect(numbersOf(posts)).toEqual([1, 2, 2, 2, 2]);
    expect(await run()).toEqual({ end: 'disabled' });
    expect(posts).toHaveLength(5);
  });

  it('forgets its failures with the first that arrives', async () => {
    const { run, status } = await bench({ answers: [FAILED, FAILED, DELIVERED] });
    await expect(run()).rejects.toThrow('status 500');
    await expect(run()).rejects.toThrow('status 500');
    expect(await run()).toEqual({ end: 'done' });
    expect(await status()).toMatchObject({ failures: 0, lastError: null });
  });

  it('is given up at once when the address is gone', async () => {
    const { run, status } = await bench({ answers: [{ kind: 'gone' }] });
    expect(await run()).toEqual({ end: 'disabled' });
    expect(await status()).toMatchObject({ lastError: 'the address is gone (status 410)' });
  });

  it('does nothing for a configuration that is not there, or was set anew', async () => {
    const { run, posts, files } = await bench();
    expect(await run({ ...ORDER, generation: 'g0' })).toEqual({ end: 'replaced' });
    expect(await run({ ...ORDER, id: 'other' })).toEqual({ end: 'replaced' });
    await files.remove(ORDER.taskId, ORDER.id);
    expect(await run()).toEqual({ end: 'replaced' });
    expect(posts).toEqual([]);
  });

  it('notices in mid-delivery that it was removed', async () => {
    const told: { remove: () => Promise<void> } = { remove: () => Promise.resolve() };
    const { run, posts, files } = await bench({
      updatesOf: async function* (wanted) {
        for await (const pushed of updatesFrom(taskUpdates(3))(wanted)) {
          if (pushed.kind === 'update' && pushed.update.seq === 2) await told.remove();
          yield pushed;
        }
      },
    });
    told.remove = () => files.remove(ORDER.taskId, ORDER.id);
    expect(await run()).toEqual({ end: 'replaced' });
    expect(numbersOf(posts)).toEqual([1]);
  });

  it.each([
    {},
    { ...ORDER, taskId: '../../etc' },
    { ...ORDER, id: 'a/b' },
    { ...ORDER, generation: '.' },
  ])('refuses an order that names no file of ours: %j', async (order) => {
    const { run, posts } = await bench();
    await expect(run(order)).rejects.toMatchObject({
      type: 'ERR_ACTIVITY_INPUT',
      nonRetryable: true,
    });
    expect(posts).toEqual([]);
  });

  it('tries again when the updates end before the task', async () => {
    const { run, status } = await bench({ updatesOf: updatesFrom(taskUpdates(5).slice(0, 2)) });
    await expect(run()).rejects.toMatchObject({ type: 'ERR_PUSH_FAILED', nonRetryable: false });
    expect(await status()).toMatchObject({ state: 'active', delivered: 2, failures: 0 });
  });

  it('posts the task where updates are gone, and goes on behind it', async () => {
    const view: TaskView = {
      ...PUSHED_TASK,
      skill: 'code',
      state: 'working',
      text: null,
      at: '2026-11-29T00:00:00.000Z',
      createdAt: '2026-11-29T00:00:00.000Z',
      history: [],
      artifacts: [],
      cursor: 7,
    };
    const gaps: readonly Pushed[] = [{ kind: 'gap', view }];
    const { run, posts, status } = await bench({
      updatesOf: async function* ({ cursor }) {
        if (cursor < 7) yield* await Promise.resolve(gaps);
      },
    });
    await expect(run()).rejects.toThrow('ended before the task');
    expect(JSON.parse(posts[0]?.body ?? '')).toMatchObject({ task: { id: PUSHED_TASK.taskId } });
    expect(await status()).toMatchObject({ delivered: 7 });
  });

  it('arrives at least once, in order and whole, whatever fails and wherever its worker dies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.constantFrom('ok', 'fail', 'dies-before', 'dies-behind'), { maxLength: 40 }),
        async (count, fates) => {
          const left = [...fates];
          const arrived: number[] = [];
          const { run } = await bench({
            count,
            more: {
              mostFailures: 1000,
              post: (post) => {
                const fate = left.shift() ?? 'ok';
                if (fate === 'dies-before') return Promise.reject(new Error('killed'));
                if (fate === 'fail') return Promise.resolve(FAILED);
                arrived.push(Number(numbersOf([post])[0]));
                if (fate === 'dies-behind') return Promise.reject(new Error('killed'));
                return Promise.resolve(DELIVERED);
              },
            },
          });
          for (let round = 0; round <= fates.length; round += 1) await run().catch(() => undefined);
          const once = arrived.filter((seq, index) => seq !== arrived[index - 1]);
          expect(once).toEqual(Array.from({ length: count }, (_, index) => index + 1));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('how deliveries stand', () => {
  it('is kept for each generation by itself', async () => {
    const { files } = await pushFiles();
    const status: PushStatus = {
      state: 'disabled',
      delivered: 3,
      failures: 20,
      lastError: 'x',
      lastTryAt: null,
    };
    await files.writeStatus(ORDER, status);
    expect(await files.readStatus(ORDER)).toEqual(status);
    expect(await files.readStatus({ ...ORDER, generation: 'g2' })).toBeUndefined();
  });
});
