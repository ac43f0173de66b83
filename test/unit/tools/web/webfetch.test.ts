import { describe, expect, it } from 'vitest';
import { rememberSecret } from '../../../../src/observability/index.js';
import type { WebAnswer } from '../../../../src/platform/network/guarded-fetch.js';
import { createWebTools } from '../../../../src/tools/web/family.js';
import { renderPage } from '../../../../src/tools/web/page.js';
import { createWebfetchTool } from '../../../../src/tools/web/webfetch.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const thread = new URL('../../../../dist/tools/web/page-thread/main.js', import.meta.url);

const ARTICLE = `<!doctype html><html><head><title>Ports &amp; such</title><script>evil()</script></head><body>
<nav><a href="/">Home</a></nav>
<article><h1>Ports</h1><p>${'A port is a number between 1 and 65535. '.repeat(20)}</p>
<table><thead><tr><th>name</th><th>port</th></tr></thead><tbody><tr><td>web</td><td>80</td></tr></tbody></table>
<pre><code>listen(80)</code></pre></article></body></html>`;

function page(
  body: string | Buffer,
  more: Partial<Extract<WebAnswer, { kind: 'page' }>> = {},
): WebAnswer {
  return {
    kind: 'page',
    url: 'https://docs.example/a',
    status: 200,
    type: 'text/html',
    charset: 'utf-8',
    body: Buffer.from(body),
    isCut: false,
    ...more,
  };
}

async function fetchPage(answer: WebAnswer, input: object = {}) {
  const { workspace } = await workspaceFixture({});
  const tool = createWebfetchTool(() => Promise.resolve(answer), { thread });
  return callTool(tool, { url: 'https://docs.example/a', ...input }, toolContext(workspace));
}

describe('webfetch', () => {
  it('gives the article of a page as Markdown, with tables and code, without menus and scripts', async () => {
    const { text, isError } = await fetchPage(page(ARTICLE));
    expect(isError).toBe(false);
    expect(text).toMatch(/^Ports & such\n\n/);
    expect(text).toContain('| name | port |');
    expect(text).toContain('```\nlisten(80)\n```');
    expect(text).not.toMatch(/evil|Home/);
  });

  it('gives plain text or the page as it is, when asked', async () => {
    const plain = await fetchPage(page(ARTICLE), { format: 'text' });
    expect(plain.text).toContain('A port is a number');
    expect(plain.text).not.toContain('| name |');
    expect((await fetchPage(page(ARTICLE), { format: 'html' })).text).toBe(ARTICLE);
    const json = await fetchPage(page('{"a": 1}', { type: 'application/json' }));
    expect(json.text).toBe('{"a": 1}');
  });

  it('says what was not as it should be', async () => {
    const { text, isError } = await fetchPage(
      page('not here', {
        status: 404,
        type: 'text/plain',
        url: 'https://docs.example/b',
        isCut: true,
      }),
    );
    expect([isError, text]).toEqual([
      true,
      'found at https://docs.example/b; status 404; only the first 5 MiB\n\nnot here',
    ]);
    expect(await fetchPage({ kind: 'refused', reason: 'no answer within 30 s' })).toEqual({
      isError: true,
      text: 'https://docs.example/a was not read: no answer within 30 s.',
    });
  });

  it('names the address on another host, which rules have not looked at', async () => {
    const url = `https://other.example/${'x'.repeat(400)}`;
    expect(await fetchPage({ kind: 'elsewhere', url })).toEqual({
      isError: false,
      text: `https://docs.example/a redirects to another host, where nothing was asked. To read that page call webfetch with this url: ${url}`,
    });
  });

  it('takes other charsets, and none that nobody knows', async () => {
    const latin = page(Buffer.from([0xe4]), { type: 'text/plain', charset: 'iso-8859-1' });
    expect((await fetchPage(latin)).text).toBe('ä');
    const unknown = page('x', { type: 'text/plain', charset: 'klingon' });
    expect((await fetchPage(unknown)).text).toBe('x');
  });

  it.each([
    ['image/png', Buffer.from([1, 2])],
    ['application/octet-stream', Buffer.from([80, 75, 0, 4])],
  ])('refuses what is no text: %s', async (type, body) => {
    expect((await fetchPage(page(body, { type }))).text).toMatch(/is no text/);
  });

  it('shows 50 KiB of a long text and keeps the whole', async () => {
    const { text } = await fetchPage(page('long line\n'.repeat(20_000), { type: 'text/plain' }));
    expect(text.length).toBeLessThan(52 * 1024);
    expect(text).toMatch(/200000 characters; the whole is @output\/[0-9a-f]{12}/);
  });

  it('never sends a secret that this process knows', async () => {
    rememberSecret('vault', 'hunter2-hunter2-hunter2');
    const { text } = await fetchPage(page('x'), {
      url: 'https://docs.example/?q=hunter2-hunter2-hunter2',
    });
    expect(text).toMatch(/holds what looks like a secret key/);
  });

  it('is not offered where no host is listed', () => {
    expect(createWebTools({ rules: { allow: [], allowPrivate: [] }, search: undefined })).toEqual(
      [],
    );
  });
});

describe('a page of a stranger', () => {
  it.each([
    ['a million elements that nest', '<div>'.repeat(1_000_000)],
    ['a million that do not close', '<p><b><i>'.repeat(300_000)],
    ['broken bytes', '<html><table><tr><td><table>\u0000<</td></div></html>'],
    ['nothing', ''],
  ])('is read, or given up, without holding up anybody: %s', async (_, html) => {
    let ticks = 0;
    const clock = setInterval(() => (ticks += 1), 20);
    const began = performance.now();
    await renderPage({ html, format: 'markdown' }, { thread, limitMs: 4000 });
    clearInterval(clock);
    const seconds = (performance.now() - began) / 1000;
    expect(ticks).toBeGreaterThanOrEqual(Math.floor(seconds * 5));
  });

  it('that takes too long is given up', async () => {
    expect(
      await renderPage({ html: ARTICLE.repeat(200), format: 'markdown' }, { thread, limitMs: 1 }),
    ).toBeUndefined();
  });
});
