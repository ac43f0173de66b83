import { createServer } from 'node:net';

/** A listening socket of the loopback interface that another process can inherit. */
export interface Listener {
  readonly fd: number;
  /** Closes this process's copy. */
  close(): void;
}

/** Listens on a port of 127.0.0.1; null when somebody else does already. */
export function openListener(port: number): Promise<Listener | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      // Node has no public name for the descriptor of a server; without one nothing can be inherited
      const handle: unknown = Reflect.get(server, '_handle');
      const fd: unknown =
        typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : -1;
      if (typeof fd === 'number' && fd >= 0) resolve({ fd, close: () => server.close() });
      else server.close(() => resolve(null));
    });
  });
}
