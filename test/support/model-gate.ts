import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the gate treats requests: on to the model, cut off, or answered with 429 and Retry-After in seconds. */
export type GateMode = 'open' | 'cut' | { readonly retryAfterS: number };

/** A door in front of a model server, to be shut in mid-run. */
export interface ModelGate {
  readonly baseUrl: string;
  mode: GateMode;
  /** Requests that did not get through. */
  refused: number;
  stop(): Promise<void>;
}

/** Starts a gate in front of `target` on a free port, open. */
export async function startModelGate(target: string): Promise<ModelGate> {
  const gate = { mode: 'open' as GateMode, refused: 0 };
  const server = createServer((incoming, response) => {
    if (gate.mode === 'open') return forward(target, incoming, response);
    gate.refused += 1;
    if (gate.mode === 'cut') return void incoming.socket.destroy();
    response.writeHead(429, {
      'content-type': 'application/json',
      'retry-after': String(gate.mode.retryAfterS),
    });
    response.end(JSON.stringify({ error: { type: 'rate_limit_error', message: 'slow down' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(gate, {
    baseUrl: `http://127.0.0.1:${port}${new URL(target).pathname}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function forward(target: string, incoming: IncomingMessage, response: ServerResponse): void {
  const url = new URL(incoming.url ?? '/', target);
  const onward = request(
    url,
    { method: incoming.method, headers: { ...incoming.headers, host: url.host } },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () => response.destroy());
  incoming.pipe(onward);
}
