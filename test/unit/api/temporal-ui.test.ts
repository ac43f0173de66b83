import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../../src/api/app.js';
import { listenOnLoopback } from '../../../src/api/listen.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The API with a web interface behind a socket, which says what it was asked. */
async function serve() {
  const socketPath = join(await temporaryFolder(), 'ui.sock');
  const asked: string[] = [];
  const ui = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    request.pipe(response.writeHead(200, { 'x-ui': 'yes' }));
  });
  await new Promise<void>((resolve) => ui.listen(socketPath, resolve));
  onTestFinished(() => void ui.close());
  const app = createApp({
    health: () => Promise.resolve({ version: '1', uptimeS: 1, isTemporalReachable: true }),
    ui: {
      path: '/temporal',
      socketPath,
      exchange: (ticket) =>
        ticket === 'good' ? { session: 'a.session', maxAgeMs: 60_000 } : undefined,
      isSession: (session) => session === 'a.session',
    },
  });
  const server = await listenOnLoopback(app, { port: 0, isPortFixed: false });
  onTestFinished(() => server.close());
  const ask = (
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { method = 'GET', headers = {}, body } = options;
      const request = httpRequest(
        { host: '127.0.0.1', port: server.port, path, method, headers },
        (response) => {
          text(response).then(
            (content) =>
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                body: content,
              }),
            reject,
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  return { port: server.port, asked, ask };
}

const COOKIE = { cookie: 'other=1; codetether_ui=a.session' };

describe('Temporal’s web interface on the API', () => {
  it('is passed on, whole and with bodies, to a browser that came with a ticket', async () => {
    const { ask, asked } = await serve();
    const login = await ask('/temporal/login?ticket=good&to=%2Fnamespaces%2Fdefault');
    expect(login.status).toBe(200);
    expect(login.body).toContain('url=/temporal/namespaces/default"');
    expect(login.headers['set-cookie']?.[0]).toMatch(
      /^codetether_ui=a\.session; Max-Age=60; Path=\/temporal; .*HttpOnly; SameSite=Strict$/,
    );
    const page = await ask('/temporal/api/v1/x?y=1', {
      method: 'POST',
      headers: COOKIE,
      body: 'a body',
    });
    expect([page.status, page.body, page.headers['x-ui'], page.headers['x-frame-options']]).toEqual(
      [200, 'a body', 'yes', 'SAMEORIGIN'],
    );
    // frames that show Markdown are served at another place than where the interface asks for them
    await ask('/temporal/render?content=x', { headers: COOKIE });
    expect(asked).toEqual([
      'POST /temporal/api/v1/x?y=1',
      'GET /temporal/temporal/render?content=x',
    ]);
  });

  it('asks for a ticket without a session, and takes none that is not good', async () => {
    const { ask, asked } = await serve();
    for (const [path, headers] of [
      ['/temporal/', {}],
      ['/temporal/', { cookie: 'codetether_ui=other' }],
      ['/temporal/', { cookie: 'codetether_ui=%E0%A4%A' }],
      ['/temporal/login?ticket=bad', {}],
      ['/temporal/login?ticket=good&ticket=good', {}],
      ['/temporal/login', COOKIE],
    ] as const) {
      const answer = await ask(path, { headers });
      expect([path, answer.status, JSON.parse(answer.body)]).toEqual([
        path,
        401,
        { error: { code: 'ERR_UI_SESSION', message: expect.stringContaining('codetether open') } },
      ]);
    }
    expect(asked).toEqual([]);
  });

  it('refuses foreign hosts and other pages, with a session too', async () => {
    const { ask, asked, port } = await serve();
    const refused: [string, Record<string, string>][] = [
      ['GET', { host: 'evil.example' }],
      ['GET', { host: `evil.example:${port}` }],
      ['GET', { host: '127.0.0.1' }],
      ['POST', { origin: 'http://evil.example' }],
      ['POST', { origin: 'null' }],
      ['POST', { origin: `http://127.0.0.1:${port + 1}` }],
      ['GET', { 'sec-fetch-site': 'cross-site' }],
      ['GET', { 'sec-fetch-site': 'same-site' }],
    ];
    for (const [method, headers] of refused) {
      const answer = await ask('/temporal/', { method, headers: { ...COOKIE, ...headers } });
      expect([headers, answer.status]).toEqual([headers, 403]);
    }
    expect(asked).toEqual([]);
    const own = { ...COOKIE, origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' };
    expect((await ask('/temporal/', { method: 'POST', headers: own })).status).toBe(200);
  });

  it.each(['//evil.example', '/\\evil.example', 'http://evil.example', '/x"><script>', '/a\nb'])(
    'goes on to its own pages only, not to %j',
    async (to) => {
      const { ask } = await serve();
      const { body } = await ask(`/temporal/login?ticket=good&to=${encodeURIComponent(to)}`);
      expect(body).toContain('url=/temporal/"');
      expect(body).not.toContain('evil');
    },
  );

  it('says so when the interface is silent', async () => {
    const app = createApp({
      health: () => Promise.resolve({ version: '1', uptimeS: 1, isTemporalReachable: true }),
      ui: {
        path: '/temporal',
        socketPath: join(await temporaryFolder(), 'nobody.sock'),
        exchange: () => undefined,
        isSession: () => true,
      },
    });
    const server = await listenOnLoopback(app, { port: 0, isPortFixed: false });
    onTestFinished(() => server.close());
    const response = await fetch(`http://127.0.0.1:${server.port}/temporal/`, {
      headers: { cookie: 'codetether_ui=x' },
    });
    expect(response.status).toBe(502);
  });
});
