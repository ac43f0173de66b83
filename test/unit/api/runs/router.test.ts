import { once } from 'node:events';
import { connect } from 'node:net';
import { Validator } from '@seriousme/openapi-schema-validator';
import express from 'express';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMeters } from '../../../../src/api/runs/health.js';
import { createRunsRouter, type RunsRoutes } from '../../../../src/api/runs/router.js';
import { InfrastructureError, InvalidInputError } from '../../../../src/domain/index.js';
import { FAKE_TASK, FakeTasks } from '../../../support/fake-tasks.js';
import { taskUpdates } from '../../../support/push-bench.js';

async function bench(tasks = new FakeTasks(), more: Partial<RunsRoutes> = {}) {
  const app = express();
  app.use(
    createRunsRouter({
      tasks,
      version: '1.2.3',
      authorize: (request) => {
        const token = request.get('authorization');
        if (token === 'Bearer good') return { name: 'owner', scopes: ['code:run', 'chat:run'] };
        return token === 'Bearer other' ? { name: 'other', scopes: ['*'] } : undefined;
      },
      ...more,
    }),
  );
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string, init: RequestInit = {}, token = 'good') => {
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    const answer = await fetch(`${url}${path}`, { ...init, headers });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: (isJson ? JSON.parse(text) : null) as unknown,
    };
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { tasks, ask, post, url, port };
}

const RUN = `/v1/runs/${FAKE_TASK}`;

describe('a run by HTTP', () => {
  it('is started, with everything that a task may have', async () => {
    const { post, tasks } = await bench();
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
    const { post, tasks } = await bench();
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
    const { ask, post, tasks } = await bench();
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
    const { ask } = await bench(
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
    const { ask } = await bench(tasks);
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
    const { ask } = await bench(tasks);
    expect((await ask(`${RUN}/events`)).text).toMatch(
      /id: 3\nevent: gap\ndata: \{"kind":"gap","run":\{/,
    );
  });

  it('of a run that has ended are no more asked for by browsers', async () => {
    const { ask } = await bench(new FakeTasks({ state: 'completed' }));
    expect((await ask(`${RUN}/events?cursor=3`)).status).toBe(204);
    expect((await ask(`${RUN}/events?cursor=2`)).status).toBe(200);
  });

  it('leave signs of life, and are let go with their reader', async () => {
    const tasks = new FakeTasks();
    tasks.isEndless = true;
    const changes: number[] = [];
    const { url } = await bench(tasks, {
      pingMs: 5,
      onStream: (change) => void changes.push(change),
    });
    const abort = new AbortController();
    const answer = await fetch(`${url}${RUN}/events`, {
      headers: { authorization: 'Bearer good' },
      signal: abort.signal,
    });
    const reader = answer.body?.getReader();
    let seen = '';
    while (!seen.includes(': ping'))
      seen += new TextDecoder().decode((await reader?.read())?.value);
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
    const { port } = await bench(tasks, { patienceMs: 200 });
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
    const { ask } = await bench(tasks);
    await expect(ask(`${RUN}/events`)).rejects.toThrow();
  });
});

describe('what is not right', () => {
  it.each([
    ['no token', '/v1/runs', {}, 401, 'ERR_API_TOKEN'],
    ['another one', RUN, { token: 'bad' }, 401, 'ERR_API_TOKEN'],
    ['a run of others', RUN, { token: 'other' }, 404, 'ERR_TASK_NOT_FOUND'],
  ])('%s is refused', async (_what, path, { token = 'none' }: { token?: string }, status, code) => {
    const { ask } = await bench();
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
    ['POST', '/v1/runs', '{', 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', '"text"', 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', {}, 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', { skill: 'code' }, 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', { skill: 'nonsense', text: 'x' }, 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', { skill: 'code', text: 'x', path: '/etc' }, 400, 'ERR_API_REQUEST'],
    ['POST', '/v1/runs', { skill: 'ralph', text: 'x' }, 403, 'ERR_API_SCOPE'],
    ['POST', `${RUN}/messages`, {}, 400, 'ERR_API_REQUEST'],
  ])('%s %s with %j is %i', async (method, path, body, status, code) => {
    const { ask } = await bench();
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
    const { ask, post } = await bench(undefined, { maxBodyBytes: 1000 });
    const form = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' };
    expect(await ask('/v1/runs', form)).toMatchObject({ status: 415 });
    expect(await post('/v1/runs', { skill: 'code', text: 'x'.repeat(2000) })).toMatchObject({
      status: 413,
    });
  });

  it('a body of somebody unknown is not read', async () => {
    const { ask } = await bench(undefined, { maxBodyBytes: 10 });
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
    const { post } = await bench(tasks);
    const answer = await post('/v1/runs', { skill: 'code', text: 'x' });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
    expect(answer.text).not.toContain('password');
  });

  it('a run that has ended takes no answer', async () => {
    const { post } = await bench(new FakeTasks({ state: 'completed' }));
    expect((await post(`${RUN}/messages`, { text: 'x' })).status).toBe(409);
  });

  it('whatever is sent is never a failure of the server', async () => {
    const { ask } = await bench();
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH');
    const part = fc.constantFrom(
      'v1',
      'runs',
      FAKE_TASK,
      'events',
      'messages',
      'cancel',
      'artifacts',
      '%00',
      '..',
      'x',
    );
    const path = fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .record(
          {
            skill: fc.constantFrom('code', 'chat', 'x', 7),
            text: fc.oneof(fc.string(), fc.jsonValue()),
            parts: fc.jsonValue(),
            limits: fc.jsonValue(),
            place: fc.jsonValue(),
            message_id: fc.jsonValue(),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
    );
    const type = fc.constantFrom(
      'application/json',
      'text/plain',
      'application/json; charset=utf-16',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(method, path, body, type, async (how, where, what, kind) => {
        const init =
          how === 'GET' ? {} : { method: how, headers: { 'content-type': kind }, body: what };
        const { status } = await ask(where, init);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  }, 30_000);
});

describe('the description of the routes', () => {
  it('is valid OpenAPI 3.1, and needs no token', async () => {
    const { ask } = await bench();
    const { body, status } = await ask('/openapi.json', {}, 'none');
    expect(status).toBe(200);
    expect(body).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
    const validator = new Validator();
    const result = await validator.validate(body as Record<string, unknown>);
    expect(result).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('describes every route that there is, and what it is read with', async () => {
    const { ask } = await bench();
    const { body } = await ask('/openapi.json');
    const { paths, components } = body as {
      paths: Record<string, Record<string, { operationId: string }>>;
      components: { schemas: Record<string, { required?: string[]; properties?: object }> };
    };
    for (const [path, methods] of Object.entries(paths))
      for (const method of Object.keys(methods)) {
        const real = path.replace('{run}', FAKE_TASK).replace('{artifact}', 'a');
        const { text } = await ask(real, { method: method.toUpperCase() });
        expect(text, `${method} ${path}`).not.toContain('ERR_API_PATH');
      }
    expect(components.schemas['Start']?.required).toEqual(['skill']);
    expect(Object.keys(components.schemas['Start']?.properties ?? {})).toContain('auto_approve');
  });
});

describe('figures of the server', () => {
  async function meters(ready: Record<string, boolean>, openTasks = () => Promise.resolve(4)) {
    const made = await createMeters({
      isReady: () => Promise.resolve(ready),
      openTasks,
      mayRead: (request) => request.get('x-known') === '1',
    });
    const app = express();
    app.use(made.count, made.router);
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ask = (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { 'x-known': '1', connection: 'close' },
      });
    return { ...made, ask, url: `http://127.0.0.1:${port}` };
  }

  it('say whether new work can begin', async () => {
    const good = await meters({ temporal: true, disk: true });
    const ready = await good.ask('/ready');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, temporal: true, disk: true },
    ]);
    const bad = await (await meters({ temporal: false, disk: true })).ask('/ready');
    expect([bad.status, await bad.json()]).toEqual([
      503,
      { ready: false, temporal: false, disk: true },
    ]);
  });

  it('count requests by class, streams, tasks and memory', async () => {
    const { ask, onStream } = await meters({ temporal: true });
    onStream(1);
    onStream(1);
    onStream(-1);
    await ask('/v1/runs/x?secret=1');
    await ask('/v1/runsx');
    await ask('/ready');
    const text = await (await ask('/metrics')).text();
    expect(text).toContain(
      'codetether_http_requests_total{method="GET",route="/v1/runs",status="4xx"} 1',
    );
    expect(text).toContain(
      'codetether_http_requests_total{method="GET",route="other",status="4xx"} 1',
    );
    expect(text).toContain(
      'codetether_http_requests_total{method="GET",route="/ready",status="2xx"} 1',
    );
    expect(text).toContain('codetether_open_streams 1');
    expect(text).toContain('codetether_open_tasks 4');
    expect(text).toMatch(/codetether_process_resident_memory_bytes \d+/);
    expect(text).not.toContain('secret');
  });

  it('are for whoever may read them, and say -1 for what they cannot find out', async () => {
    const { url, ask } = await meters({}, () => Promise.reject(new Error('down')));
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect(await (await ask('/metrics')).text()).toContain('codetether_open_tasks -1');
  });
});
