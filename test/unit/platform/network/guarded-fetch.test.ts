import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createWebReader,
  type WebAnswer,
  type WebRules,
} from '../../../../src/platform/network/guarded-fetch.js';

let server: Server;
let port = 0;
/** Requests that got through. */
const seen: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const ALL: WebRules = { allow: ['*'], allowPrivate: [] };

function read(
  url: string,
  rules: WebRules,
  {
    resolve,
    ...more
  }: {
    readonly resolve?: unknown;
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
  } = {},
): Promise<WebAnswer> {
  const reader = createWebReader(rules, resolve as never);
  return reader({
    url,
    maxBytes: 100_000,
    timeoutMs: 5000,
    signal: new AbortController().signal,
    ...more,
  });
}

const here = (path = '/'): string => `http://127.0.0.1:${port}${path}`;
const own = (): WebRules => ({ allow: [], allowPrivate: [`127.0.0.1:${port}`] });

describe('pages of private networks', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.8.9.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://127.1/',
    'http://0.0.0.0/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00::1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://[fe80::1]/',
  ])('are not asked for: %s', async (url) => {
    expect(await read(url, ALL)).toEqual({
      kind: 'refused',
      reason: 'this is an address of this machine or of a private network',
    });
  });

  it('are not asked for by names either, whatever else the names have', async () => {
    const resolve = (_name: string, _options: object, done: (...args: unknown[]) => void): void =>
      done(null, [
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    expect(await read('http://two-faced.example/', ALL, { resolve })).toEqual({
      kind: 'refused',
      reason: 'this is an address of this machine or of a private network',
    });
    expect(await read('http://localhost/', ALL)).toMatchObject({ kind: 'refused' });
  });

  it('cannot be reached by a name that changes between look and connection', async () => {
    let looks = 0;
    const from = seen.length;
    const resolve = (_name: string, _options: object, done: (...args: unknown[]) => void): void => {
      looks += 1;
      done(null, [{ address: looks === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
    };
    const rules = { allow: [`rebind.example:${port}`], allowPrivate: [] };
    const outcome = await read(`http://rebind.example:${port}/`, rules, {
      timeoutMs: 500,
      resolve,
    });
    expect(outcome.kind).toBe('refused');
    expect(looks).toBe(1);
    expect(seen).toHaveLength(from);
  });

  it('are read where the configuration names them', async () => {
    answer = (_request, response) => {
      response.setHeader('content-type', 'Text/HTML; charset="ISO-8859-1"');
      response.end('<p>hello</p>');
    };
    expect(await read(here('/a'), own())).toMatchObject({
      kind: 'page',
      url: here('/a'),
      status: 200,
      type: 'text/html',
      charset: 'iso-8859-1',
      body: Buffer.from('<p>hello</p>'),
      isCut: false,
    });
  });
});

describe('what is read at all', () => {
  it.each([
    ['file:///etc/passwd', /only http and https/],
    ['ftp://example.com/', /only http and https/],
    ['javascript:alert(1)', /only http and https/],
    ['not an address', /no address of the web/],
    [`https://example.com/${'x'.repeat(5000)}`, /no address of the web/],
    ['https://user:pw@example.com/', /with a password/],
    ['https://example.com:8443/', /example\.com:8443 is not among the hosts/],
    ['https://other.example/', /other\.example is not among the hosts/],
  ])('is no %s', async (url, reason) => {
    const outcome = await read(url, { allow: ['example.com'], allowPrivate: [] });
    expect(outcome).toEqual({ kind: 'refused', reason: expect.stringMatching(reason) });
  });
});

describe('servers that lie, flood or hang', () => {
  it('redirect to where nobody may go, in circles, or to nothing', async () => {
    answer = (request, response) => {
      const to = new URL(request.url ?? '', here()).searchParams.get('to') ?? '/';
      response.writeHead(302, { location: to }).end();
    };
    const go = async (to: string): Promise<string> => {
      const outcome = await read(here(`/?to=${encodeURIComponent(to)}`), own());
      return outcome.kind === 'refused' ? outcome.reason : outcome.kind;
    };
    expect(await go('http://169.254.169.254/')).toMatch(/not among the hosts/);
    expect(await go('file:///etc/passwd')).toMatch(/only http and https/);
    expect(await go('http://[')).toMatch(/no address of the web/);
    expect(await go('/')).toBe('it redirects more than 5 times');
  });

  it('redirect to another host, which is named and not asked', async () => {
    answer = (request, response) => {
      const to = new URL(request.url ?? '', here()).searchParams.get('to') ?? '/';
      response.writeHead(302, { location: to }).end();
    };
    const rules = { allow: [], allowPrivate: [`127.0.0.1:${port}`, `127.0.0.2:${port}`] };
    const go = (to: string) => read(here(`/?to=${encodeURIComponent(to)}`), rules);
    const other = `http://127.0.0.2:${port}/x?y=1`;
    const from = seen.length;
    expect(await go(other)).toEqual({ kind: 'elsewhere', url: other });
    expect(await go(`//127.0.0.2:${port}/x?y=1`)).toEqual({ kind: 'elsewhere', url: other });
    expect(await go(here(`/?to=${encodeURIComponent(other)}`))).toMatchObject({
      kind: 'elsewhere',
    });
    // the last one is asked twice here, at the first host
    expect(seen).toHaveLength(from + 4);
    expect(await go('http://127.0.0.3/')).toMatchObject({ kind: 'refused' });
  });

  it('send more than is wanted, also compressed', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    answer = (request, response) => {
      if (request.url === '/bomb') response.setHeader('content-encoding', 'gzip').end(bomb);
      else response.end(Buffer.alloc(1_000_000, 97));
    };
    for (const path of ['/', '/bomb']) {
      const outcome = await read(here(path), own());
      if (outcome.kind !== 'page') throw new Error(outcome.kind);
      expect([outcome.body.length, outcome.isCut]).toEqual([100_000, true]);
    }
  });

  it('never answer, end in the middle, or are not there', async () => {
    answer = (request, response) => {
      if (request.url === '/cut') {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('a');
        setImmediate(() => response.destroy());
      }
    };
    expect(await read(here('/silent'), own(), { timeoutMs: 200 })).toEqual({
      kind: 'refused',
      reason: 'no answer within 0.2 s',
    });
    expect(await read(here('/cut'), own())).toMatchObject({ kind: 'refused' });
    const gone = { allow: [], allowPrivate: ['127.0.0.1:1'] };
    expect(await read('http://127.0.0.1:1/', gone)).toMatchObject({ kind: 'refused' });
  });

  it('are left when the call is cancelled', async () => {
    answer = () => undefined;
    const controller = new AbortController();
    const reading = read(here('/silent'), own(), { signal: controller.signal });
    controller.abort(new Error('stop'));
    await expect(reading).rejects.toThrow('stop');
  });
});
