import { describe, expect, it } from 'vitest';
import { temporalAway } from '../../support/fake-platform-tasks.js';
import {
  isReleased,
  linkBench,
  quickBench,
  taskOf,
  until,
} from '../../support/platform-server/link-bench.js';

describe('a worker', () => {
  it('waits for a service that is away, and hands the same in once', async () => {
    const { server, tasks, start } = await quickBench();
    let left = 5;
    tasks.onCall = () => {
      left -= 1;
      if (left > 0) throw temporalAway();
    };
    const link = start();
    const { id } = server.addTask();
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    expect(tasks.tasks).toHaveLength(1);
    expect(link.events).toContainEqual(
      expect.objectContaining({ kind: 'trouble', code: 'ERR_TEMPORAL_UNREACHABLE' }),
    );
  });

  it('is not given what needs a capability that it lacks, and says so once', async () => {
    const { server, start } = await quickBench();
    const link = start({ capabilities: ['swarm'] });
    server.addTask();
    const skipped = (): unknown[] => link.events.filter(({ kind }) => kind === 'skipped');
    await until(() => skipped().length === 1);
    await until(() => server.seen.filter(({ path }) => path.endsWith('/tasks')).length > 4);
    expect(skipped()).toEqual([
      { kind: 'skipped', task: 'task-1', reason: 'it needs the capability persistent' },
    ]);
    expect(server.claims.size).toBe(0);
  });

  it('says both names of everything when it registers', async () => {
    const { server, start } = await quickBench('old');
    start({
      workspaces: [{ name: 'shop', path: '/srv/shop' }],
      email: 'me@example.com',
      pushUrl: 'https://push.example',
    });
    await until(() => server.stream.size > 0);
    expect([...server.workers.values()][0]).toMatchObject({
      name: 'worker-of-tests',
      capabilities: ['ralph', 'swarm', 'rlm', 'a2a', 'mcp', 'persistent'],
      codebases: ['shop'],
      workspaces: ['shop'],
      models: [
        {
          id: 'moonshotai/kimi-k2.5',
          name: 'kimi-k2.5',
          provider: 'moonshotai',
          provider_id: 'moonshotai',
        },
      ],
      email: 'me@example.com',
      push_url: 'https://push.example',
    });
    const opened = server.seen.find(({ path }) => path.endsWith('/stream'));
    expect(opened?.headers).toMatchObject({
      'x-codebases': 'id-of-shop,shop',
      'x-workspaces': 'id-of-shop,shop',
    });
  });

  it('works at no more tasks at a time than it may, and takes the most urgent first', async () => {
    const bench = await linkBench();
    const { server, tasks, start } = bench;
    server.offer = () => undefined;
    for (const [id, priority] of [
      ['low', 1],
      ['high', 9],
      ['middle', 5],
    ] as const)
      server.addTask({ id, priority });
    const link = start({ maxTasks: 1 });
    const order: (string | undefined)[] = [];
    for (let done = 0; done < 3; done += 1) {
      await until(
        () => tasks.tasks.length === done + 1,
        () => link.events,
      );
      const task = taskOf(bench, done);
      order.push(task.order.platform?.taskId);
      expect(server.claims.size).toBe(1);
      tasks.complete(task, [], 'x');
    }
    await until(() => server.claims.size === 0);
    expect(order).toEqual(['high', 'middle', 'low']);
  });

  it('ends its work at a task whose lease went to somebody else', async () => {
    const bench = await linkBench();
    const { server, tasks, start } = bench;
    const link = start();
    const { id } = server.addTask();
    await until(
      () => server.statusOf(id) === 'running',
      () => link.events,
    );
    server.leases.set(id, 'wrk_of_somebody');
    server.claims.set(id, 'wrk_of_somebody');
    await until(
      () => link.events.some(({ kind }) => kind === 'lost'),
      () => link.events,
    );
    expect(tasks.cancelled).toEqual([taskOf(bench).taskId]);
    expect(server.log.map(({ status }) => status)).toEqual(['running']);
    expect(await link.stop()).toEqual([]);
  });

  it('keeps a task when its lease ended and nobody else has it', async () => {
    const bench = await linkBench();
    const { server, tasks, start } = bench;
    const link = start();
    const { id } = server.addTask();
    await until(
      () => server.statusOf(id) === 'running',
      () => link.events,
    );
    server.leases.delete(id);
    server.claims.delete(id);
    await until(
      () => server.claims.has(id),
      () => link.events,
    );
    tasks.complete(taskOf(bench), [], 'kept');
    await until(
      () => isReleased(link, id),
      () => link.events,
    );
    expect(server.tasks.get(id)?.result).toBe('kept');
  });

  it('asks for everything anew when events are missing, and resumes behind the head', async () => {
    const { server, start } = await quickBench();
    const link = start();
    await until(() => server.stream.size > 0);
    server.stream.progress();
    server.stream.epoch = 'e2';
    server.stream.head = 40;
    server.stream.endAll();
    await until(
      () => link.events.some(({ kind }) => kind === 'resynchronised'),
      () => link.events,
    );
    expect(link.events).toContainEqual({ kind: 'resynchronised', reason: 'epoch_mismatch' });
    server.stream.head = 90;
    server.stream.endAll();
    await until(
      () => link.events.filter(({ kind }) => kind === 'resynchronised').length === 2,
      () => link.events,
    );
    expect(server.stream.resumed).toEqual([undefined, 'e1.1', 'e2.40']);
    expect(link.events).toContainEqual({ kind: 'resynchronised', reason: 'window_exceeded' });
  });

  it('gives the same result again for a task that was completed, and works anew at one that failed', async () => {
    const bench = await linkBench();
    const { server, tasks, start } = bench;
    const states = ['completed', 'failed', 'completed'] as const;
    tasks.onTask = (task) =>
      tasks.say(task, {
        kind: 'status',
        state: states[tasks.tasks.length - 1] ?? 'completed',
        text: 'x',
      });
    const link = start();
    const [good, bad] = [server.addTask({ id: 'good' }), server.addTask({ id: 'bad' })];
    await until(
      () => server.releases('good') === 1 && server.releases('bad') === 1,
      () => link.events,
    );
    good.status = 'pending';
    bad.status = 'pending';
    await until(
      () => server.releases('good') === 2 && server.releases('bad') === 2,
      () => link.events,
    );
    expect(
      tasks.tasks.map(({ order }) => order.message.messageId.split('/').slice(3).join('/')),
    ).toHaveLength(3);
    expect(tasks.submits).toHaveLength(4);
    expect(bad.status).toBe('completed');
  });

  it('ends at once when the token is refused at the first connection', async () => {
    const { server, start } = await quickBench();
    server.token = 'the-right-one';
    await expect(start({ token: 'a-wrong-one' }).done).rejects.toMatchObject({
      code: 'ERR_PLATFORM_TOKEN',
    });
  });

  it('waits when the token is refused later', async () => {
    const { server, start } = await quickBench();
    const link = start({ token: 'good' });
    await until(() => server.stream.size > 0);
    server.token = 'changed';
    server.stream.closeAll();
    await until(
      () => link.events.filter(({ kind }) => kind === 'disconnected').length > 2,
      () => link.events,
    );
    server.token = 'good';
    await until(() => server.stream.size > 0);
  });

  it('ends at once when there is no platform at the address', async () => {
    const { server, start } = await quickBench();
    server.fault = () => ({ status: 404, body: '{}' });
    await expect(start().done).rejects.toMatchObject({
      code: 'ERR_PLATFORM_PROTOCOL',
      exitCode: 2,
    });
  });

  it('stays with a prefix that was chosen', async () => {
    const { start } = await quickBench('old');
    await expect(start({ prefix: '/v1/agent' }).done).rejects.toMatchObject({
      code: 'ERR_PLATFORM_PROTOCOL',
    });
  });

  it('registers again when the platform forgot it', async () => {
    const { server, start } = await quickBench('old');
    start();
    await until(() => server.workers.size === 1);
    server.workers.clear();
    await until(() => server.workers.size === 1);
  });
});
