import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporalAway, type FakeTask } from '../../support/fake-platform-tasks.js';
import {
  linkBench,
  QUICK,
  until,
  type LinkBench,
  type RunningLink,
} from '../../support/platform-server/link-bench.js';
import type { Fault, Seen } from '../../support/platform-server/platform-server.js';

const SHOWN = ['working', 'one', 'two', 'made answer (10 bytes)', 'completed: done'];

/** A bench whose tasks are done at once. */
async function quickBench(dialect: 'old' | 'new' = 'new'): Promise<LinkBench> {
  const bench = await linkBench(dialect);
  bench.tasks.onTask = (task) => bench.tasks.complete(task, ['one', 'two'], 'the answer');
  return bench;
}

function taskOf({ tasks }: LinkBench, at = 0): FakeTask {
  const task = tasks.tasks[at];
  if (task === undefined) throw new Error('no such task was handed in');
  return task;
}

/** The worker has the platform's word that the task was given back. */
function isReleased({ events }: RunningLink, id: string): boolean {
  return events.some((event) => event.kind === 'released' && event.task === id);
}

/** A fault for the first requests whose path ends so. */
function firstOf(
  method: string,
  end: string,
  faults: readonly Fault[],
): (seen: Seen) => Fault | undefined {
  const left = [...faults];
  return (seen) => (seen.method === method && seen.path.endsWith(end) ? left.shift() : undefined);
}

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

describe('the stages of one issue', () => {
  it('keep conversation, workspace and branch, and a review gives its verdict', async () => {
    const bench = await linkBench();
    const { server, tasks, start } = bench;
    const answers = {
      prepare: 'ready',
      code: 'written',
      review: 'A test is missing.\n**CHANGES_REQUESTED**',
      fix: 'fixed',
    };
    tasks.onTask = (task) => {
      const stage = Object.keys(answers)[tasks.tasks.length - 1] as keyof typeof answers;
      tasks.say(task, { kind: 'status', state: 'working' });
      tasks.say(task, { kind: 'artifact', id: 'branch', text: 'codetether/issue-7' });
      tasks.say(task, { kind: 'artifact', id: 'commits', text: 'aaa first\nbbb second' });
      tasks.say(task, { kind: 'artifact', id: 'answer', text: answers[stage] });
      tasks.say(task, { kind: 'status', state: 'completed' });
    };
    let link = start({ workspaces: [{ name: 'shop', path: '/srv/shop' }] });
    let parent: string | undefined;
    for (const stage of Object.keys(answers)) {
      const isFirst = stage === 'prepare';
      const { id } = server.addTask({
        codebase: isFirst ? 'id-of-shop' : 'global',
        metadata: {
          workflow_stage: stage,
          forgejo_work_key: 'a/b#7',
          parent_task_id: parent,
          temporal_workflow_id: 'flow-7',
        },
      });
      await until(
        () => isReleased(link, id),
        () => link.events,
      );
      expect(server.tasks.get(id)?.facts).toMatchObject({
        workflow_stage: stage,
        branch_name: 'codetether/issue-7',
        head_sha: 'bbb',
      });
      parent = id;
      // another process goes on with the session
      await link.stop();
      link = start({ workspaces: [{ name: 'shop', path: '/srv/shop' }] });
    }
    const orders = tasks.tasks.map(({ order }) => order);
    expect(orders.map(({ skill, place }) => [skill, place])).toEqual(
      orders.map(() => ['code', { kind: 'workspace', name: 'shop' }]),
    );
    expect(new Set(tasks.tasks.map(({ contextId }) => contextId)).size).toBe(1);
    expect(orders.map(({ branch }) => branch)).toEqual([
      undefined,
      'codetether/issue-7',
      'codetether/issue-7',
      'codetether/issue-7',
    ]);
    const verdicts = [...server.tasks.values()].map(({ facts }) => facts['verdict']);
    expect(verdicts).toEqual([undefined, undefined, 'CHANGES_REQUESTED', undefined]);
  });
});
