import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  runPlatformLink,
  type LinkEvent,
  type LinkOptions,
} from '../../src/platform-link/index.js';
import { FakePlatformTasks, type FakeTask } from '../support/fake-platform-tasks.js';
import { linkOptions, QUICK } from '../support/platform-server/link-bench.js';
import {
  findPlatformPrograms,
  startRealPlatform,
  type RealPlatform,
} from '../support/platform-server/real-platform.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const programs = findPlatformPrograms();

/** The platform's public face, as its own users call it. */
function faceOf({ url }: RealPlatform) {
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Record<string, unknown>> => {
    const reply = await fetch(`${url}/v1/opencode${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await reply.json()) as Record<string, unknown>;
  };
  return {
    create: (task: Record<string, unknown>) =>
      ask('POST', '/tasks', { agent_type: 'build', ...task }),
    get: (id: string) => ask('GET', `/tasks/${id}`),
    lines: async (id: string) => {
      const { outputs } = (await ask('GET', `/tasks/${id}/output`)) as {
        outputs: { output: string }[];
      };
      return outputs.map(({ output }) => output);
    },
    codebase: async (wanted: string) => {
      const reply = await fetch(`${url}/v1/opencode/codebases`);
      const codebases = (await reply.json()) as { id: string; name: string }[];
      return codebases.find(({ name }) => name === wanted)?.id;
    },
    cancel: (id: string) =>
      ask('PUT', `/tasks/${id}/status`, { status: 'cancelled', worker_id: 'somebody' }),
  };
}

async function until(condition: () => Promise<boolean>, known: () => unknown): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`it never came true: ${JSON.stringify(known())}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.skipIf(programs === undefined)(
  'a worker of codetether 1.4.3 from PyPI with PostgreSQL',
  () => {
    let platform: RealPlatform;

    beforeAll(async () => {
      if (programs !== undefined) platform = await startRealPlatform(programs);
    }, 180_000);
    afterAll(() => platform?.stop());

    function start(folder: string, tasks: FakePlatformTasks, options: Partial<LinkOptions> = {}) {
      const stop = new AbortController();
      const events: LinkEvent[] = [];
      const done = runPlatformLink({
        options: {
          ...linkOptions(platform.url, folder),
          // this platform is silent for 30 s at a time
          pace: { ...QUICK, silenceMs: 95_000 },
          token: platform.token,
          ...options,
        },
        tasks,
        fetch,
        onEvent: (event) => events.push(event),
        stop: stop.signal,
      });
      done.catch(() => undefined);
      onTestFinished(async () => {
        stop.abort();
        await done.catch(() => undefined);
      });
      return { events, done, stop: () => stop.abort() };
    }

    const connected = (events: readonly LinkEvent[]): Promise<void> =>
      until(
        () => Promise.resolve(events.some(({ kind }) => kind === 'connected')),
        () => [events, platform.log()],
      );
    const taskOf = (tasks: FakePlatformTasks): FakeTask => {
      const [task] = tasks.tasks;
      if (task === undefined) throw new Error('no task was handed in');
      return task;
    };
    const released = (events: readonly LinkEvent[], id: string) => () =>
      Promise.resolve(events.some((event) => event.kind === 'released' && event.task === id));

    it('takes a task, shows its lines in order, and leaves its result', async () => {
      const tasks = new FakePlatformTasks();
      tasks.onTask = (task) => tasks.complete(task, ['one', 'two'], 'the answer');
      const { events } = start(join(await temporaryFolder(), 'p'), tasks);
      await connected(events);
      const face = faceOf(platform);
      const id = String((await face.create({ title: 'Greet', prompt: 'Say hello' }))['id']);
      await until(released(events, id), () => [events, platform.log()]);
      expect(await face.get(id)).toMatchObject({
        status: 'completed',
        result: 'the answer',
        session_id: tasks.tasks[0]?.contextId,
      });
      expect(await face.lines(id)).toEqual([
        'working',
        'one',
        'two',
        'made answer (10 bytes)',
        'completed: done',
      ]);
      expect(tasks.tasks.map(({ order }) => order.skill)).toEqual(['chat']);
    });

    it('is refused with a token that the platform does not know', async () => {
      const { done } = start(join(await temporaryFolder(), 'p'), new FakePlatformTasks(), {
        token: 'a-wrong-token-of-somebody',
      });
      await expect(done).rejects.toMatchObject({ code: 'ERR_PLATFORM_TOKEN', exitCode: 2 });
    });

    it('shares a folder and gets the tasks of its codebase', async () => {
      const folder = await temporaryFolder();
      await mkdir(join(folder, 'shop'));
      const tasks = new FakePlatformTasks();
      tasks.onTask = (task) => tasks.complete(task, [], 'done in the shop');
      const { events } = start(join(folder, 'p'), tasks, {
        workspaces: [{ name: 'shop', path: join(folder, 'shop') }],
      });
      await connected(events);
      const reply = await fetch(`${platform.url}/v1/opencode/codebases`);
      const codebases = (await reply.json()) as { id: string; name: string }[];
      const codebase = codebases.find(({ name }) => name === 'shop');
      const face = faceOf(platform);
      const task = await face.create({ title: 'Fix', prompt: 'Fix it', codebase_id: codebase?.id });
      await until(released(events, String(task['id'])), () => [events, platform.log()]);
      expect(tasks.tasks[0]?.order).toMatchObject({
        skill: 'code',
        place: { kind: 'workspace', name: 'shop' },
      });
    });

    it('goes on behind the last line when the platform is killed and started again', async () => {
      const folder = await temporaryFolder();
      await mkdir(join(folder, 'store'));
      const tasks = new FakePlatformTasks();
      const { events } = start(join(folder, 'p'), tasks, {
        workspaces: [{ name: 'store', path: join(folder, 'store') }],
      });
      await connected(events);
      const face = faceOf(platform);
      // it keeps tasks of codebases alone: its table refuses those of none
      const codebase_id = await face.codebase('store');
      const id = String(
        (await face.create({ title: 'Long', prompt: 'Take time', codebase_id }))['id'],
      );
      await until(
        () => Promise.resolve(tasks.tasks.length === 1),
        () => events,
      );
      const task = taskOf(tasks);
      tasks.say(task, { kind: 'message', text: 'before' });
      await until(
        async () => (await face.lines(id)).includes('before'),
        () => events,
      );
      await platform.kill();
      tasks.complete(task, ['meanwhile'], 'the result');
      await platform.restart();
      await until(released(events, id), () => [events, platform.log()]);
      expect(await face.get(id)).toMatchObject({ status: 'completed', result: 'the result' });
      // what it had shown was in its memory
      expect(await face.lines(id)).toEqual([
        'working',
        'meanwhile',
        'made answer (10 bytes)',
        'completed: done',
      ]);
      expect(tasks.tasks).toHaveLength(1);
    });

    it('stops a task that is cancelled there', async () => {
      const tasks = new FakePlatformTasks();
      const { events } = start(join(await temporaryFolder(), 'p'), tasks);
      await connected(events);
      const face = faceOf(platform);
      const id = String((await face.create({ title: 'Unwanted', prompt: 'Never mind' }))['id']);
      await until(
        async () => (await face.get(id))['status'] === 'running',
        () => events,
      );
      await face.cancel(id);
      await until(released(events, id), () => [events, platform.log()]);
      expect(tasks.cancelled).toEqual([taskOf(tasks).taskId]);
      expect(await face.get(id)).toMatchObject({ status: 'cancelled' });
    });

    it('goes on with what it holds when it is stopped and started again, as the same worker', async () => {
      const folder = join(await temporaryFolder(), 'p');
      const tasks = new FakePlatformTasks();
      const first = start(folder, tasks);
      await connected(first.events);
      const face = faceOf(platform);
      const id = String((await face.create({ title: 'Two', prompt: 'In two parts' }))['id']);
      await until(
        async () => (await face.get(id))['status'] === 'running',
        () => first.events,
      );
      tasks.say(taskOf(tasks), { kind: 'message', text: 'part one' });
      await until(
        async () => (await face.lines(id)).includes('part one'),
        () => first.events,
      );
      first.stop();
      expect(await first.done).toEqual([{ id, run: taskOf(tasks).taskId, stage: 'working' }]);
      tasks.complete(taskOf(tasks), ['part two'], 'both');
      const second = start(folder, tasks);
      await until(released(second.events, id), () => [second.events, platform.log()]);
      expect(second.events[0]).toEqual(first.events[0]);
      expect(await face.lines(id)).toEqual([
        'part one',
        'working',
        'part two',
        'made answer (4 bytes)',
        'completed: done',
      ]);
      expect(await face.get(id)).toMatchObject({ status: 'completed', result: 'both' });
    });
  },
);
