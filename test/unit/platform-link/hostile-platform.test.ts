import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporalAway } from '../../support/fake-platform-tasks.js';
import {
  firstOf,
  isReleased,
  linkBench,
  quickBench,
  taskOf,
  until,
} from '../../support/platform-server/link-bench.js';

describe('a worker beside a service or a platform that misbehaves', () => {
  it('fails a task that says nothing', async () => {
    const { server, tasks, start } = await quickBench();
    const link = start();
    const { id } = server.addTask({ title: ' ', prompt: '' });
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    expect(server.tasks.get(id)).toMatchObject({
      status: 'failed',
      error: 'the task says nothing of what is to be done',
    });
    expect(tasks.tasks).toEqual([]);
  });

  it('fails a task that the service refuses, with the reason', async () => {
    const bench = await linkBench();
    const { server, tasks, start } = bench;
    tasks.onCall = (method) => {
      if (method !== 'submit') return;
      const error = temporalAway();
      throw Object.assign(error, { code: 'ERR_TASK_WORKSPACE', isRetryable: false });
    };
    const link = start();
    const { id } = server.addTask();
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    expect(server.tasks.get(id)?.error).toContain('[ERR_TASK_WORKSPACE]');
  });

  it('fails a task whose run is gone from the service', async () => {
    const { server, tasks, start } = await linkBench();
    const link = start();
    const { id } = server.addTask();
    await until(() => server.statusOf(id) === 'running');
    await link.stop();
    tasks.tasks.splice(0);
    const next = start();
    await until(
      () => isReleased(next, id),
      () => next.events,
    );
    expect(server.tasks.get(id)).toMatchObject({
      status: 'failed',
      error: '[ERR_TASK_NOT_FOUND] no such task',
    });
  });

  it('goes on after a defect, at the stage where it was', async () => {
    const { server, tasks, start } = await quickBench();
    let left = 2;
    tasks.onCall = (method) => {
      if (method !== 'get' || left === 0) return;
      left -= 1;
      throw new TypeError('a defect');
    };
    const link = start();
    const { id } = server.addTask();
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    expect(server.statusOf(id)).toBe('completed');
    expect(tasks.tasks).toHaveLength(1);
    expect(link.events).toContainEqual({
      kind: 'trouble',
      task: id,
      code: 'ERR_UNEXPECTED',
      reason: 'a defect',
    });
  });

  it('says that updates are gone, and goes on behind them', async () => {
    const bench = await linkBench();
    const { server, tasks, start } = bench;
    tasks.firstKept = 3;
    tasks.onTask = (task) => tasks.complete(task, ['one', 'two'], 'the answer');
    const link = start();
    const { id } = server.addTask();
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    expect(server.linesOf(id)).toEqual(['some of what happened is not kept any more']);
    expect(server.tasks.get(id)?.result).toBe('the answer');
  });

  it('sends the whole of a long answer, and no secret', async () => {
    const bench = await linkBench();
    const { server, tasks, start } = bench;
    const answer = `${'long '.repeat(2000)}sk-ant-${'a1'.repeat(20)} \u001b[31m end`;
    tasks.onTask = (task) => {
      tasks.say(task, { kind: 'artifact', id: 'answer', text: answer, isLong: true });
      tasks.say(task, { kind: 'status', state: 'completed' });
    };
    const link = start();
    const { id } = server.addTask();
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    const { result = '' } = server.tasks.get(id) ?? {};
    expect(result.length).toBeGreaterThan(9000);
    expect(result).not.toContain('sk-ant-a1');
    expect(result).toContain('\\x1b[31m end');
  });

  it('leaves a damaged record alone and takes the task as the same', async () => {
    const bench = await linkBench();
    const { server, tasks, start, folder } = bench;
    const first = start();
    const { id } = server.addTask();
    await until(
      () => tasks.tasks.length === 1,
      () => first.events,
    );
    await first.stop();
    const [name = ''] = await readdir(join(folder, 'tasks'));
    await writeFile(join(folder, 'tasks', name), '{ torn');
    const task = server.tasks.get(id);
    if (task !== undefined) task.status = 'pending';
    tasks.complete(taskOf(bench), [], 'whole');
    const second = start();
    await until(
      () => isReleased(second, id),
      () => second.events,
    );
    expect(second.events[0]).toMatchObject({ kind: 'trouble', code: 'ERR_PLATFORM_RECORD' });
    expect(tasks.tasks).toHaveLength(1);
    expect(await readFile(join(folder, 'tasks', name), 'utf8')).toContain('released');
  });

  it.each([
    [
      'noise',
      'event: task_available\ndata: {not json\n\nevent: task_available\ndata: [1]\n\nevent: what\ndata: 1\n\n',
    ],
    ['a line without end', 'x'.repeat(5 * 1024 * 1024)],
    [
      'an offer of a task that is not there',
      'event: task_available\ndata: {"id":"../../etc/passwd"}\n\n',
    ],
    ['a resync without sense', 'event: resync-required\ndata: {"epoch":{},"head_seq":"x"}\n\n'],
  ])('goes on after %s in the stream', async (_, text) => {
    const { server, start } = await quickBench();
    const link = start();
    await until(() => server.stream.size > 0);
    server.stream.write(text);
    const { id } = server.addTask();
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    expect(server.statusOf(id)).toBe('completed');
  });

  it('goes on after lists and answers that are none', async () => {
    const { server, start } = await quickBench();
    server.fault = firstOf('GET', '/tasks', [
      { status: 200, body: '<html>' },
      { status: 200, body: '{"tasks":{"a":1}}' },
      { status: 404, body: '' },
    ]);
    const link = start();
    const { id } = server.addTask();
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
  });
});
