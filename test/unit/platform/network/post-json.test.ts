import { describe, expect, it } from 'vitest';
import { isPrivateAddress } from '../../../../src/platform/network/private-address.js';
import { postJson } from '../../../../src/platform/network/post-json.js';
import { webServer } from '../../../support/web-server.js';

const post = (url: string, timeoutMs = 5000) =>
  postJson({ url, body: '{"a":"ü"}', headers: { 'x-test': '1' }, timeoutMs });

describe('postJson', () => {
  it('sends the document and its headers', async () => {
    const { url, seen } = await webServer((_post, response) => response.writeHead(204).end());
    expect(await post(`${url}/hook?x=1`)).toEqual({ isDelivered: true, status: 204 });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        path: '/hook?x=1',
        body: '{"a":"ü"}',
        headers: { 'content-type': 'application/json', 'x-test': '1', 'content-length': '10' },
      },
    ]);
  });

  it('follows a redirect that keeps the method, from a private server to itself', async () => {
    const { url, seen } = await webServer((request, response) => {
      if (request.path === '/a') response.writeHead(308, { location: '/b' }).end();
      else response.end();
    });
    expect(await post(`${url}/a`)).toEqual({ isDelivered: true, status: 200 });
    expect(seen.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/a', '{"a":"ü"}'],
      ['POST', '/b', '{"a":"ü"}'],
    ]);
  });

  it.each([
    [400, false],
    [429, true],
    [503, true],
    [302, false],
  ])('says of status %i whether another try may help', async (status, isRetryable) => {
    const { url } = await webServer((_post, response) =>
      response.writeHead(status, { location: '/else' }).end(),
    );
    const reason = `it answered with status ${status}`;
    expect(await post(url)).toEqual({ isDelivered: false, reason, isRetryable });
  });

  it.each(['ftp://127.0.0.1/', 'http://%'])('follows no redirect to %s', async (location) => {
    const { url } = await webServer((_post, response) =>
      response.writeHead(307, { location }).end(),
    );
    expect(await post(url)).toEqual({
      isDelivered: false,
      reason: 'it redirects to no address of the web',
      isRetryable: false,
    });
  });

  it('ends a circle of redirects, silence, and a server that is not there', async () => {
    const circle = await webServer((_post, response) =>
      response.writeHead(307, { location: '/' }).end(),
    );
    expect(await post(circle.url)).toMatchObject({ reason: 'it redirects more than 3 times' });
    expect(circle.seen).toHaveLength(4);
    const silent = await webServer(() => undefined);
    expect(await post(silent.url, 100)).toMatchObject({ reason: 'no answer within 0.1 s' });
    expect(await post('http://127.0.0.1:1/')).toMatchObject({
      isDelivered: false,
      isRetryable: true,
    });
  });
});

describe('isPrivateAddress', () => {
  it('knows this machine and private networks, and takes no name for one', () => {
    const inside = ['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254'];
    const inside6 = ['::1', '[::1]', 'fd00::1', 'fe80::1', '::ffff:10.0.0.1', '100.64.0.1'];
    const outside = ['8.8.8.8', '172.32.0.1', '2606:4700::1', 'localhost', 'example.org', ''];
    expect([...inside, ...inside6].filter((address) => !isPrivateAddress(address))).toEqual([]);
    expect(outside.filter(isPrivateAddress)).toEqual([]);
  });
});
