import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server of tools behind OAuth, with its authorization server: PKCE, registration, refresh tokens that are used once. */
export interface OAuthServer {
  /** Of the tools. */
  readonly url: string;
  /** What was asked of the authorization server, oldest first. */
  readonly asked: string[];
  /** No access token so far is taken any more. */
  expire(): void;
  /** No refresh token so far is taken any more. */
  revoke(): void;
}

interface Code {
  readonly challenge: string;
  readonly redirect: string;
}

/** Puts OAuth before the server of tools at `upstream`, which takes `token`. */
export async function oauthServer(upstream: string, token: string): Promise<OAuthServer> {
  const asked: string[] = [];
  const clients = new Map<string, readonly string[]>();
  const codes = new Map<string, Code>();
  const access = new Set<string>();
  const refresh = new Set<string>();
  let base = '';
  const issue = () => {
    const tokens = { access_token: `at-${randomUUID()}`, refresh_token: `rt-${randomUUID()}` };
    access.add(tokens.access_token);
    refresh.add(tokens.refresh_token);
    return { ...tokens, token_type: 'Bearer', expires_in: 3600 };
  };
  const exchange = (form: URLSearchParams): object | undefined => {
    const kind = form.get('grant_type') ?? '';
    asked.push(kind);
    if (kind === 'refresh_token')
      return refresh.delete(form.get('refresh_token') ?? '') ? issue() : undefined;
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight = code?.challenge === challenge && code.redirect === form.get('redirect_uri');
    return isRight ? issue() : undefined;
  };
  const pages: Record<string, (url: URL, body: string) => object | string | undefined> = {
    '/.well-known/oauth-protected-resource/mcp': () => ({
      resource: `${base}/mcp`,
      authorization_servers: [base],
    }),
    '/.well-known/oauth-authorization-server': () => ({
      issuer: base,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
      registration_endpoint: `${base}/register`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
    }),
    '/register': (_url, body) => {
      asked.push('register');
      const metadata = JSON.parse(body) as { redirect_uris: string[] };
      const id = `client-${randomUUID()}`;
      clients.set(id, metadata.redirect_uris);
      return { ...metadata, client_id: id };
    },
    '/authorize': ({ searchParams }) => {
      const redirect = searchParams.get('redirect_uri') ?? '';
      if (clients.get(searchParams.get('client_id') ?? '')?.includes(redirect) !== true)
        return undefined;
      const code = randomUUID();
      codes.set(code, { challenge: searchParams.get('code_challenge') ?? '', redirect });
      const back = new URL(redirect);
      back.searchParams.set('code', code);
      back.searchParams.set('state', searchParams.get('state') ?? '');
      return back.href;
    },
    '/token': (_url, body) => exchange(new URLSearchParams(body)),
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', base);
    const body = await read(request);
    if (url.pathname === '/mcp') {
      const given = request.headers.authorization?.replace('Bearer ', '') ?? '';
      if (access.has(given)) return passOn({ upstream, token, request, body }, response);
      const metadata = `${base}/.well-known/oauth-protected-resource/mcp`;
      response.statusCode = 401;
      response.setHeader('www-authenticate', `Bearer resource_metadata="${metadata}"`);
      response.end();
      return;
    }
    answer(response, pages[url.pathname]?.(url, body));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `${base}/mcp`,
    asked,
    expire: () => access.clear(),
    revoke: () => refresh.clear(),
  };
}

/** An address is where the browser goes on; nothing is a refusal. */
function answer(response: ServerResponse, found: object | string | undefined): void {
  if (typeof found === 'string') {
    response.statusCode = 302;
    response.setHeader('location', found);
    response.end();
    return;
  }
  response.statusCode = found === undefined ? 400 : 200;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(found ?? { error: 'invalid_grant' }));
}

async function passOn(
  {
    upstream,
    token,
    request,
    body,
  }: {
    readonly upstream: string;
    readonly token: string;
    readonly request: IncomingMessage;
    readonly body: string;
  },
  response: ServerResponse,
): Promise<void> {
  const given = await fetch(upstream, {
    method: request.method ?? 'GET',
    headers: {
      ...(request.headers as Record<string, string>),
      host: new URL(upstream).host,
      authorization: `Bearer ${token}`,
    },
    ...(body === '' ? {} : { body }),
  });
  response.statusCode = given.status;
  for (const name of ['content-type', 'mcp-session-id'])
    if (given.headers.has(name)) response.setHeader(name, given.headers.get(name) ?? '');
  response.end(await given.text());
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
