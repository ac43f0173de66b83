import type { Server } from 'node:http';
import type { Express } from 'express';
import { InfrastructureError } from '../domain/index.js';

/** A listening application. */
export interface ApiServer {
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
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
