import { createServer, type Server } from 'node:http';
import type { Express } from 'express';
import { InfrastructureError } from '../domain/index.js';

/** A listening application. */
export interface ApiServer {
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Options of {@link listenOn}. */
export interface ListenOnOptions {
  readonly hostname: string;
  /** 0 = any that is free. */
  readonly port: number;
  /** How long a client may take for the head of a request; for a whole one it may take four times as long. */
  readonly headerTimeoutMs: number;
}

/** How often Node looks for clients that take too long; its default is half a minute. */
const LOOK_MS = 1000;
const MOST_HEADERS = 100;

/** Listens on the address that was chosen. Throws `ERR_PORT_IN_USE`, `ERR_ADDRESS_UNUSABLE`. */
export async function listenOn(app: Express, options: ListenOnOptions): Promise<ApiServer> {
  const { hostname, port, headerTimeoutMs } = options;
  const server = createServer(
    {
      headersTimeout: headerTimeoutMs,
      requestTimeout: headerTimeoutMs * 4,
      connectionsCheckingInterval: LOOK_MS,
    },
    app,
  );
  server.maxHeadersCount = MOST_HEADERS;
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) => reject(unusable(error, options)));
    server.listen(port, hostname.replace(/^\[|\]$/g, ''));
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => close(server),
  };
}

function unusable(
  error: NodeJS.ErrnoException,
  { hostname, port }: ListenOnOptions,
): InfrastructureError {
  if (error.code === 'EADDRINUSE') {
    return new InfrastructureError('ERR_PORT_IN_USE', {
      message: `port ${port} is in use by another program`,
      hint: 'free it, or choose another one: codetether serve -p PORT, or [serve] port',
      isRetryable: false,
    });
  }
  return new InfrastructureError('ERR_ADDRESS_UNUSABLE', {
    message: `cannot listen on ${hostname}, port ${port}: ${error.code ?? error.message}`,
    hint: 'choose an address of this machine: codetether serve --hostname ADDRESS, or [serve] hostname',
    isRetryable: false,
    cause: error,
  });
}

/** Options of {@link listenOnLoopback}. */
export interface ListenOptions {
  readonly port: number;
  /** A taken port is an error; else another one is used. */
  readonly isPortFixed: boolean;
}

/** Listens on 127.0.0.1 only: nothing here is guarded by a password. Throws `ERR_PORT_IN_USE`. */
export async function listenOnLoopback(app: Express, options: ListenOptions): Promise<ApiServer> {
  const server =
    (await tryListen(app, options.port)) ?? (options.isPortFixed ? null : await tryListen(app, 0));
  const address = server?.address();
  if (server === null || typeof address !== 'object' || address === null) {
    throw new InfrastructureError('ERR_PORT_IN_USE', {
      message: `port ${options.port} of the API is in use by another program`,
      hint: 'free it, or change [api] port in your configuration file',
      isRetryable: false,
    });
  }
  return { port: address.port, close: () => close(server) };
}

function tryListen(app: Express, port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = app.listen(port, '127.0.0.1');
    server.once('listening', () => resolve(server));
    server.once('error', () => resolve(null));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
