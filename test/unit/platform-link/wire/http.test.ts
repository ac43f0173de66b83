import { describe, expect, it } from 'vitest';
import { createPlatformHttp, detailOf } from '../../../../src/platform-link/wire/http.js';
import type { HttpFetch } from '../../../../src/platform-link/link-options.js';

const signal = new AbortController().signal;

function httpOf(send: HttpFetch, token: string | undefined = 'secret-token', timeoutMs?: number) {
  return createPlatformHttp(
    { server: 'https://p.example/base', token, workerId: 'wrk_1' },
    send,
    timeoutMs,
  );
}

const answering =
  (body: string | null, init: ResponseInit = {}): HttpFetch =>
  () =>
    Promise.resolve(new Response(body, init));

describe('a request to a platform', () => {
  it('carries token, worker and JSON, and follows no redirect', async () => {
    const seen: [string, RequestInit][] = [];
    const http = httpOf((url, init) => {
      seen.push([url, init]);
      return Promise.resolve(new Response('{"ok":true}'));
    });
    expect(await http.request({ method: 'POST', path: '/v1/x', body: { a: 1 }, signal })).toEqual({
      status: 200,
      body: { ok: true },
    });
    const [url, init] = seen[0] ?? ['', {}];
    expect(url).toBe('https://p.example/base/v1/x');
    expect(init).toMatchObject({ method: 'POST', body: '{"a":1}', redirect: 'manual' });
    expect(init.headers).toMatchObject({
      authorization: 'Bearer secret-token',
      'x-worker-id': 'wrk_1',
    });
  });

  it('has no authorization without a token', async () => {
    const seen: RequestInit[] = [];
    const send: HttpFetch = (_, init) => {
      seen.push(init);
      return Promise.resolve(new Response('{}'));
    };
    await createPlatformHttp(
      { server: 'https://p.example', token: undefined, workerId: 'w' },
      send,
    ).request({ method: 'GET', path: '/', signal });
    expect(seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each([400, 404, 409])('gives status %s to the caller', async (status) => {
    const reply = await httpOf(answering('{"detail":"no"}', { status })).request({
      method: 'GET',
      path: '/x',
      signal,
    });
    expect(reply).toEqual({ status, body: { detail: 'no' } });
  });

  it.each([500, 502, 503, 429, 408, 302, 307])(
    'is tried again later at status %s',
    async (status) => {
      const send = answering(null, { status, headers: { location: 'https://elsewhere.example/' } });
      await expect(
        httpOf(send).request({ method: 'GET', path: '/x?secret=1', signal }),
      ).rejects.toMatchObject({
        code: 'ERR_PLATFORM_UNREACHABLE',
        isRetryable: true,
        message: expect.not.stringContaining('secret=1') as string,
      });
    },
  );

  it.each([401, 403])(
    'says that the token is wrong at status %s, without the token',
    async (status) => {
      const error: unknown = await httpOf(answering('{}', { status }))
        .request({ method: 'GET', path: '/x', signal })
        .catch((each: unknown) => each);
      expect(error).toMatchObject({ code: 'ERR_PLATFORM_TOKEN', exitCode: 2 });
      expect(JSON.stringify(error)).not.toContain('secret-token');
    },
  );

  it('says what the network said', async () => {
    const send: HttpFetch = () =>
      Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
    await expect(httpOf(send).request({ method: 'GET', path: '/x', signal })).rejects.toMatchObject(
      {
        code: 'ERR_PLATFORM_UNREACHABLE',
        message: expect.stringContaining('ECONNREFUSED') as string,
      },
    );
  });

  it('ends when the platform does not answer in time', async () => {
    const send: HttpFetch = (_, { signal: given }) =>
      new Promise((_resolve, reject) =>
        given?.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    await expect(
      httpOf(send, 't', 20).request({ method: 'GET', path: '/x', signal }),
    ).rejects.toMatchObject({ code: 'ERR_PLATFORM_UNREACHABLE' });
  });

  it('takes no answer without end', async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
    });
    const send: HttpFetch = () => Promise.resolve(new Response(endless));
    await expect(httpOf(send).request({ method: 'GET', path: '/x', signal })).rejects.toMatchObject(
      {
        message: expect.stringContaining('larger than') as string,
      },
    );
  });

  it('reads a page of a proxy as nothing', async () => {
    expect(
      await httpOf(answering('<html>')).request({ method: 'GET', path: '/x', signal }),
    ).toEqual({ status: 200, body: undefined });
  });
});

describe('a stream of a platform', () => {
  it('is opened with its own headers', async () => {
    const seen: RequestInit[] = [];
    const http = httpOf((_, init) => {
      seen.push(init);
      return Promise.resolve(new Response('data: x\n\n'));
    });
    await http.open({ path: '/s', headers: { 'last-event-id': 'e.1' }, signal });
    expect(seen[0]?.headers).toMatchObject({ accept: 'text/event-stream', 'last-event-id': 'e.1' });
  });

  it.each([204, 400, 404])('is tried again when it is not there (status %s)', async (status) => {
    const send = answering(status === 204 ? null : '{"detail":"agent_name is required"}', {
      status,
    });
    await expect(httpOf(send).open({ path: '/s', headers: {}, signal })).rejects.toMatchObject({
      code: 'ERR_PLATFORM_UNREACHABLE',
    });
  });
});

describe('what a refusal says', () => {
  it.each([
    [{ detail: 'no' }, ': no'],
    [{ detail: [{ loc: ['body'] }] }, ': [{"loc":["body"]}]'],
    [{}, ''],
    [undefined, ''],
    ['text', ''],
  ])('of %j is %j', (body, expected) => {
    expect(detailOf(body)).toBe(expected);
  });

  it('is short', () => {
    expect(detailOf({ detail: 'x'.repeat(5000) })).toHaveLength(202);
  });
});
