import { connect } from 'node:net';
import type { Request } from 'express';
import { describe, expect, it } from 'vitest';
import { auditLine } from '../../../../src/api/gate/audit.js';
import { createStartRate } from '../../../../src/api/gate/start-rate.js';
import { createTokenBook } from '../../../../src/api/gate/token-book.js';
import { isLoopback } from '../../../../src/api/gate/places.js';
import { ALL_SCOPES, type AccessToken, InfrastructureError } from '../../../../src/domain/index.js';
import { npmClient, request } from '../../../support/remote/npm-client.js';
import { raw, remoteBench, said, storedToken } from '../../../support/remote/remote-bench.js';

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, 'A2A-Version': '1.0' });
const now = { configuration: { returnImmediately: true } };

describe('tokens', () => {
  const tokens = [
    storedToken('ci', 'token-of-ci'),
    storedToken('other', 'token-of-other'),
    storedToken('reader', 'token-of-reader', ['tasks:read']),
    storedToken('talker', 'token-of-talker', ['chat:run']),
  ];

  it('are needed as soon as there is one, in both bindings, but not for the card', async () => {
    const { rpc, rest, url } = await remoteBench({ tokens });
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: 'Basic eA==' },
    ]) {
      const response = await rest('/tasks', { headers });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer realm="codetether"',
      ]);
      const answer = await rpc('ListTasks', {}, { 'A2A-Version': '1.0', ...headers });
      expect([answer.status, answer.body.error.code]).toEqual([401, -32_000]);
    }
    expect((await rpc('ListTasks', {}, bearer('token-of-ci'))).status).toBe(200);
    const card = (await (await fetch(`${url}/.well-known/agent-card.json`)).json()) as object;
    expect(card).toHaveProperty('securitySchemes.bearer.httpAuthSecurityScheme.scheme', 'Bearer');
    const client = await npmClient(url, { transport: 'HTTP+JSON', token: 'token-of-ci' });
    expect(await client.sendMessage(request('hi'))).toHaveProperty('id');
  });

  it('see their own tasks only, whatever they ask', async () => {
    const { rpc } = await remoteBench({ tokens });
    const mine = bearer('token-of-ci');
    const theirs = bearer('token-of-other');
    const { id } = (await rpc('SendMessage', { message: said('wait'), ...now }, mine)).body.result
      .task;
    for (const [method, params] of [
      ['GetTask', { id }],
      ['CancelTask', { id }],
      ['SubscribeToTask', { id }],
      ['SendMessage', { message: said('more', { taskId: id }) }],
      ['CreateTaskPushNotificationConfig', { taskId: id, url: 'https://example.com/x' }],
      ['ListTaskPushNotificationConfigs', { taskId: id }],
      ['DeleteTaskPushNotificationConfig', { taskId: id, id: 'x' }],
    ] as const)
      expect([method, (await rpc(method, params, theirs)).body.error?.code]).toEqual([
        method,
        -32_001,
      ]);
    expect((await rpc('ListTasks', {}, theirs)).body.result.totalSize).toBe(0);
    expect((await rpc('ListTasks', {}, mine)).body.result.totalSize).toBe(1);
  });

  it('do what their scopes say and no more', async () => {
    const { rpc, tasks } = await remoteBench({ tokens });
    const talker = bearer('token-of-talker');
    const sent = await rpc('SendMessage', { message: said('wait'), ...now }, talker);
    const { id } = sent.body.result.task;
    for (const [method, params, token] of [
      ['SendMessage', { message: said('hi', { metadata: { skill: 'code' } }) }, talker],
      ['GetTask', { id }, talker],
      ['ListTasks', {}, talker],
      ['SubscribeToTask', { id }, talker],
      ['SendMessage', { message: said('hi') }, bearer('token-of-reader')],
    ] as const) {
      const { status, body } = await rpc(method, params, token);
      expect([method, status, body.error.data[0]?.reason]).toEqual([method, 403, 'SCOPE_MISSING']);
    }
    expect(tasks.started).toBe(1);
    expect((await rpc('CancelTask', { id }, talker)).body.result.status.state).toBe(
      'TASK_STATE_CANCELED',
    );
  });

  it('are not needed on this machine while there are none: the caller is the person here', async () => {
    const { rpc, tasks } = await remoteBench();
    const { id } = (await rpc('SendMessage', { message: said('hi') })).body.result.task;
    expect(tasks.task(id).owner).toBe('local');
  });
});

describe('the book of tokens', () => {
  const one = storedToken('ci', 'secret');
  const book = (
    read: () => Promise<readonly AccessToken[]>,
    { isLoopback = true, now = Date.now } = {},
  ) => createTokenBook({ read, isLoopback, now });

  it('refuses a revoked token within half a minute, and reads once for many requests', async () => {
    let tokens: readonly AccessToken[] = [one, storedToken('other', 'x')];
    let [reads, time] = [0, 0];
    const { callerOf } = book(
      () => {
        reads += 1;
        return Promise.resolve(tokens);
      },
      { now: () => time },
    );
    await Promise.all(Array.from({ length: 50 }, () => callerOf('Bearer secret')));
    expect(reads).toBe(1);
    tokens = [storedToken('other', 'x')];
    time = 29_999;
    expect((await callerOf('bearer secret')).name).toBe('ci');
    time = 30_000;
    await expect(callerOf('Bearer secret')).rejects.toMatchObject({ code: 'ERR_TOKEN_REFUSED' });
  });

  it('goes on for five minutes while Vault is silent, then for nobody; and never begins so', async () => {
    const silent = new InfrastructureError('ERR_VAULT_UNREACHABLE', { message: 'no answer' });
    let [isUp, time] = [true, 0];
    const { callerOf } = book(() => (isUp ? Promise.resolve([one]) : Promise.reject(silent)), {
      now: () => time,
    });
    await callerOf('Bearer secret');
    isUp = false;
    time = 300_000;
    expect((await callerOf('Bearer secret')).name).toBe('ci');
    time = 300_001;
    await expect(callerOf('Bearer secret')).rejects.toBe(silent);
    await expect(book(() => Promise.reject(silent)).callerOf(undefined)).rejects.toBe(silent);
  });

  it('knows the token of the home itself, also while Vault is silent, and with it lets nobody in without one', async () => {
    const silent = new InfrastructureError('ERR_VAULT_UNREACHABLE', { message: 'no answer' });
    let isUp = true;
    const { callerOf } = createTokenBook({
      read: () => (isUp ? Promise.resolve([]) : Promise.reject(silent)),
      isLoopback: true,
      ownToken: 'of-the-home',
    });
    expect(await callerOf('Bearer of-the-home')).toEqual({ name: 'local', scopes: ALL_SCOPES });
    for (const header of [undefined, 'Bearer of-the-hom', 'Bearer of-the-home2', 'of-the-home'])
      await expect(callerOf(header)).rejects.toMatchObject({ code: 'ERR_TOKEN_REFUSED' });
    isUp = false;
    expect((await callerOf('Bearer of-the-home')).name).toBe('local');
  });

  it('lets nobody in from elsewhere without a token', async () => {
    const { callerOf } = book(() => Promise.resolve([]), { isLoopback: false });
    await expect(callerOf(undefined)).rejects.toMatchObject({ code: 'ERR_TOKEN_REFUSED' });
  });

  it.each(['', 'Bearer', 'Bearer ', 'Bearer a b', 'Bearer \u0000', `Bearer ${'x'.repeat(10_000)}`])(
    'takes no nonsense for a token: %j',
    async (header) => {
      const { callerOf } = book(() => Promise.resolve([one]));
      await expect(callerOf(header)).rejects.toMatchObject({ code: 'ERR_TOKEN_REFUSED' });
    },
  );
});

describe('hosts and pages', () => {
  const ROUTES = [
    '/.well-known/agent-card.json',
    '/.well-known/agent.json',
    '/a2a/v1/tasks?A2A-Version=1.0',
    '/health',
    '/nothing',
  ];

  it.each(ROUTES)('%s is refused for a name that was pointed here', async (path) => {
    const bench = await remoteBench();
    for (const host of [
      'evil.example',
      `evil.example:${bench.port}`,
      '127.0.0.1:1',
      'localhost',
      '',
    ])
      expect([host, (await raw(bench, path, { host })).status]).toEqual([host, 403]);
    const { status, body } = await raw(bench, path, { host: `localhost:${bench.port}` });
    expect(status).toBe(path === '/nothing' ? 404 : 200);
    expect(() => JSON.parse(body) as unknown).not.toThrow();
  });

  it.each(ROUTES)('%s is refused for pages of other origins', async (path) => {
    const bench = await remoteBench();
    const host = `127.0.0.1:${bench.port}`;
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://localhost:${bench.port + 1}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[])
      expect((await raw(bench, path, { host, ...headers })).status).toBe(403);
    const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
    expect((await raw(bench, path, own)).status).not.toBe(403);
  });

  it('may be listed, and then the browser is told', async () => {
    const page = 'https://inspector.example';
    const bench = await remoteBench({ settings: { hosts: ['agent.example'], origins: [page] } });
    const asked = { host: 'agent.example', origin: page, 'sec-fetch-site': 'cross-site' };
    const card = await raw(bench, '/.well-known/agent-card.json', asked);
    expect([card.status, card.headers['access-control-allow-origin']]).toEqual([200, page]);
    expect(card.body).toContain('http://agent.example/a2a');
    const before = await raw(bench, 'OPTIONS /a2a', asked);
    expect([before.status, before.headers['access-control-allow-headers']]).toEqual([
      204,
      expect.stringContaining('authorization'),
    ]);
  });

  it('are those of the public address, which the card then names', async () => {
    const bench = await remoteBench({ settings: { publicUrl: 'https://agent.example/' } });
    const { body, status } = await raw(bench, '/.well-known/agent-card.json', {
      host: 'agent.example',
    });
    expect(status).toBe(200);
    expect(body).toContain('"url":"https://agent.example/a2a"');
  });

  it.each([
    ['127.0.0.1', true],
    ['localhost', true],
    ['::1', true],
    ['127.9.9.9', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.evil.example', false],
    ['192.168.1.2', false],
  ])('%s is this machine alone: %s', (hostname, expected) => {
    expect(isLoopback(hostname)).toBe(expected);
  });
});

describe('limits', () => {
  it('let a token start so many tasks a minute, and tell when to come back', async () => {
    const { rpc, rest } = await remoteBench({ settings: { startsPerMinute: 2 } });
    const again = said('wait');
    await rpc('SendMessage', { message: again, ...now });
    await rpc('SendMessage', { message: said('wait'), ...now });
    expect((await rpc('SendMessage', { message: again, ...now })).status).toBe(200);
    const over = await rest('/message:send', {
      method: 'POST',
      body: JSON.stringify({ message: said('wait'), ...now }),
    });
    expect([over.status, Number(over.headers.get('retry-after'))]).toEqual([
      429,
      expect.closeTo(60, -1),
    ]);
    expect((await rpc('ListTasks')).status).toBe(200);
  });

  it('count each caller for itself, and any 60 s', () => {
    let time = 0;
    const rate = createStartRate(2, () => time);
    rate.take('a', '1');
    time = 30_000;
    rate.take('a', '2');
    rate.take('b', '1');
    expect(() => rate.take('a', '3')).toThrow(
      expect.objectContaining({ code: 'ERR_TOO_MANY_STARTS', data: { retryAfterS: 30 } }),
    );
    time = 60_000;
    rate.take('a', '3');
    expect(() => rate.take('a', '4')).toThrow();
  });

  it('refuse a body that is too large, packed, or too deep', async () => {
    const { url, rpc } = await remoteBench({ settings: { bodyLimitBytes: 2000 } });
    const large = await rpc('SendMessage', { message: said('x'.repeat(3000)) });
    expect([large.status, large.body.error.code]).toEqual([413, -32_000]);
    const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
      fetch(`${url}/a2a`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'A2A-Version': '1.0', ...headers },
        body,
      });
    const packed = await post('{}', { 'content-encoding': 'gzip' });
    expect(((await packed.json()) as { error: { code: number } }).error.code).toBe(-32_700);
    const deep = `${'['.repeat(900)}${']'.repeat(900)}`;
    const nested = await post(
      `{"jsonrpc":"2.0","id":1,"method":"ListTasks","params":{"x":${deep}}}`,
    );
    expect(await nested.json()).toMatchObject({ error: { data: [{ reason: 'BODY_TOO_DEEP' }] } });
  });

  it('end a connection whose head does not come', async () => {
    const bench = await remoteBench({ settings: { headerTimeoutMs: 300 } });
    const text = await new Promise<string>((resolve) => {
      const socket = connect(bench.port, '127.0.0.1', () =>
        socket.write('GET / HTTP/1.1\r\nHost:'),
      );
      let got = '';
      socket.on('data', (chunk) => (got += chunk.toString()));
      socket.on('close', () => resolve(got));
      socket.on('error', () => resolve(got));
    });
    expect(text).toMatch(/^HTTP\/1\.1 408/);
  }, 15_000);
});

describe('the audit log', () => {
  it('has a line for each request that changes something, also for refused ones', async () => {
    const { rpc, audited } = await remoteBench();
    const message = said('ask', { messageId: 'm1' });
    const { id } = (await rpc('SendMessage', { message })).body.result.task;
    await rpc('GetTask', { id });
    await rpc('ListTasks');
    await rpc('CancelTask', { id });
    await rpc('CancelTask', { id });
    await rpc('SendMessage', {
      message: said('x', { messageId: 'm2', metadata: { skill: 'no' } }),
    });
    await rpc('CreateTaskPushNotificationConfig', { taskId: id, url: 'https://example.com/x' });
    const at = expect.any(String) as string;
    const who = { at, caller: 'local', remote: '127.0.0.1', user_agent: 'node' };
    expect(audited).toEqual([
      {
        ...who,
        method: 'SendMessage',
        task_id: id,
        message_id: 'm1',
        skill: 'chat',
        outcome: 'ok',
      },
      { ...who, method: 'CancelTask', task_id: id, outcome: 'ok' },
      { ...who, method: 'CancelTask', task_id: id, outcome: 'TASK_NOT_CANCELABLE' },
      { ...who, method: 'SendMessage', message_id: 'm2', outcome: 'ERR_A2A_REQUEST' },
      {
        ...who,
        method: 'CreateTaskPushNotificationConfig',
        task_id: id,
        outcome: 'ok',
      },
    ]);
  });

  it('shows nothing that a terminal would obey, and no long texts', () => {
    const hostile = `a\u001b[2J\n{"outcome":"ok"}\u202e${'x'.repeat(1000)}`;
    const line = auditLine({
      caller: 'ci',
      method: 'SendMessage',
      noted: { messageId: hostile },
      outcome: 'ok',
      request: { socket: { remoteAddress: '::1' }, get: () => hostile } as unknown as Request,
    });
    const text = JSON.stringify(line);
    expect(text).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(text.length).toBeLessThan(1000);
    expect(line).not.toHaveProperty('task_id');
  });
});
