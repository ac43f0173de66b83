import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProviders } from '../../src/providers/registry.js';
import { ProviderError } from '../../src/providers/failures/errors.js';
import { startConnectProxy, type ConnectProxy } from '../support/connect-proxy.js';
import { startRawServer } from '../support/raw-model-server.js';

const KEY = 'key-from-vault';
const CERTIFICATE = fileURLToPath(new URL('../fixtures/tls/certificate.pem', import.meta.url));
const PRIVATE_KEY = fileURLToPath(new URL('../fixtures/tls/key.pem', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../support/call-model.mjs', import.meta.url));
const WIRES = [
  ['openai-chat', '/v1'],
  ['anthropic-messages', ''],
] as const;

let mock: LLMock;
let secure: Server;
let port: number;
let proxy: ConnectProxy;

beforeAll(async () => {
  mock = new LLMock({ port: 0, auth: { apiKeys: [KEY] } });
  mock.onMessage('hello', { content: 'hi there' });
  await mock.start();
  const certificate = { cert: readFileSync(CERTIFICATE), key: readFileSync(PRIVATE_KEY) };
  secure = createServer(certificate, (incoming, outgoing) => {
    const { method, headers } = incoming;
    const onward = httpRequest(
      new URL(incoming.url ?? '/', mock.url),
      { method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  port = (secure.address() as AddressInfo).port;
  proxy = await startConnectProxy(`http://127.0.0.1:${port}`);
});
afterAll(async () => {
  await proxy.stop();
  secure.closeAllConnections();
  await new Promise<void>((resolve) => secure.close(() => resolve()));
  await mock.stop();
});

function call(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { env: environment }, (_error, stdout, stderr) =>
      resolve(stdout === '' ? stderr : stdout),
    );
  });
}

describe.each(WIRES)('%s over https', (wire, path) => {
  it('trusts a private CA that NODE_EXTRA_CA_CERTS names, and no other', async () => {
    const args = [wire, `https://127.0.0.1:${port}${path}`];
    expect(await call(args, { NODE_EXTRA_CA_CERTS: CERTIFICATE })).toBe('hi there');
    expect(await call(args, {})).toContain('ERR_PROVIDER_NETWORK');
  });

  it('goes through a proxy by a tunnel, with the private CA at its end', async () => {
    const before = proxy.tunnels.length;
    const args = [wire, `https://models.test${path}`];
    const environment = { NODE_EXTRA_CA_CERTS: CERTIFICATE, HTTPS_PROXY: proxy.url };
    expect(await call(args, environment)).toBe('hi there');
    expect(proxy.tunnels.slice(before)).toEqual(['models.test:443']);
  });

  it('asks hosts of NO_PROXY and this machine directly', async () => {
    const before = proxy.tunnels.length;
    const environment = { NODE_EXTRA_CA_CERTS: CERTIFICATE, HTTPS_PROXY: proxy.url };
    expect(await call([wire, `https://127.0.0.1:${port}${path}`], environment)).toBe('hi there');
    const excepted = { ...environment, NO_PROXY: 'models.test' };
    expect(await call([wire, `https://models.test${path}`], excepted)).toContain('ERR_PROVIDER');
    expect(proxy.tunnels.slice(before)).toEqual([]);
  });
});

describe.each(WIRES)('%s', (wire) => {
  async function failure(type: string, body: string): Promise<ProviderError> {
    const server = await startRawServer((response) =>
      response.writeHead(200, { 'content-type': type }).end(body),
    );
    const config = { here: { wire, baseUrl: server.url, auth: 'none' as const } };
    const secrets = {
      readProviderSecret: async () => ({ apiKey: '' }),
      invalidate: () => undefined,
    };
    const { provider } = createProviders({ config, secrets }).resolve({
      provider: 'here',
      model: 'm',
    });
    const request = { model: 'm', messages: [], tools: [] };
    const error: unknown = await provider
      .stream(request, { signal: new AbortController().signal })
      .catch((thrown: unknown) => thrown);
    await server.stop();
    expect(error).toBeInstanceOf(ProviderError);
    return error as ProviderError;
  }

  it('knows a web page from an answer, and says where to look', async () => {
    const error = await failure('text/html; charset=utf-8', '<html>Welcome</html>');
    expect([error.kind, error.isRetryable]).toEqual(['malformed', true]);
    expect([error.message, error.hint].join()).toMatch(/web page.*base_url/);
  });

  it('calls a whole answer that says nothing malformed', async () => {
    const empty = wire === 'openai-chat' ? '{"choices":[]}' : '{"type":"message","content":[]}';
    const error = await failure('application/json', empty);
    expect([error.kind, error.message]).toEqual(['malformed', 'the server’s answer says nothing']);
  });

  it('calls events without their parts malformed', async () => {
    const event = '{"type":"content_block_start","index":0,"choices":"none"}';
    const error = await failure(
      'text/event-stream',
      `event: content_block_start\ndata: ${event}\n\n`,
    );
    expect(error.kind).toBe('malformed');
  });
});
