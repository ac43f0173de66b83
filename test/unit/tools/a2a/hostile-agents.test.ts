import { describe, expect, it, vi } from 'vitest';
import { connectAgent } from '../../../../src/tools/a2a/connection.js';
import { webServer, type SeenPost } from '../../../support/web-server.js';
import type { ServerResponse } from 'node:http';

const signal = new AbortController().signal;

function cardOf(url: string, more: object = {}) {
  return {
    name: 'evil\u001b[31m',
    description: 'x'.repeat(10_000),
    version: '1',
    supportedInterfaces: [{ url, protocolBinding: 'HTTP+JSON', protocolVersion: '1.0' }],
    capabilities: { streaming: true },
    skills: [],
    ...more,
  };
}

type Answer = (post: SeenPost, response: ServerResponse, url: string) => void;

/** A server whose card is good, and that answers everything else as it likes. */
async function evil(answer: Answer, changes: (url: string) => object = () => ({})) {
  let url = '';
  const server = await webServer((post, response) => {
    if (!post.path.endsWith('agent-card.json')) return answer(post, response, url);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(cardOf(url, changes(url))));
  });
  url = server.url;
  const connect = (token?: string, timeoutMs = 5000) =>
    connectAgent({ name: 'evil', url, token, fetch, timeoutMs }, signal);
  return { ...server, connect };
}

describe('the card of a hostile agent', () => {
  it('is shown in bounded lines that no terminal obeys', async () => {
    const { connect } = await evil(() => undefined);
    const { card } = await connect();
    expect(card.name).toBe('evil\\x1b[31m');
    expect(card.description).toHaveLength(300);
  });

  it.each([
    ['no interface', () => ({ supportedInterfaces: [] }), /offers no interface/],
    ['a broken one', () => ({ supportedInterfaces: 'x' }), /names no interface/],
    [
      'a foreign server',
      () => ({
        supportedInterfaces: [
          { url: 'https://elsewhere.example', protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
        ],
      }),
      /leads to another server \(https:\/\/elsewhere.example\)/,
    ],
    ['nothing of its kind', () => ({ supportedInterfaces: [null, 7, {}] }), /offers no interface/],
  ])('that names %s is refused', async (_what, changes, words) => {
    const { connect, seen } = await evil(() => undefined, changes);
    await expect(connect('secret')).rejects.toThrow(words);
    expect(seen).toHaveLength(1);
  });

  it('is not followed to another server, and the token does not go there', async () => {
    const other = await webServer((_post, response) => response.end('{}'));
    const server = await webServer((_post, response) => {
      response.writeHead(302, { location: other.url }).end();
    });
    const access = { name: 'evil', url: server.url, token: 'secret', fetch, timeoutMs: 5000 };
    await expect(connectAgent(access, signal)).rejects.toThrow(/redirects \(status 302\)/);
    expect(other.seen).toEqual([]);
  });

  it.each([
    ['no JSON', 'hello'],
    ['a list', '[]'],
    ['nested too deeply', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`],
  ])('that is %s is none', async (_what, body) => {
    const server = await webServer((_post, response) => response.end(body));
    const access = { name: 'evil', url: server.url, fetch, timeoutMs: 5000 };
    await expect(connectAgent(access, signal)).rejects.toThrow(/its card is no JSON object/);
  });

  it('is read no further than 16 MiB', async () => {
    const server = await webServer((_post, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 32);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', more);
      };
      more();
    });
    const access = { name: 'evil', url: server.url, fetch, timeoutMs: 20_000 };
    await expect(connectAgent(access, signal)).rejects.toThrow(/more than 16777216 bytes/);
  });

  it.each([
    ['never begins', () => undefined],
    ['never ends', (response: ServerResponse) => void response.write('{')],
  ])('that %s is not waited for', async (_what, answer) => {
    const server = await webServer((_post, response) => answer(response));
    const access = { name: 'evil', url: server.url, fetch, timeoutMs: 200 };
    await expect(connectAgent(access, signal)).rejects.toThrow(/no answer within 0.2 s/);
  });
});

describe('what a hostile agent answers', () => {
  it.each([401, 403])('status %i asks for another token', async (status) => {
    const { connect } = await evil((_post, response) => response.writeHead(status).end());
    const connection = await connect('old');
    await expect(connection.get('t', signal)).rejects.toMatchObject({
      code: 'ERR_A2A_REFUSED',
      reason: 'denied',
      message: `agent evil refused it: it wants another token (status ${status})`,
    });
  });

  it.each([
    [500, 'ERR_A2A_AGENT'],
    [429, 'ERR_A2A_AGENT'],
    [422, 'ERR_A2A_REFUSED'],
  ])('status %i is %s', async (status, code) => {
    const { connect } = await evil((_post, response) => response.writeHead(status).end('oops'));
    const connection = await connect();
    await expect(connection.get('t', signal)).rejects.toMatchObject({ code });
  });

  it('with strange values is a task all the same', async () => {
    const { connect } = await evil((_post, response) =>
      response.end(
        JSON.stringify({
          id: 'i'.repeat(9000),
          status: { state: 'TASK_STATE_NONSENSE', timestamp: 'soon' },
          artifacts: Array.from({ length: 5000 }, () => ({
            artifactId: 'a',
            parts: [{ text: 't' }, {}],
          })),
          history: [{ role: 'ROLE_KING', parts: [{ data: nested(200) }] }],
        }),
      ),
    );
    const task = await (await connect()).get('t', signal);
    expect(task.taskId).toHaveLength(256);
    expect(task.state).toBe('unknown');
    expect(task.artifacts).toHaveLength(200);
    expect(task.artifacts[0]?.parts).toEqual([{ kind: 'text', text: 't' }]);
    expect(task.history[0]?.parts).toEqual([{ kind: 'data', json: '(nested too deeply)' }]);
  });

  it('as a stream that is no JSON ends it, and writes nothing to the terminal', async () => {
    const shown = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { connect } = await evil((_post, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: {"task":{"id":"t"}}\n\ndata: \u001b]0;owned\u0007\n\n');
    });
    const connection = await connect();
    const kinds: string[] = [];
    const work = async (): Promise<void> => {
      for await (const { kind } of connection.follow({ taskId: 't' }, signal)) kinds.push(kind);
    };
    await expect(work()).rejects.toThrow(/an event of the stream is no JSON/);
    expect(shown).not.toHaveBeenCalled();
    shown.mockRestore();
  });

  it('as an endless event ends the stream', async () => {
    const { connect } = await evil((_post, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const chunk = Buffer.alloc(1024 * 1024, 97);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', more);
      };
      response.write('data: "');
      more();
    });
    const connection = await connect();
    const work = async (): Promise<void> => {
      for await (const event of connection.follow({ taskId: 't' }, signal))
        expect(event).toBeNull();
    };
    await expect(work()).rejects.toThrow(/more than 8388608 characters/);
  });

  it('sends its token in one header to its own server', async () => {
    const { connect, seen } = await evil((_post, response) =>
      response.end(JSON.stringify({ id: 't', status: { state: 'TASK_STATE_WORKING' } })),
    );
    await (await connect('tok')).get('t', signal);
    expect(seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/.well-known/agent-card.json', 'Bearer tok'],
      ['/tasks/t', 'Bearer tok'],
    ]);
  });
});

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}
