import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  isListed,
  judgeDestination,
  parseAuthority,
} from '../../../../src/platform/egress/allow-list.js';
import {
  startEgressProxy,
  type EgressOptions,
  type EgressProxy,
} from '../../../../src/platform/egress/egress-proxy.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

/** A server that says back what it is told, on the loopback that tests may use. */
async function echo(): Promise<number> {
  const server = createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function proxy(
  changes: Partial<EgressOptions> = {},
): Promise<EgressProxy & { socket: string }> {
  const socket = join(await temporaryFolder(), 's.sock');
  const network = { allow: ['listed.example'], allowPrivate: [] };
  const started = await startEgressProxy({
    socket,
    network,
    uid: null,
    upstream: null,
    ...changes,
  });
  onTestFinished(() => started.close());
  return { ...started, socket };
}

/** What comes back for these bytes, until the other end closes or `until` came. */
function send(socket: string, bytes: string, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = connect(socket);
    let answer = '';
    client.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (until !== undefined && answer.includes(until)) client.end();
    });
    client.on('close', () => resolve(answer));
    client.on('error', reject);
    client.write(bytes);
  });
}

const asking = (authority: string): string =>
  `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;

describe('parseAuthority', () => {
  it.each([
    ['Registry.Example.:443', { host: 'registry.example', port: 443 }],
    ['[::1]:443', { host: '::1', port: 443 }],
    ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
    ['name@127.0.0.1:443', undefined],
    ['name', undefined],
    ['name:0', undefined],
    ['name:65536', undefined],
    [':443', undefined],
    [`${'a'.repeat(300)}:443`, undefined],
    ['a b:443', undefined],
  ])('reads %j', (text, expected) => {
    expect(parseAuthority(text)).toEqual(expected);
  });
});

describe('the lists', () => {
  it.each([
    ['host', { host: 'host', port: 443 }, true],
    ['host', { host: 'host', port: 22 }, false],
    ['host:8443', { host: 'host', port: 8443 }, true],
    ['host:8443', { host: 'host', port: 443 }, false],
    ['.example.org', { host: 'a.example.org', port: 443 }, true],
    ['.example.org', { host: 'badexample.org', port: 443 }, false],
    ['*', { host: 'anything', port: 443 }, true],
    ['*', { host: 'anything', port: 25 }, false],
  ])('%s names %j: %s', (entry, destination, expected) => {
    expect(isListed([entry], destination)).toBe(expected);
  });

  it('tells private destinations from public ones', () => {
    const network = { allow: ['a'], allowPrivate: ['b'] };
    const judged = ['a', 'b', 'c'].map((host) => judgeDestination(network, { host, port: 443 }));
    expect(judged).toEqual(['public', 'private', 'refused']);
  });
});

describe('the egress proxy', () => {
  it('connects to the checked address of a listed name, and counts the bytes', async () => {
    const port = await echo();
    const { socket, ...running } = await proxy({
      network: { allow: [`listed.example:${port}`], allowPrivate: [] },
      resolve: async () => ['127.0.0.1'],
      isRefused: () => false,
    });
    const answer = await send(socket, `${asking(`listed.example:${port}`)}hello`, 'hello');
    expect(answer).toBe('HTTP/1.1 200 OK\r\n\r\nhello');
    await expect
      .poll(() => running.traffic())
      .toEqual([
        {
          host: 'listed.example',
          port,
          connections: 1,
          failures: 0,
          refusals: 0,
          reason: null,
          sentBytes: 5,
          receivedBytes: 5,
        },
      ]);
  });

  it.each([
    ['other.example:443', 'not-allowed', ['192.0.2.1']],
    ['listed.example:22', 'not-allowed', ['192.0.2.1']],
    ['listed.example:443', 'private-address', ['192.0.2.1', '127.0.0.1']],
    ['listed.example:443', 'no-address', []],
  ])('refuses %s: %s', async (authority, reason, addresses) => {
    const { socket, ...running } = await proxy({ resolve: async () => addresses });
    expect(await send(socket, asking(authority))).toMatch(
      new RegExp(`^HTTP/1.1 403 ${reason}\r\n`),
    );
    expect(running.traffic()).toMatchObject([{ refusals: 1, reason, connections: 0 }]);
  });

  it('answers nothing but CONNECT, and no nonsense', async () => {
    const { socket } = await proxy();
    expect(await send(socket, 'GET http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(
      / 403 /,
    );
    expect(await send(socket, asking('a@b:443'))).toMatch(/ 403 bad-authority/);
    expect(await send(socket, '\0\0\0\r\n\r\n')).toMatch(/ 400 /);
  });

  it('lets a private name of the user pass, never loopback', async () => {
    const network = { allow: [], allowPrivate: ['mirror.example'] };
    const { socket } = await proxy({ network, resolve: async () => ['127.0.0.1'] });
    expect(await send(socket, asking('mirror.example:443'))).toMatch(/ 403 private-address/);
  });
});
