import { describe, expect, it } from 'vitest';
import { linkBench, QUICK, until } from '../../support/platform-server/link-bench.js';

describe.each(['old', 'new'] as const)('a worker of a platform that is %s', (dialect) => {
  it('claims a task, tells of it line by line, and gives it back with its result', async () => {
    const { server, tasks, start } = await linkBench(dialect);
    tasks.onTask = (task) => tasks.complete(task, ['first', 'second'], 'the answer');
    const link = start({ pace: { ...QUICK, leaseMs: 60_000 } });
    await until(() => server.stream.size > 0);
    const { id } = server.addTask({ title: 'Greet', prompt: 'Say hello' });
    await until(
      () => server.releases(id) === 1,
      () => link.events,
    );
    expect(server.tasks.get(id)).toMatchObject({ status: 'completed', result: 'the answer' });
    expect(server.linesOf(id)).toEqual([
      'working',
      'first',
      'second',
      'made answer (10 bytes)',
      'completed: done',
    ]);
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
      message: {
        messageId: `platform/${server.url}/${id}`,
        role: 'user',
        parts: [{ kind: 'text', text: 'Say hello' }],
      },
      platform: { server: server.url, taskId: id },
    });
    expect(await link.stop()).toEqual([]);
    expect(server.unregistered).toHaveLength(1);
  });

  it('finds by its list what was never offered', async () => {
    const { server, tasks, start } = await linkBench(dialect);
    tasks.onTask = (task) => tasks.complete(task, [], 'found');
    server.offer = () => undefined;
    const { id } = server.addTask();
    const link = start();
    await until(
      () => server.releases(id) === 1,
      () => link.events,
    );
    expect(server.statusOf(id)).toBe('completed');
  });
});
