import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../../src/domain/index.js';
import { SEARCH_ENGINES, type SearchEngineName } from '../../../../src/tools/web/search-engines.js';
import type { WebSearch } from '../../../../src/tools/web/services.js';
import { createWebsearchTool } from '../../../../src/tools/web/websearch.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { webServer } from '../../../support/web-server.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const HIT = { title: 'A \u001b[2Jtitle\n2. fake', url: 'https://a.example/x' };
const ANSWERS: Readonly<Record<SearchEngineName, unknown>> = {
  searxng: { results: [{ ...HIT, content: 'an excerpt' }] },
  brave: { web: { results: [{ ...HIT, description: 'an excerpt' }] } },
  tavily: { results: [{ ...HIT, content: 'an excerpt' }] },
  exa: { results: [{ ...HIT, text: 'an excerpt' }] },
};
const engines = Object.keys(SEARCH_ENGINES) as SearchEngineName[];

async function search(
  engine: SearchEngineName,
  baseUrl: string,
  {
    readKey = () => Promise.resolve('the-key'),
    ...input
  }: { readonly query?: string; readonly readKey?: WebSearch['readKey'] } = {},
) {
  const { workspace } = await workspaceFixture({});
  const tool = createWebsearchTool({ engine, baseUrl, readKey, fetch });
  return callTool(tool, { query: 'ports & names', ...input }, toolContext(workspace));
}

describe('websearch', () => {
  it.each(engines)('asks %s in its own way and shows what it found', async (engine) => {
    const server = await webServer((_post, response) =>
      response.end(JSON.stringify(ANSWERS[engine])),
    );
    const { text, isError } = await search(engine, `${server.url}/`);
    expect(isError).toBe(false);
    expect(text.split('\n')).toEqual([
      expect.stringMatching(/^1\. A .*title/),
      '   https://a.example/x',
      '   an excerpt',
    ]);
    expect(text).not.toContain('\u001b');
    const [post] = server.seen;
    const sent = `${post?.path ?? ''} ${JSON.stringify(post?.headers)} ${post?.body ?? ''}`;
    expect(sent).toMatch(/ports (?:&|%26|\+%26\+)|ports\+%26\+names/);
    expect(sent.includes('the-key')).toBe(SEARCH_ENGINES[engine].needsKey);
  });

  it.each([
    ['no JSON', '<html>', /answered with something that is not JSON/],
    ['another form', '{"hits": 3}', /in a form that cannot be read/],
    [
      'hits without addresses',
      '{"results": [{"title": "x"}, {"url": "javascript:1"}, 7]}',
      /Nothing was found/,
    ],
    ['a flood', 'x'.repeat(3_000_000), /more than 2 MiB/],
  ])('that answers %s is a result for the model', async (_, body, words) => {
    const server = await webServer((_post, response) => response.end(body));
    expect((await search('searxng', server.url)).text).toMatch(words);
  });

  it('names the status, and never where a redirect leads', async () => {
    const server = await webServer((post, response) => {
      if (post.path.includes('go'))
        response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      else response.writeHead(429).end('slow down');
    });
    expect((await search('searxng', server.url)).text).toBe('searxng answered with status 429.');
    expect((await search('searxng', server.url, { query: 'go' })).text).toBe(
      'searxng could not be reached.',
    );
  });

  it('says which key is missing; a Vault that does not answer is not its result', async () => {
    const missing = new InvalidInputError('ERR_SECRET_MISSING', {
      message: 'there is no key of brave',
      hint: 'codetether auth set brave',
    });
    const { text } = await search('brave', 'http://127.0.0.1:1', {
      readKey: () => Promise.reject(missing),
    });
    expect(text).toBe('Not searched: there is no key of brave.');
    await expect(
      search('brave', 'http://127.0.0.1:1', { readKey: () => Promise.reject(new Error('down')) }),
    ).rejects.toThrow('down');
  });
});
