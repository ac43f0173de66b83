import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPushService } from '../../src/client/tasks/push-outbox.js';
import type { TaskService } from '../../src/client/tasks/task-service.js';
import { EVENT_SEQUENCE, type TaskView } from '../../src/domain/index.js';
import { createPushFiles } from '../../src/platform/records/push-files.js';
import { random } from '../support/kill-random.js';
import { PUSHED_TASK, taskUpdates } from '../support/push-bench.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { webServer } from '../support/web-server.js';
import { useDevelopmentServer } from '../support/workflow-environment.js';

const PROGRAM = fileURLToPath(new URL('../support/push-worker.mjs', import.meta.url));
const UPDATES = 40;
const KILLS = 6;

const VIEW: TaskView = {
  ...PUSHED_TASK,
  skill: 'code',
  state: 'working',
  text: null,
  at: '2026-11-29T00:00:00.000Z',
  createdAt: '2026-11-29T00:00:00.000Z',
  history: [],
  artifacts: [],
  cursor: 0,
};

describe('deliveries of a task', () => {
  const server = useDevelopmentServer();

  it('all arrive, in order, though their worker is killed again and again and their address fails', async () => {
    const home = await temporaryFolder();
    const seed = Date.now() % 100_000;
    const chance = random(seed);
    const arrived: number[] = [];
    const hook = await webServer((post, response) => {
      // one in four is lost behind its arrival, or refused
      if (chance() < 0.15) return void response.writeHead(503).end();
      const { statusUpdate } = JSON.parse(post.body) as {
        statusUpdate: { metadata: Record<string, { sequence: number }> };
      };
      arrived.push(statusUpdate.metadata[EVENT_SEQUENCE]?.sequence ?? 0);
      if (chance() < 0.1) return void response.destroy();
      response.writeHead(200).end();
    });
    const updates = taskUpdates(UPDATES);
    await writeFile(join(home, 'updates.ndjson'), '');
    const store = createPushFiles(join(home, 'pushes'), null);
    const outbox = createPushService({
      temporal: server().client,
      tasks: { get: () => Promise.resolve(VIEW) } as Pick<TaskService, 'get'>,
      store,
      taskQueue: 'push-kills',
      refuseUrl: () => Promise.resolve(undefined),
    });
    const start = () => startWorker([server().address, home, 'push-kills']);
    let worker = await start();
    const caller = { name: 'someone' };
    const { config } = await outbox.set(caller, {
      ...PUSHED_TASK,
      url: hook.url,
      protocolVersion: '1.0',
      id: 'hook',
    });
    expect(await outbox.resume()).toBe(0);
    const killAt = new Set(Array.from({ length: KILLS }, (_, index) => (index + 1) * 6));
    for (const update of updates) {
      await appendFile(join(home, 'updates.ndjson'), `${JSON.stringify(update)}\n`);
      await delay(Math.floor(chance() * 20));
      if (!killAt.has(update.seq)) continue;
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      worker = await start();
    }
    await expect
      .poll(async () => (await outbox.get(caller, config)).status.state, { timeout: 60_000 })
      .toBe('done');
    const unrepeated = arrived.filter((seq, index) => seq !== arrived[index - 1]);
    expect(unrepeated, `seed ${seed}`).toEqual(updates.map(({ seq }) => seq));
    const described = await server()
      .client.activity.getHandle(`push/${PUSHED_TASK.taskId}/hook/${await generation(store)}`)
      .result();
    expect(described).toEqual({ end: 'done' });
    // set once, done once: nothing begins it again
    expect(await outbox.resume()).toBe(0);
  }, 120_000);

  it('end when their configuration is removed', async () => {
    const home = await temporaryFolder();
    const hook = await webServer((_post, response) => response.writeHead(200).end());
    await writeFile(join(home, 'updates.ndjson'), `${JSON.stringify(taskUpdates(2)[0])}\n`);
    const store = createPushFiles(join(home, 'pushes'), null);
    const outbox = createPushService({
      temporal: server().client,
      tasks: { get: () => Promise.resolve(VIEW) } as Pick<TaskService, 'get'>,
      store,
      taskQueue: 'push-removed',
      refuseUrl: () => Promise.resolve(undefined),
    });
    await startWorker([server().address, home, 'push-removed']);
    const caller = { name: 'someone' };
    await outbox.set(caller, { ...PUSHED_TASK, url: hook.url, protocolVersion: '1.0', id: 'hook' });
    await expect.poll(() => hook.seen.length, { timeout: 20_000 }).toBe(1);
    const handle = server().client.activity.getHandle(
      `push/${PUSHED_TASK.taskId}/hook/${await generation(store)}`,
    );
    await outbox.remove(caller, { taskId: PUSHED_TASK.taskId, id: 'hook' });
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(hook.seen).toHaveLength(1);
  }, 60_000);
});

async function generation(store: ReturnType<typeof createPushFiles>): Promise<string> {
  return (await store.read(PUSHED_TASK.taskId, 'hook'))?.generation ?? '';
}

/** A worker that polls; it ends with the test. */
async function startWorker(parameters: readonly string[]): Promise<ChildProcess> {
  const worker = spawn(process.execPath, [PROGRAM, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    worker.kill('SIGKILL');
  });
  let text = '';
  for await (const chunk of worker.stdout) {
    text += String(chunk);
    if (text.includes('ready')) return worker;
  }
  throw new Error(`the worker ended: ${text}`);
}
