import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { processEnvironment, type Config } from '../config/index.js';
import { InfrastructureError } from '../domain/index.js';
import { setHostEnvironment } from '../platform/index.js';
import { openDesk } from './desk.js';
import { createServerFactory } from './server.js';

/** How our server is reached. */
export interface ServeOptions {
  readonly folder: string;
  readonly version: string;
  /** What is said to people, on standard error. */
  readonly note: (text: string) => void;
  /** Ends it; absent = standard input does, or nobody. */
  readonly stop?: AbortSignal;
}

/** Serves the client at the other end of the standard streams until it closes them. Throws as {@link openDesk} does. */
export async function serveStdio(config: Config, options: ServeOptions): Promise<void> {
  const environment = processEnvironment();
  setHostEnvironment(environment);
  const gone = new AbortController();
  const { folder, version, note, stop } = options;
  const desk = await openDesk(config, { folder, environment, signal: gone.signal });
  const library = await import('@modelcontextprotocol/server/stdio');
  const handle = library.serveStdio(await createServerFactory(desk, version), {
    onerror: (error) => note(`mcp: ${error.message}`),
  });
  await new Promise<void>((resolve) => {
    for (const event of ['end', 'close'] as const) process.stdin.once(event, resolve);
    stop?.addEventListener('abort', () => resolve(), { once: true });
  });
  // What a client has begun and does not wait for is ended with it.
  gone.abort(new Error('the client has gone'));
  await handle.close();
}

/** A server over http that runs. */
export interface HttpServing {
  readonly url: string;
  /** What clients send as a bearer token; null = none is asked for. */
  readonly token: string | null;
  readonly close: () => Promise<void>;
}

/** Largest request body; the library has the same bound. */
const MAX_BODY = 4 * 1024 * 1024;
const TOKEN_BYTES = 24;

/**
 * Serves clients on this machine over http: on the loopback address only, for hosts and origins of this machine only, so that no page of
 * the web can ask, and with a token unless `isOpen`. Throws InfrastructureError `ERR_MCP_PORT`.
 */
export async function serveHttp(
  config: Config,
  { port, isOpen, ...options }: ServeOptions & { readonly port: number; readonly isOpen: boolean },
): Promise<HttpServing> {
  const environment = processEnvironment();
  setHostEnvironment(environment);
  const gone = new AbortController();
  const { folder, version, note } = options;
  const desk = await openDesk(config, { folder, environment, signal: gone.signal });
  const { createMcpHandler } = await import('@modelcontextprotocol/server');
  const handler = createMcpHandler(await createServerFactory(desk, version), {
    onerror: (error) => note(`mcp: ${error.message}`),
  });
  const token = isOpen ? null : randomBytes(TOKEN_BYTES).toString('base64url');
  const http = createServer((request, response) => {
    const refusal = refuse(request, token);
    if (refusal !== undefined) {
      response.writeHead(refusal.status, refusal.headers).end(refusal.text);
      return;
    }
    answer(request, response, handler.fetch).catch((error: unknown) => {
      note(`mcp: ${error instanceof Error ? error.message : String(error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  const bound = await listen(http, port);
  return {
    url: `http://127.0.0.1:${bound}/mcp`,
    token,
    async close() {
      gone.abort(new Error('the server ends'));
      await handler.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function listen(http: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new InfrastructureError('ERR_MCP_PORT', {
          message: `port ${port} cannot be used: ${cause.code ?? cause.message}`,
          hint: 'choose another one, or 0 for any that is free',
          isRetryable: false,
          cause,
        }),
      ),
    );
    http.listen(port, '127.0.0.1', () => {
      const address = http.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers: Record<string, string>;
}

const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;
const LOCAL_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** Names of other hosts reach this machine by a page of the web whose name was pointed here (DNS rebinding). */
function refuse({ headers, url }: IncomingMessage, token: string | null): Refusal | undefined {
  const plain = { 'content-type': 'text/plain' };
  if (!LOCAL.test(headers.host ?? ''))
    return { status: 403, text: 'this host is not served', headers: plain };
  if (headers.origin !== undefined && !LOCAL_ORIGIN.test(headers.origin))
    return { status: 403, text: 'this origin is not served', headers: plain };
  if ((url ?? '').split('?')[0] !== '/mcp')
    return { status: 404, text: 'the address is /mcp', headers: plain };
  if (token === null || isToken(headers.authorization ?? '', token)) return undefined;
  return {
    status: 401,
    text: 'a token is needed',
    headers: { ...plain, 'www-authenticate': 'Bearer' },
  };
}

function isToken(header: string, token: string): boolean {
  const [given, wanted] = [Buffer.from(header), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  fetch: (request: Request) => Promise<Response>,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413).end();
    return;
  }
  const left = new AbortController();
  response.once('close', () => left.abort());
  const headers = Object.entries(request.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')] as const,
  );
  const answered = await fetch(
    new Request(`http://${request.headers.host ?? '127.0.0.1'}${request.url ?? ''}`, {
      method: request.method ?? 'GET',
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      signal: left.signal,
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    }),
  );
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  if (answered.body === null) response.end();
  else {
    const whole = Readable.fromWeb(answered.body as Parameters<typeof Readable.fromWeb>[0]);
    // A client that leaves, and an answer that breaks off, end both sides; there is nobody left to be told.
    pipeline(whole, response, () => undefined);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Who sends too much is told so, which needs somebody who goes on reading; but not for ever.
    if (bytes <= MAX_BODY) chunks.push(chunk);
    else if (bytes > 8 * MAX_BODY) break;
  }
  return bytes <= MAX_BODY ? Buffer.concat(chunks) : undefined;
}
