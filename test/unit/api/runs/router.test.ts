import { connect } from 'node:net';
import type { TokenScope } from '../../../../src/domain/index.js';
import { describe, expect, it } from 'vitest';
import { InfrastructureError, InvalidInputError } from '../../../../src/domain/index.js';
import { createStartRate } from '../../../../src/api/gate/start-rate.js';
import { FAKE_TASK, FakeTasks } from '../../../support/fake-tasks.js';
import { taskUpdates } from '../../../support/push-bench.js';
import { RUN, runsBench } from '../../../support/runs-bench.js';

describe('a run by HTTP', () => {
  it('is started, with everything that a task may have', async () => {
    const { post, tasks } = await runsBench();
    const answer = await post('/v1/runs', {
      skill: 'code',
      text: 'Fix it',
      parts: [{ kind: 'data', data: { a: 1 } }],
      message_id: 'm1',
      place: { kind: 'workspace', name: 'shop' },
      model: 'openai/gpt-5',
      auto_approve: 'safe',
      branch: 'fix',
      context_id: 'c',
      limits: { budget_usd: 2, max_turns: 3 },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(RUN);
    expect(answer.body).toMatchObject({ run_id: FAKE_TASK, context_id: 'context', cursor: 3 });
    expect(tasks.orders).toEqual([
      {
        caller: expect.objectContaining({ name: 'owner' }) as object,
        order: {
          origin: 'rest',
          skill: 'code',
          message: {
            messageId: 'm1',
            role: 'user',
            parts: [
              { kind: 'text', text: 'Fix it' },
              { kind: 'data', data: { a: 1 } },
            ],
          },
          place: { kind: 'workspace', name: 'shop' },
          contextId: 'c',
          model: 'openai/gpt-5',
          autoApprove: 'safe',
          branch: 'fix',
          limits: { budgetUsd: 2, maxTurns: 3 },
        },
      },
    ]);
  });

  it('is named by Idempotency-Key where its body has no name', async () => {
    const { post, tasks } = await runsBench();
    await post('/v1/runs', { skill: 'chat', text: 'hi' }, { 'idempotency-key': 'k1' });
    await post(
      '/v1/runs',
      { skill: 'chat', text: 'hi', message_id: 'm' },
      { 'idempotency-key': 'k1' },
    );
    await post('/v1/runs', { skill: 'chat', text: 'hi' });
    const ids = tasks.orders.map(({ order }) => order.message.messageId);
    expect(ids.slice(0, 2)).toEqual(['k1', 'm']);
    expect(ids[2]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is listed, shown, answered and cancelled', async () => {
    const { ask, post, tasks } = await runsBench();
    const list = await ask(
      '/v1/runs?state=working&page_size=5&context_id=c&since=2026-11-29T00:00:00Z',
    );
    expect(list.body).toMatchObject({
      runs: [{ run_id: FAKE_TASK }],
      next_page_token: 'next',
      total_size: 2,
    });
    expect(tasks.filters).toEqual([
      {
        contextId: 'c',
        state: 'working',
        since: '2026-11-29T00:00:00Z',
        pageSize: 5,
        pageToken: undefined,
      },
    ]);
    expect((await ask(RUN)).body).toMatchObject({ state: 'working', text: 'at it' });
    expect((await post(`${RUN}/messages`, { text: 'yes', message_id: 'm' })).status).toBe(200);
    expect(tasks.told).toMatchObject([{ taskId: FAKE_TASK, message: { messageId: 'm' } }]);
    expect((await ask(`${RUN}/cancel`, { method: 'POST' })).body).toMatchObject({
      state: 'canceled',
    });
  });

  it('gives its artifacts, never as a page of this server', async () => {
    const artifact = {
      artifactId: 'report',
      name: 'a"b\r\n.html',
      mediaType: 'text/html',
      text: '<script>alert(1)</script>',
      bytes: 25,
    };
    const { ask } = await runsBench(
      new FakeTasks({ artifacts: [artifact, { ...artifact, artifactId: 'big', digest: 'd' }] }),
    );
    expect((await ask(`${RUN}/artifacts`)).body).toMatchObject({
      artifacts: [
        { artifact_id: 'report', is_whole: true },
        { artifact_id: 'big', is_whole: false },
      ],
    });
    const whole = await ask(`${RUN}/artifacts/report`);
    expect(whole.text).toBe(artifact.text);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': 'attachment; filename=a_b__.html',
      'x-content-type-options': 'nosniff',
      'x-media-type': 'text/html',
    });
    expect((await ask(`${RUN}/artifacts/none`)).status).toBe(404);
  });
});

describe('the events of a run', () => {
  it('come numbered, behind the one that is named, and end', async () => {
    const tasks = new FakeTasks();
    tasks.updates = taskUpdates(3);
    const { ask } = await runsBench(tasks);
    const { text, headers } = await ask(`${RUN}/events`, { headers: { 'last-event-id': '1' } });
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(text).toBe(
      [
        'retry: 1000\n\n',
        ...tasks.updates
          .slice(1)
          .map((update) => `id: ${update.seq}\nevent: status\ndata: ${JSON.stringify(update)}\n\n`),
      ].join(''),
    );
    expect((await ask(`${RUN}/events?cursor=2`)).text).toContain('id: 3');
    expect(tasks.followed).toEqual([1, 2]);
  });

  it('say so where they are gone', async () => {
    const tasks = new FakeTasks();
    tasks.follow = async function* () {
      yield await Promise.resolve({ kind: 'gap' as const, view: tasks.view });
    };
    const { ask } = await runsBench(tasks);
    expect((await ask(`${RUN}/events`)).text).toMatch(
      /id: 3\nevent: gap\ndata: \{"kind":"gap","run":\{/,
    );
  });

  it('of a run that has ended are no more asked for by browsers', async () => {
    const { ask } = await runsBench(new FakeTasks({ state: 'completed' }));
    expect((await ask(`${RUN}/events?cursor=3`)).status).toBe(204);
    expect((await ask(`${RUN}/events?cursor=2`)).status).toBe(200);
  });

  it('leave signs of life, and are let go with their reader', async () => {
    const tasks = new FakeTasks();
    tasks.isEndless = true;
    const changes: number[] = [];
    const onStream = (change: number): void => void changes.push(change);
    const { url } = await runsBench(tasks, {}, { pingMs: 5, onStream });
    const abort = new AbortController();
    const answer = await fetch(`${url}${RUN}/events`, {
      headers: { authorization: 'Bearer good' },
      signal: abort.signal,
    });
    const reader = answer.body?.getReader();
    let seen = '';
    while (!seen.includes(': ping')) seen += await nextText(reader);
    expect(tasks.open).toBe(1);
    abort.abort();
    await expect.poll(() => tasks.open).toBe(0);
    await expect.poll(() => changes).toEqual([1, -1]);
  });

  it('do not pile up for a reader that takes nothing', async () => {
    const tasks = new FakeTasks();
    let made = 0;
    const [update] = taskUpdates(2);
    if (update?.kind !== 'status') throw new Error('a state');
    tasks.follow = async function* (_caller, { signal }) {
      for (let seq = 1; seq <= 100_000 && !signal.aborted; seq += 1) {
        made = seq;
        yield await Promise.resolve({
          kind: 'update' as const,
          update: { ...update, seq, text: 'x'.repeat(100_000) },
        });
      }
    };
    const { port } = await runsBench(tasks, {}, { slowReaderMs: 200 });
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${RUN}/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer good\r\n\r\n`);
    socket.pause();
    await expect.poll(() => made, { timeout: 5000 }).toBeGreaterThan(1);
    let before = -1;
    await expect
      .poll(
        () => {
          const isStill = made === before;
          before = made;
          return isStill;
        },
        { interval: 300, timeout: 10_000 },
      )
      .toBe(true);
    // what the kernel's buffers take, and no more
    expect(made).toBeLessThan(1000);
    socket.destroy();
  });

  it('break off when something fails in their middle', async () => {
    const tasks = new FakeTasks();
    tasks.follow = async function* () {
      yield await Promise.resolve({ kind: 'gap' as const, view: tasks.view });
      throw new Error('disk');
    };
    const { ask } = await runsBench(tasks);
    await expect(ask(`${RUN}/events`)).rejects.toThrow();
  });
});

describe('what is not right', () => {
  it.each([
    ['no token', '/v1/runs', {}, 401, 'ERR_TOKEN_REFUSED'],
    ['another one', RUN, { token: 'bad' }, 401, 'ERR_TOKEN_REFUSED'],
    ['a run of others', RUN, { token: 'other' }, 404, 'ERR_TASK_NOT_FOUND'],
  ])('%s is refused', async (...given) => {
    const [, path, options, status, code] = given;
    const { token = 'none' }: { token?: string } = options;
    const { ask } = await runsBench();
    const answer = await ask(path, {}, token);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { code } });
  });

  it.each([
    ['GET', '/v1/runs/nonsense', undefined, 404, 'ERR_TASK_NOT_FOUND'],
    ['GET', '/v1/runs/..%2f..%2fetc', undefined, 404, 'ERR_TASK_NOT_FOUND'],
    ['GET', '/v1/runs/%zz', undefined, 400, 'ERR_API_REQUEST'],
    ['DELETE', RUN, undefined, 404, 'ERR_API_PATH'],
    ['GET', `${RUN}/nothing`, undefined, 404, 'ERR_API_PATH'],
    ['GET', '/v1/runs?page_size=101', undefined, 400, 'ERR_API_REQUEST'],
    ['GET', '/v1/runs?page_size=1&page_size=2', undefined, 400, 'ERR_API_REQUEST'],
    ['GET', '/v1/runs?since=yesterday', undefined, 400, 'ERR_API_REQUEST'],
    ['GET', '/v1/runs?other=1', undefined, 400, 'ERR_API_REQUEST'],
    ['GET', `${RUN}/events?cursor=-1`, undefined, 400, 'ERR_API_REQUEST'],
    ['GET', `${RUN}/events?cursor=abc`, undefined, 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', '{', 400, 'ERR_BODY_NOT_JSON'],
    ['POST', '/v1/runs', '"text"', 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', {}, 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', { skill: 'code' }, 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', { skill: 'nonsense', text: 'x' }, 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', { skill: 'code', text: 'x', path: '/etc' }, 400, 'ERR_API_REQUEST'],
    [
      'POST',
      '/v1/runs',
      { skill: 'code', text: 'x', place: { kind: 'folder', path: '/etc' } },
      400,
      'ERR_API_REQUEST',
    ],
    ['POST', '/v1/runs', { skill: 'ralph', text: 'x' }, 403, 'ERR_SCOPE_MISSING'],
    ['POST', `${RUN}/messages`, {}, 400, 'ERR_API_REQUEST'],
  ])('%s %s with %j is %i', async (...given) => {
    const [method, path, body, status, code] = given;
    const { ask } = await runsBench();
    const answer = await ask(path, {
      method,
      ...(body === undefined
        ? {}
        : {
            headers: { 'content-type': 'application/json' },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
    });
    expect(answer.body).toMatchObject({ error: { code } });
    expect(answer.status).toBe(status);
  });

  it('a body of another type, and one that is too large, are refused', async () => {
    const { ask, post } = await runsBench(undefined, { maxBodyBytes: 1000 });
    const form = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' };
    expect(await ask('/v1/runs', form)).toMatchObject({ status: 415 });
    expect(await post('/v1/runs', { skill: 'code', text: 'x'.repeat(2000) })).toMatchObject({
      status: 413,
    });
  });

  it('a token that may only start one kind of run reads nothing, and stops no other', async () => {
    const only = (...scopes: TokenScope[]) =>
      runsBench(undefined, { authorize: () => Promise.resolve({ name: 'owner', scopes }) });
    const starter = await only('ralph:run');
    for (const path of ['/v1/runs', RUN, `${RUN}/events`, `${RUN}/artifacts`, `${RUN}/artifacts/x`])
      expect([path, (await starter.ask(path)).status]).toEqual([path, 403]);
    expect(await starter.post(`${RUN}/cancel`, {})).toMatchObject({ status: 403 });
    expect(await starter.post(`${RUN}/messages`, { text: 'x' })).toMatchObject({ status: 403 });
    const reader = await only('tasks:read');
    expect((await reader.ask(RUN)).status).toBe(200);
    expect(await reader.post(`${RUN}/cancel`, {})).toMatchObject({ status: 403 });
  });

  it('a body of somebody unknown is not read', async () => {
    const { ask } = await runsBench(undefined, { maxBodyBytes: 10 });
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(100),
    };
    expect((await ask('/v1/runs', init, 'none')).status).toBe(401);
  });

  it.each([
    [new InvalidInputError('ERR_TOO_MANY_TASKS', { message: 'x' }), 429, '5'],
    [new InvalidInputError('ERR_MESSAGE_REUSED', { message: 'x' }), 409, null],
    [new InfrastructureError('ERR_TEMPORAL_UNREACHABLE', { message: 'x' }), 503, '5'],
    [new Error('the password is 123'), 500, null],
  ])('%s of the service is %i', async (error, status, retryAfter) => {
    const tasks = new FakeTasks();
    tasks.fail = error;
    const { post } = await runsBench(tasks);
    const answer = await post('/v1/runs', { skill: 'code', text: 'x' });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
    expect(answer.text).not.toContain('password');
  });

  it('what changes something is noted, with who asked from where, also what is refused before the service hears of it', async () => {
    const { post, ask, audited } = await runsBench(undefined, {
      starts: createStartRate(1),
      maxBodyBytes: 2000,
    });
    const body = (id: string) => ({ skill: 'code', text: 'a secret word', message_id: id });
    await post('/v1/runs', body('m1'), { 'user-agent': 'script/1' });
    expect((await post('/v1/runs', body('m2'))).status).toBe(429);
    expect((await post('/v1/runs', body('m1'))).status).toBe(201);
    await post('/v1/runs', { skill: 'swarm', text: 'x', message_id: 'm3' });
    await post('/v1/runs', '{');
    await post('/v1/runs', 'x'.repeat(3000));
    await post(`${RUN}/messages`, { text: 'x', message_id: 'm4' });
    await post('/v1/runs/01hx3v6m2q8w0c5r7t9y1z3b5e/cancel', {});
    await ask('/v1/runs');
    await ask(
      '/v1/runs',
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      'no',
    );
    expect(
      audited.map(({ method, outcome, task_id: task, message_id: message, skill }) => [
        method,
        outcome,
        task,
        message,
        skill,
      ]),
    ).toEqual([
      ['POST /v1/runs', 'ok', FAKE_TASK, 'm1', 'code'],
      ['POST /v1/runs', 'ERR_TOO_MANY_STARTS', undefined, 'm2', 'code'],
      ['POST /v1/runs', 'ok', FAKE_TASK, 'm1', 'code'],
      ['POST /v1/runs', 'ERR_SCOPE_MISSING', undefined, undefined, 'swarm'],
      ['POST /v1/runs', 'ERR_BODY_NOT_JSON', undefined, undefined, undefined],
      ['POST /v1/runs', 'ERR_BODY_TOO_LARGE', undefined, undefined, undefined],
      ['POST /v1/runs/ID/messages', 'ok', FAKE_TASK, 'm4', undefined],
      [
        'POST /v1/runs/ID/cancel',
        'ERR_TASK_NOT_FOUND',
        '01hx3v6m2q8w0c5r7t9y1z3b5e',
        undefined,
        undefined,
      ],
    ]);
    expect(audited[0]).toMatchObject({
      caller: 'owner',
      remote: expect.stringContaining('127.0.0.1') as string,
      user_agent: 'script/1',
    });
    expect(JSON.stringify(audited)).not.toContain('secret');
  });

  it('a run that has ended takes no answer', async () => {
    const { post } = await runsBench(new FakeTasks({ state: 'completed' }));
    expect((await post(`${RUN}/messages`, { text: 'x' })).status).toBe(409);
  });
});

async function nextText(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): Promise<string> {
  const part = await reader?.read();
  return part?.value === undefined ? '' : new TextDecoder().decode(part.value);
}
