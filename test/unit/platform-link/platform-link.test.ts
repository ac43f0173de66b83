import { describe, expect, it } from 'vitest';
import {
  firstOf,
  isReleased,
  linkBench,
  QUICK,
  quickBench,
  taskOf,
  until,
} from '../../support/platform-server/link-bench.js';

const SHOWN = ['working', 'one', 'two', 'made answer (10 bytes)', 'completed: done'];

describe.each(['old', 'new'] as const)('a worker of a platform that is %s', (dialect) => {
  it('claims a task, tells of it line by line, and gives it back with its result', async () => {
    const { server, tasks, start } = await quickBench(dialect);
    const link = start({ pace: { ...QUICK, leaseMs: 60_000 } });
    await until(() => server.stream.size > 0);
    const { id } = server.addTask({ title: 'Greet', prompt: 'Say hello' });
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    expect(server.tasks.get(id)).toMatchObject({
      status: 'completed',
      result: 'the answer',
      sessionId: tasks.tasks[0]?.contextId,
    });
    expect(server.linesOf(id)).toEqual(SHOWN);
    expect(server.log.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'status running',
      'status completed',
      'release completed',
    ]);
    expect(tasks.tasks).toHaveLength(1);
    expect(tasks.tasks[0]?.order).toMatchObject({
      origin: 'platform',
      skill: 'chat',
      autoApprove: 'safe',
      platform: { server: server.url, taskId: id },
    });
    expect(await link.stop()).toEqual([]);
    expect(server.unregistered).toHaveLength(1);
  });

  it('finds by its list what was never offered', async () => {
    const { server, start } = await quickBench(dialect);
    server.offer = () => undefined;
    const { id } = server.addTask();
    const link = start();
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    expect(server.statusOf(id)).toBe('completed');
  });

  it('goes on with what it holds after a stop, as the same worker, behind the last line', async () => {
    const bench = await linkBench(dialect);
    const { server, tasks, start } = bench;
    const first = start();
    const { id } = server.addTask();
    await until(
      () => tasks.tasks.length === 1,
      () => first.events,
    );
    tasks.say(taskOf(bench), { kind: 'message', text: 'one' });
    await until(() => server.linesOf(id).length === 1);
    expect(await first.stop()).toEqual([{ id, run: taskOf(bench).taskId, stage: 'working' }]);
    tasks.complete(taskOf(bench), ['two'], 'both');
    const second = start();
    await until(
      () => isReleased(second, id),
      () => second.events,
    );
    expect(server.linesOf(id)).toEqual([
      'one',
      'working',
      'two',
      'made answer (4 bytes)',
      'completed: done',
    ]);
    expect(second.events[0]).toEqual(first.events[0]);
    expect(tasks.tasks).toHaveLength(1);
    expect(tasks.submits).toHaveLength(1);
  });

  it('tells of a failure with its reason', async () => {
    const bench = await linkBench(dialect);
    const { server, tasks, start } = bench;
    tasks.onTask = (task) =>
      tasks.say(task, { kind: 'status', state: 'failed', text: 'the checks are red' });
    const link = start();
    const { id } = server.addTask();
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    expect(server.tasks.get(id)).toMatchObject({ status: 'failed', error: 'the checks are red' });
  });

  it('stops a task that is cancelled there, and says so', async () => {
    const bench = await linkBench(dialect);
    const { server, tasks, start } = bench;
    const link = start();
    const task = server.addTask();
    await until(
      () => server.statusOf(task.id) === 'running',
      () => link.events,
    );
    task.status = 'cancelled';
    await until(
      () => server.releases(task.id) === 1,
      () => link.events,
    );
    expect(tasks.cancelled).toEqual([taskOf(bench).taskId]);
    expect(server.statusOf(task.id)).toBe('cancelled');
    expect(server.log.at(-1)).toMatchObject({ kind: 'release', status: 'cancelled' });
  });

  it.each([
    ['POST', '/claim'],
    ['POST', '/output'],
    ['PUT', '/status'],
    ['POST', '/release'],
  ])('does nothing twice when answers to %s …%s are lost', async (method, end) => {
    const { server, tasks, start } = await quickBench(dialect);
    server.fault = firstOf(method, end, ['lose-answer', 'refuse', 'lose-answer']);
    const link = start();
    const { id } = server.addTask();
    const isOver = (): boolean => link.events.some(({ kind }) => kind === 'released');
    await until(isOver, () => link.events);
    expect(server.tasks.get(id)).toMatchObject({ status: 'completed', result: 'the answer' });
    expect(server.linesOf(id)).toEqual(SHOWN);
    expect(server.releases(id)).toBe(1);
    expect(tasks.tasks).toHaveLength(1);
  });

  it('survives a platform that is gone for a while', async () => {
    const bench = await linkBench(dialect);
    const { server, tasks, start } = bench;
    const link = start();
    const { id } = server.addTask();
    await until(
      () => tasks.tasks.length === 1,
      () => link.events,
    );
    const port = Number(new URL(server.url).port);
    await server.stop();
    tasks.complete(taskOf(bench), ['one', 'two'], 'the answer');
    await until(() => link.events.some(({ kind }) => kind === 'disconnected'));
    await server.start(port);
    await until(
      () => link.events.some(({ kind }) => kind === 'released'),
      () => link.events,
    );
    expect(server.tasks.get(id)).toMatchObject({ status: 'completed', result: 'the answer' });
    expect(server.linesOf(id)).toEqual(SHOWN);
  });
});
