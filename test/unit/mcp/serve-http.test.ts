import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveHttp } from '../../../src/mcp/serve.js';
import { servedFolder, serveConfig } from '../../support/serve-desk.js';

// In a process of its own: serveHttp tells the platform its environment, by setHostEnvironment().
async function serve(isOpen = false) {
  const options = { version: '1', note: () => undefined, port: 0, isOpen };
  const folder = await servedFolder({ 'a.txt': 'one\n' });
  const serving = await serveHttp(await serveConfig(), { ...options, folder });
  onTestFinished(() => serving.close());
  return serving;
}

/** Status of a request with headers that fetch would not send. */
function status(url: string, more: Record<string, string>, body = ''): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...more,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

describe('our server over http', () => {
  it.each(['auto', 'legacy'] as const)('answers a client with its token: %s', async (mode) => {
    const { url, token } = await serve();
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    const headers = { authorization: `Bearer ${token}` };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
    );
    onTestFinished(() => client.close());
    expect(client.getNegotiatedProtocolVersion()).toBe(
      mode === 'auto' ? '2026-07-28' : '2025-11-25',
    );
    const { content } = await client.callTool({ name: 'read_file', arguments: { path: 'a.txt' } });
    expect(content).toMatchObject([{ text: expect.stringContaining('one') }]);
  });

  it('refuses pages of the web, other hosts, other addresses and who has no token', async () => {
    const { url, token } = await serve();
    const authorization = `Bearer ${token}`;
    expect(await status(url, {})).toBe(401);
    expect(await status(url, { authorization: 'Bearer wrong' })).toBe(401);
    expect(await status(url, { authorization, host: 'evil.example' })).toBe(403);
    expect(await status(url, { authorization, host: 'localhost.evil.example' })).toBe(403);
    expect(await status(url, { authorization, origin: 'https://evil.example' })).toBe(403);
    expect(await status(url, { authorization, origin: 'null' })).toBe(403);
    expect(await status(url.replace('/mcp', '/'), { authorization })).toBe(404);
    expect(await status(url, { authorization }, 'x'.repeat(5_000_000))).toBe(413);
    expect(await status(url, { authorization, origin: 'http://localhost:1' }, '{')).toBe(400);
  });

  it('asks for no token where the person wants none, and says which port is taken', async () => {
    const { url, token } = await serve(true);
    expect(token).toBeNull();
    expect(await status(url, {}, '{')).toBe(400);
    const port = Number(new URL(url).port);
    const options = { version: '1', note: () => undefined, port, isOpen: true };
    const folder = await servedFolder({});
    await expect(serveHttp(await serveConfig(), { ...options, folder })).rejects.toMatchObject({
      code: 'ERR_MCP_PORT',
    });
  });
});
