import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { McpServer } from '../../../../src/domain/agent/mcp-server.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import { serveHttp } from '../../../../src/mcp/serve.js';
import { boundedFetch } from '../../../../src/tools/mcp/http-transport.js';
import type { McpServices } from '../../../../src/tools/mcp/services.js';
import { doubleServer, mcpBench } from '../../../support/mcp-bench.js';
import { servedFolder, serveConfig } from '../../../support/serve-desk.js';

// In a process of its own: serveHttp tells the platform its environment, by setHostEnvironment().
function httpServer(url: string, auth: 'vault' | 'none' = 'none'): McpServer {
  return {
    ...doubleServer('', { timeoutMs: 2000, startTimeoutMs: 2000 }),
    transport: { kind: 'http', url, auth },
  };
}

/** A server over http that does what `handle` says. */
async function listen(
  handle: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => handle(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

const tools = (server: McpServer, options: Partial<McpServices> = {}) =>
  mcpBench([server], options).then((bench) =>
    bench.call('mcp', { action: 'tools', server: 'double' }),
  );

describe('a server over http', () => {
  it('is ours as any other one, with its token out of Vault', async () => {
    const folder = await servedFolder({ 'a.txt': 'one\n' });
    const options = { folder, version: '1', note: () => undefined, port: 0, isOpen: false };
    const { url, token, close } = await serveHttp(await serveConfig(), options);
    onTestFinished(close);
    const readSecret = () => Promise.resolve({ token: token ?? '', headers: {} });
    const bench = await mcpBench([httpServer(url, 'vault')], { readSecret });
    const { text } = await bench.call('mcp__double__read_file', { path: 'a.txt' });
    expect(text).toContain('one');
    const refused = await tools(httpServer(url));
    expect(refused).toMatchObject({
      isError: true,
      text: expect.stringContaining('codetether auth set mcp/double'),
    });
  });

  it('gets the headers of its secret, and no others of ours', async () => {
    let seen: IncomingMessage['headers'] = {};
    const url = await listen((request, response) => {
      seen = request.headers;
      response.writeHead(500).end();
    });
    const headers = { 'x-tenant': 'seven' };
    await tools(httpServer(url, 'vault'), {
      readSecret: () => Promise.resolve({ token: 'abc', headers }),
    });
    expect(seen).toMatchObject({ authorization: 'Bearer abc', 'x-tenant': 'seven' });
    await tools(httpServer(url));
    expect(seen).not.toHaveProperty('authorization');
  });

  it('without a secret that it needs is not asked, and a Vault that is down is waited for', async () => {
    const missing = new InvalidInputError('ERR_SECRET_MISSING', { message: 'Vault holds no key' });
    const server = httpServer('http://127.0.0.1:9/mcp', 'vault');
    expect(await tools(server, { readSecret: () => Promise.reject(missing) })).toEqual({
      text: 'Not called: Vault holds no key.',
      isError: true,
    });
    const down = new Error('Vault is down');
    await expect(tools(server, { readSecret: () => Promise.reject(down) })).rejects.toThrow(
      'Vault is down',
    );
  });

  it.each([
    ['is not there', 'http://127.0.0.1:65533/mcp', /failed: .*(ECONNREFUSED|connect|fetch)/],
  ])('that %s is a result for the model', async (_, url, expected) => {
    expect(await tools(httpServer(url))).toMatchObject({
      isError: true,
      text: expect.stringMatching(expected),
    });
  });

  it('that answers nothing, or without end, is a result within its time', async () => {
    const silent = await listen(() => undefined);
    expect(await tools(httpServer(silent))).toMatchObject({
      isError: true,
      text: expect.stringMatching(/no answer within/),
    });
    const endless = await listen((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await tools(httpServer(endless))).toMatchObject({ isError: true });
  });

  it.each([401, 403, 404])(
    'that answers %d once is asked anew, with a session of its own',
    async (status) => {
      let isGone = false;
      const starts: string[] = [];
      const url = await listen((_request, response, body) => {
        const { id, method } = JSON.parse(body === '' ? '{}' : body) as Record<string, unknown>;
        if (method === 'initialize') starts.push(method);
        const serverInfo = { name: 'double', version: '1' };
        const opened = { protocolVersion: '2025-11-25', capabilities: { prompts: {} }, serverInfo };
        const result = method === 'initialize' ? opened : { prompts: [] };
        if (method === 'prompts/list' && isGone) {
          response.writeHead(status).end();
          isGone = false;
        } else if (id === undefined) response.writeHead(202).end();
        else if (method === 'server/discover') response.writeHead(400).end();
        else
          response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      });
      const bench = await mcpBench([httpServer(url)]);
      const ask = () => bench.call('mcp', { action: 'prompts', server: 'double' });
      expect(await ask()).toMatchObject({ isError: false });
      isGone = true;
      expect(await ask()).toMatchObject({ isError: true });
      expect(await ask()).toMatchObject({ isError: false });
      expect(starts).toHaveLength(2);
    },
  );

  it('that leads elsewhere is not followed', async () => {
    let isAsked = false;
    const other = await listen((_request, response) => {
      isAsked = true;
      response.writeHead(200).end();
    });
    const url = await listen((_request, response) =>
      response.writeHead(307, { location: other }).end(),
    );
    expect(await tools(httpServer(url, 'vault'))).toMatchObject({ isError: true });
    expect(isAsked).toBe(false);
  });
});

describe('a bounded answer', () => {
  const answer =
    (body: string | null, status = 200) =>
    () =>
      Promise.resolve(new Response(body, { status }));

  it('is read to its limit and no further', async () => {
    const read = async (text: string) =>
      (await boundedFetch(answer(text), 10)('http://x.example')).text();
    expect(await read('0123456789')).toBe('0123456789');
    await expect(read('0123456789a')).rejects.toThrow('more than 10 bytes');
  });

  it('keeps status and headers, and may be empty', async () => {
    const empty = await boundedFetch(answer(null, 204), 10)('http://x.example');
    expect([empty.status, empty.body]).toEqual([204, null]);
    const full = await boundedFetch(answer('x', 404), 10)('http://x.example');
    expect([full.status, full.headers.get('content-type')]).toEqual([
      404,
      'text/plain;charset=UTF-8',
    ]);
  });
});
