import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InfrastructureError, InvalidInputError, visibleLine } from '../domain/index.js';
import { environmentProxies, processEnvironment } from '../config/index.js';
import { fetchThrough } from '../platform/index.js';
import { createOAuthProvider, type OAuthStore } from '../tools/index.js';

/** How a person logs in to a server. */
export interface LoginOptions {
  readonly server: string;
  readonly url: string;
  readonly store: OAuthStore;
  /** Default: through the proxies of the environment. */
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** Told where to go with a browser. */
  readonly onRedirect: (url: string) => void;
  /** Scopes to ask for; absent = what the server names. */
  readonly scope?: string | undefined;
  /** Time for the browser; default ten minutes. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10 * 60_000;
const PATH = '/callback';

/**
 * Logs a person in to an MCP server by OAuth 2.1 (authorization code with PKCE, dynamic registration): the browser comes back to a port
 * of this machine that is open for this one answer. Throws `ERR_MCP_LOGIN` (exit 2) for a login that was refused or did not come.
 */
export async function loginToServer(options: LoginOptions): Promise<void> {
  const { auth } = await import('@modelcontextprotocol/client');
  const state = randomBytes(24).toString('base64url');
  const listener = await listen(state, options);
  try {
    const redirectUrl = `http://127.0.0.1:${listener.port}${PATH}`;
    const provider = await createOAuthProvider(options.server, options.store, {
      redirectUrl,
      state,
      onRedirect: (url) => options.onRedirect(url.href),
    });
    const fetchFn = options.fetch ?? fetchThrough(environmentProxies(processEnvironment()));
    const wanted = await asLogin(options, () => challengeOf(options, fetchFn));
    const common = { serverUrl: options.url, fetchFn, ...wanted };
    // Whoever logs in wants a new login, whatever tokens there are; the old registration names another port.
    await provider.invalidateCredentials?.('all');
    const first = await asLogin(options, () =>
      auth(provider, { ...common, forceReauthorization: true }),
    );
    if (first === 'AUTHORIZED') return;
    const { code, iss } = await listener.answer;
    const found = { authorizationCode: code, ...(iss === undefined ? {} : { iss }) };
    await asLogin(options, () => auth(provider, { ...common, ...found }));
  } finally {
    listener.close();
  }
}

/** What the server says that it wants: its scopes, and where its metadata lie. */
async function challengeOf(
  { url, scope }: LoginOptions,
  fetch: NonNullable<LoginOptions['fetch']>,
): Promise<{ scope?: string; resourceMetadataUrl?: URL }> {
  const { extractWWWAuthenticateParams } = await import('@modelcontextprotocol/client');
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  });
  await answer.body?.cancel();
  const said = extractWWWAuthenticateParams(answer);
  const scopes = scope ?? said.scope;
  return {
    ...(scopes === undefined ? {} : { scope: scopes }),
    ...(said.resourceMetadataUrl === undefined
      ? {}
      : { resourceMetadataUrl: said.resourceMetadataUrl }),
  };
}

async function asLogin<Result>(
  { server }: LoginOptions,
  step: () => Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof InvalidInputError || error instanceof InfrastructureError) throw error;
    const why = visibleLine(error instanceof Error ? error.message : String(error)).slice(0, 300);
    throw refused(server, why, error);
  }
}

interface Answer {
  readonly code: string;
  readonly iss: string | undefined;
}

interface Listener {
  readonly port: number;
  readonly answer: Promise<Answer>;
  close(): void;
}

async function listen(state: string, options: LoginOptions): Promise<Listener> {
  const waiting = newAnswer();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const isOurs = url.pathname === PATH && url.searchParams.get('state') === state;
    const isOwnHost = request.headers.host?.startsWith('127.0.0.1:') === true;
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    if (request.method !== 'GET' || !isOurs || !isOwnHost) {
      response.statusCode = 404;
      response.end('nothing here\n');
      return;
    }
    const code = url.searchParams.get('code');
    response.end(
      code === null ? 'The login was refused.\n' : 'You are logged in; go back to the terminal.\n',
    );
    if (code !== null) waiting.take({ code, iss: url.searchParams.get('iss') ?? undefined });
    else waiting.fail(refused(options.server, reasonOf(url)));
  });
  await listening(server);
  const timer = setTimeout(
    () => waiting.fail(refused(options.server, 'no answer of a browser came')),
    options.timeoutMs ?? TIMEOUT_MS,
  );
  return {
    port: (server.address() as AddressInfo).port,
    answer: waiting.answer,
    close: () => {
      clearTimeout(timer);
      server.close();
      server.closeIdleConnections();
    },
  };
}

function newAnswer() {
  let take: (answer: Answer) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const answer = new Promise<Answer>((resolve, reject) => {
    take = resolve;
    fail = reject;
  });
  // Whoever fails earlier does not wait for it.
  answer.catch(() => undefined);
  return { answer, take, fail };
}

function reasonOf(url: URL): string {
  return visibleLine(url.searchParams.get('error') ?? 'no code').slice(0, 200);
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
}

function refused(server: string, why: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError('ERR_MCP_LOGIN', {
    message: `nobody is logged in to MCP server ${server}: ${why}`,
    hint: `codetether auth login mcp/${server} tries again`,
    cause,
  });
}
