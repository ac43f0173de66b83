import type { lookup } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { postPush, refusePushUrl } from '../../../../src/platform/network/push-post.js';
import { webServer } from '../../../support/web-server.js';

const signal = new AbortController().signal;

/** A resolver that gives these addresses, one after the other. */
function names(...answers: readonly (string | undefined)[]): typeof lookup {
  const left = [...answers];
  return ((_host: string, _options: unknown, done: (...facts: unknown[]) => void) => {
    const address = left.length > 1 ? left.shift() : left[0];
    if (address === undefined) done(new Error('ENOTFOUND'), []);
    else done(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
  }) as unknown as typeof lookup;
}

const post = (url: string, more: object = {}) => ({
  url,
  body: '{}',
  headers: { 'content-type': 'application/a2a+json' },
  timeoutMs: 5000,
  signal,
  ...more,
});

describe('an address that somebody else names', () => {
  it.each([
    'https://127.0.0.1/',
    'https://localhost/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://127.1/',
    'https://0.0.0.0/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://[fd00::1]/',
    'https://[64:ff9b::7f00:1]/',
  ])('is refused as private: %s', async (url) => {
    const words = 'this is an address of this machine or of a private network';
    expect(await refusePushUrl(url, [], names('127.0.0.1'))).toBe(words);
    expect(await postPush(post(url), [], names('127.0.0.1'))).toEqual({
      kind: 'failed',
      reason: words,
    });
  });

  it.each([
    ['http://hook.example/', 'only https is used'],
    ['ftp://hook.example/', 'this is no address of the web'],
    ['nonsense', 'this is no address of the web'],
    [`https://hook.example/${'x'.repeat(3000)}`, 'this is no address of the web'],
    ['https://me:pass@hook.example/', 'an address with a password is not used'],
  ])('is refused: %s', async (url, reason) => {
    expect(await refusePushUrl(url, [], names('93.184.216.34'))).toBe(reason);
    expect(await postPush(post(url), [], names('93.184.216.34'))).toEqual({
      kind: 'failed',
      reason,
    });
  });

  it('is taken when every address of its name is public, and its name is known', async () => {
    expect(
      await refusePushUrl('https://hook.example/', [], names('93.184.216.34')),
    ).toBeUndefined();
    expect(await refusePushUrl('https://hook.example/', [], names(undefined))).toBe(
      'its name is not known',
    );
  });

  it('is looked at again when it is called: a name that changed reaches nothing', async () => {
    const { seen, url } = await webServer((_request, response) => response.end());
    const flipping = names('93.184.216.34', '127.0.0.1');
    const hook = `https://hook.example:${new URL(url).port}/`;
    expect(await refusePushUrl(hook, [], flipping)).toBeUndefined();
    expect(await postPush(post(hook), [], flipping)).toEqual({
      kind: 'failed',
      reason: 'this is an address of this machine or of a private network',
    });
    expect(seen).toEqual([]);
  });

  it('on this machine is called where its host is listed, with or without its port', async () => {
    const { seen, url } = await webServer((_request, response) => response.writeHead(204).end());
    for (const allowed of ['127.0.0.1', `127.0.0.1:${new URL(url).port}`]) {
      expect(await refusePushUrl(`${url}/in`, [allowed])).toBeUndefined();
      expect(await postPush(post(`${url}/in`), [allowed])).toEqual({
        kind: 'delivered',
        status: 204,
      });
    }
    expect(await refusePushUrl(url, ['127.0.0.1:1'])).toBe('only https is used');
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/in',
      body: '{}',
      headers: { 'content-type': 'application/a2a+json', 'user-agent': 'codetether' },
    });
  });
});

describe('a post', () => {
  it.each([
    [410, { kind: 'gone' }],
    [302, { kind: 'failed', reason: 'the address redirects, which is not followed (status 302)' }],
    [404, { kind: 'failed', reason: 'the address refuses it (status 404)' }],
    [503, { kind: 'failed', reason: 'the address refuses it (status 503)' }],
  ])('answered with %i is %j', async (status, answer) => {
    const { url, seen } = await webServer((_request, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
    });
    expect(await postPush(post(url), ['127.0.0.1'])).toEqual(answer);
    expect(seen).toHaveLength(1);
  });

  it('reads nothing of an endless answer', async () => {
    const { url } = await webServer((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    });
    expect(await postPush(post(url), ['127.0.0.1'])).toEqual({ kind: 'delivered', status: 200 });
  });

  it('is not waited for longer than its time', async () => {
    const { url } = await webServer(() => undefined);
    expect(await postPush(post(url, { timeoutMs: 50 }), ['127.0.0.1'])).toEqual({
      kind: 'failed',
      reason: 'no answer within 0.05 s',
    });
  });

  it('that nobody takes says why', async () => {
    expect(await postPush(post('http://127.0.0.1:1/'), ['127.0.0.1'])).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/ECONNREFUSED/) as string,
    });
  });

  it('ends with the signal', async () => {
    const { url } = await webServer(() => undefined);
    const abort = new AbortController();
    const sent = postPush(post(url, { signal: abort.signal }), ['127.0.0.1']);
    abort.abort(new Error('cancelled'));
    await expect(sent).rejects.toThrow('cancelled');
  });
});
