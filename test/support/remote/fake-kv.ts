import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A Vault with one key-value engine of version 2 at `secret`, over HTTP. */
export interface FakeKv {
  readonly address: string;
  readonly secrets: Map<string, unknown>;
  /** Answered instead while it is set. */
  refusal: number | undefined;
  /** Called before each write, as somebody else who is faster. */
  beforeWrite: (() => void) | undefined;
}

/** Serves it until the test has ended. Tokens are not looked at. */
export async function fakeKv(): Promise<FakeKv> {
  const kv: FakeKv = {
    address: '',
    secrets: new Map(),
    refusal: undefined,
    beforeWrite: undefined,
  };
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const path = (request.url ?? '').replace(/^\/v1\/secret\/data\//, '');
      const send = (status: number, body: object) =>
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify(body));
      if (request.url?.startsWith('/v1/sys/internal/ui/mounts/') === true)
        return send(200, { data: { type: 'kv', options: { version: '2' } } });
      if (request.url?.startsWith('/v1/auth/token/lookup-self') === true)
        return send(200, { data: { ttl: 0, renewable: false } });
      if (kv.refusal !== undefined) return send(kv.refusal, { errors: ['refused'] });
      if (request.method === 'POST' || request.method === 'PUT') {
        kv.beforeWrite?.();
        kv.secrets.set(path, (JSON.parse(text) as { data: unknown }).data);
        return send(200, { data: {} });
      }
      const data = kv.secrets.get(path);
      return data === undefined ? send(404, { errors: [] }) : send(200, { data: { data } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(kv, { address: `http://127.0.0.1:${port}` });
}
