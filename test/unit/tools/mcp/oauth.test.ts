import { describe, expect, it, onTestFinished } from 'vitest';
import type { McpServer } from '../../../../src/domain/agent/mcp-server.js';
import { loginToServer, type LoginOptions } from '../../../../src/mcp/login.js';
import { serveHttp } from '../../../../src/mcp/serve.js';
import { createOAuthProvider } from '../../../../src/tools/mcp/oauth-provider.js';
import { doubleServer, mcpBench } from '../../../support/mcp-bench.js';
import { oauthServer, type OAuthServer } from '../../../support/oauth-server.js';
import { servedFolder, serveConfig } from '../../../support/serve-desk.js';

/** Vault for one server. */
function vault() {
  const kept: { text: string | undefined; token: string | undefined } = {
    text: undefined,
    token: undefined,
  };
  const store = {
    read: () => Promise.resolve(kept.text),
    write: (text: string, token: string) => {
      kept.text = text;
      kept.token = token;
      return Promise.resolve();
    },
  };
  return { kept, store };
}

async function protectedServer(): Promise<OAuthServer> {
  const folder = await servedFolder({ 'a.txt': 'one\n' });
  const options = { folder, version: '1', note: () => undefined, port: 0, isOpen: false };
  const { url, token, close } = await serveHttp(await serveConfig(), options);
  onTestFinished(close);
  return oauthServer(url, token ?? '');
}

function login(server: OAuthServer, changes: Partial<LoginOptions> = {}): Promise<void> {
  return loginToServer({
    server: 'double',
    url: server.url,
    store: vault().store,
    fetch: globalThis.fetch,
    // a browser that says yes
    onRedirect: (address) => void fetch(address).catch(() => undefined),
    ...changes,
  });
}

function httpServer(url: string): McpServer {
  const own = doubleServer('', { timeoutMs: 5000, startTimeoutMs: 5000 });
  return { ...own, transport: { kind: 'http', url, auth: 'oauth' } };
}

describe('a server of tools behind OAuth', () => {
  it('is used with the tokens of a login, which are renewed and put back', async () => {
    const server = await protectedServer();
    const { kept, store } = vault();
    await login(server, { store });
    expect(server.asked).toEqual(['register', 'authorization_code']);
    expect(kept.token).toMatch(/^at-/);
    const before = kept.token;
    server.expire();
    const bench = await mcpBench([httpServer(server.url)], { oauthStore: () => store });
    const { text } = await bench.call('mcp__double__read_file', { path: 'a.txt' });
    expect(text).toContain('one');
    expect(server.asked.slice(2)).toEqual(['refresh_token']);
    expect(kept.token).not.toBe(before);
    server.expire();
    const again = await mcpBench([httpServer(server.url)], { oauthStore: () => store });
    expect((await again.call('mcp__double__read_file', { path: 'a.txt' })).text).toContain('one');
    expect(server.asked.slice(2)).toEqual(['refresh_token', 'refresh_token']);
  });

  it('says that somebody has to log in, where nobody has and where a login is over', async () => {
    const server = await protectedServer();
    const { store } = vault();
    const ask = async () => {
      const bench = await mcpBench([httpServer(server.url)], { oauthStore: () => store });
      return bench.call('mcp__double__read_file', { path: 'a.txt' });
    };
    const words = expect.stringContaining('codetether auth login mcp/double') as string;
    expect(await ask()).toMatchObject({ isError: true, text: words });
    await login(server, { store });
    server.expire();
    server.revoke();
    expect(await ask()).toMatchObject({ isError: true, text: words });
  });

  it('takes a new login in the place of an old one', async () => {
    const server = await protectedServer();
    const { kept, store } = vault();
    await login(server, { store });
    const before = kept.token;
    await login(server, { store });
    expect(kept.token).not.toBe(before);
    expect(server.asked).toEqual([
      'register',
      'authorization_code',
      'register',
      'authorization_code',
    ]);
  });
});

describe('a login', () => {
  it('takes no answer that is not its own', async () => {
    const server = await protectedServer();
    const seen: number[] = [];
    const visit = async (address: string): Promise<void> => {
      const redirect = new URL(new URL(address).searchParams.get('redirect_uri') ?? '');
      for (const query of ['', '?code=x', '?code=x&state=other'])
        seen.push((await fetch(`${redirect.href}${query}`)).status);
      seen.push((await fetch(address)).status);
    };
    let visited: Promise<void> | undefined;
    await login(server, {
      onRedirect: (address) => {
        visited = visit(address);
      },
    });
    await visited;
    expect(seen).toEqual([404, 404, 404, 200]);
  });

  it('is refused by the person, or does not come', async () => {
    const server = await protectedServer();
    const refuse = async (address: string) => {
      const { searchParams } = new URL(address);
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('state', searchParams.get('state') ?? '');
      back.searchParams.set('error', 'access_denied\u001b[31m');
      await fetch(back);
    };
    const code = 'ERR_MCP_LOGIN';
    await expect(
      login(server, { onRedirect: (address) => void refuse(address) }),
    ).rejects.toMatchObject({
      code,
      message: expect.not.stringContaining('\u001b') as string,
    });
    await expect(
      login(server, { onRedirect: () => undefined, timeoutMs: 30 }),
    ).rejects.toMatchObject({
      code,
      message: expect.stringContaining('no answer of a browser') as string,
    });
  });

  it('is refused where the server is none, or answers what is no OAuth', async () => {
    const { store } = vault();
    const nothing = { url: 'http://127.0.0.1:9/mcp' } as OAuthServer;
    await expect(login(nothing, { store })).rejects.toMatchObject({ code: 'ERR_MCP_LOGIN' });
    const junk = () => Promise.resolve(new Response('<html>', { status: 200 }));
    await expect(login(nothing, { store, fetch: junk })).rejects.toMatchObject({
      code: 'ERR_MCP_LOGIN',
    });
  });
});

const LOGIN = { redirectUrl: 'http://127.0.0.1:1/c', state: 's', onRedirect: () => undefined };

describe('what a login left', () => {
  it.each(['', '{', '[]', '{"tokens": 3}'])(
    'is nothing where it cannot be read: %j',
    async (text) => {
      const { store } = vault();
      const damaged = { ...store, read: () => Promise.resolve(text) };
      const code = 'ERR_MCP_LOGIN';
      await expect(createOAuthProvider('s', damaged)).rejects.toMatchObject({ code });
      const provider = await createOAuthProvider('s', damaged, LOGIN);
      expect(await provider.tokens()).toBeUndefined();
      expect(await provider.clientInformation()).toBeUndefined();
      expect(() => provider.codeVerifier()).toThrow(
        expect.objectContaining({ code: 'ERR_MCP_LOGIN' }) as Error,
      );
    },
  );

  it('is written once there are tokens, and never before', async () => {
    const { kept, store } = vault();
    const provider = await createOAuthProvider('s', store, LOGIN);
    await provider.saveClientInformation?.({ client_id: 'c', issuer: 'i' } as never);
    expect(kept.text).toBeUndefined();
    await provider.saveTokens({ access_token: 'at', token_type: 'Bearer' } as never);
    expect([kept.token, JSON.parse(kept.text ?? '')]).toEqual([
      'at',
      expect.objectContaining({ client: { client_id: 'c', issuer: 'i' } }),
    ]);
  });
});
