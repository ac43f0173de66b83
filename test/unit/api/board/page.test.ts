import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeBoard } from '../../../support/remote/fake-board.js';
import { raw, remoteBench, storedToken } from '../../../support/remote/remote-bench.js';

const FOLDER = join(import.meta.dirname, '../../../../board');
const files = readdirSync(FOLDER);

function text(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

const tokens = [storedToken('ada', 'token-of-ada')];

describe('the page of the board', () => {
  it('is served without a token, every file of it as what it is', async () => {
    const { url } = await remoteBench({ board: new FakeBoard(), tokens });
    const types: Record<string, string> = {
      html: 'text/html; charset=utf-8',
      css: 'text/css; charset=utf-8',
      js: 'text/javascript; charset=utf-8',
      svg: 'image/svg+xml',
    };
    for (const name of files) {
      const answer = await fetch(`${url}/board/${name}`);
      expect([name, answer.status, answer.headers.get('content-type')]).toEqual([
        name,
        200,
        types[name.split('.').at(-1) ?? ''],
      ]);
      expect(await answer.text()).toBe(text(name));
    }
    expect(await (await fetch(`${url}/board/`)).text()).toBe(text('index.html'));
    const plain = await fetch(`${url}/board`, { redirect: 'manual' });
    expect([plain.status, plain.headers.get('location')]).toEqual([308, '/board/']);
  });

  it('lets nothing in but its own files, and has no way from text to markup', async () => {
    const { url } = await remoteBench({ board: new FakeBoard(), tokens });
    const { headers } = await fetch(`${url}/board/`);
    const policy = headers.get('content-security-policy') ?? '';
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ])
      expect(policy.split('; ')).toContain(rule);
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it.each(['/board/package.json', '/board/..%2fpackage.json', '/board/constructor', '/board/x/y'])(
    'has no other file: %s',
    async (path) => {
      const { url } = await remoteBench({ board: new FakeBoard(), tokens });
      expect((await fetch(`${url}${path}`)).status).toBe(404);
    },
  );

  it('may be linked to from anywhere, but not under a name that was pointed here', async () => {
    const bench = await remoteBench({ board: new FakeBoard(), tokens });
    const link = { host: `127.0.0.1:${bench.port}`, 'sec-fetch-site': 'cross-site' };
    expect((await raw(bench, '/board/', link)).status).toBe(200);
    expect((await raw(bench, '/board/', { host: 'evil.example' })).status).toBe(403);
  });

  it('is not there where no board is served', async () => {
    const { url } = await remoteBench({ tokens });
    expect((await fetch(`${url}/board/`)).status).toBe(404);
    expect((await fetch(`${url}/v1/board`)).status).toBe(404);
  });
});

describe('the files of the page', () => {
  it('hold no script, style or listener within the markup', () => {
    const page = text('index.html');
    expect(page.match(/<script(?![^>]*\bsrc=)/g)).toBeNull();
    expect(page.match(/<style|\sstyle=|\son\w+=/g)).toBeNull();
    expect(page.match(/https?:\/\//g)).toBeNull();
  });

  it('never make markup of text', () => {
    for (const name of files.filter((file) => file.endsWith('.js')))
      expect([
        name,
        text(name).match(
          /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc/g,
        ),
      ]).toEqual([name, null]);
  });

  it('make elements in one place', () => {
    const makers = files.filter((file) => text(file).includes('createElement('));
    expect(makers).toEqual(['elements.js']);
  });
});
