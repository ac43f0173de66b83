import { Router } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../../src/api/app.js';
import { lazyRemote } from '../../../src/api/lazy-remote.js';
import { listenOnLoopback } from '../../../src/api/listen.js';
import { InfrastructureError } from '../../../src/domain/index.js';

/** A server whose tasks are opened by `open`. */
async function serve(open: () => Promise<{ router: Router; close(): void }>) {
  const faults: unknown[] = [];
  const remote = lazyRemote(open, (error) => void faults.push(error));
  const app = createApp({
    health: () => Promise.resolve({ version: '1.2.3', uptimeS: 4, isTemporalReachable: true }),
    remote,
  });
  const server = await listenOnLoopback(app, { port: 0, isPortFixed: false });
  onTestFinished(() => server.close());
  return { remote, faults, url: `http://127.0.0.1:${server.port}` };
}

/** Routes that say which of them answers. */
function routes() {
  const router = Router();
  let closed = 0;
  router.get('/tasks', (_request, response) => void response.json({ here: true }));
  return { router, close: () => void (closed += 1), closed: () => closed };
}

describe('routes that are opened when somebody asks', () => {
  it('are not opened by a look at the health, once by many requests, and leave other paths alone', async () => {
    let opens = 0;
    const { url } = await serve(() => {
      opens += 1;
      return Promise.resolve(routes());
    });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(opens).toBe(0);
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(`${url}/tasks`)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    const other = await fetch(`${url}/nothing`);
    expect([other.status, await other.json()]).toEqual([
      404,
      { error: { code: 'ERR_NOT_FOUND', message: 'nothing at /nothing' } },
    ]);
    expect(opens).toBe(1);
  });

  it('are tried again after they could not be opened; until then the answer is 503 with a pause, and says nothing of ours but our own words', async () => {
    const failures: unknown[] = [
      new Error('secret path'),
      new InfrastructureError('ERR_TASKS_UNREACHABLE', { message: 'the service is starting' }),
    ];
    const { url, faults } = await serve(() => {
      const failure = failures.shift();
      return failure === undefined ? Promise.resolve(routes()) : Promise.reject(failure as Error);
    });
    const first = await fetch(`${url}/tasks`);
    expect([first.status, first.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await first.json()).toEqual({
      error: {
        code: 'ERR_TASKS_UNREACHABLE',
        message: 'tasks cannot be reached at the moment',
      },
    });
    expect(await (await fetch(`${url}/tasks`)).json()).toEqual({
      error: { code: 'ERR_TASKS_UNREACHABLE', message: 'the service is starting' },
    });
    expect((await fetch(`${url}/tasks`)).status).toBe(200);
    expect(faults).toHaveLength(2);
  });

  it('are opened without a request where something has to go on, and closed with the server, also while they open', async () => {
    const [early, late] = [routes(), routes()];
    const first = await serve(() => Promise.resolve(early));
    first.remote.close();
    expect(early.closed()).toBe(0);
    first.remote.wake();
    await expect.poll(early.closed).toBe(1);
    let opened = (): void => undefined;
    const second = await serve(() => new Promise((resolve) => (opened = () => resolve(late))));
    second.remote.wake();
    second.remote.close();
    expect(late.closed()).toBe(0);
    opened();
    await expect.poll(late.closed).toBe(1);
    const third = await serve(() => Promise.reject(new Error('no')));
    third.remote.wake();
    await expect.poll(() => third.faults).toHaveLength(1);
  });
});
