import { describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../../src/api/app.js';
import { listenOnLoopback } from '../../../src/api/listen.js';
import { InfrastructureError } from '../../../src/domain/light/error.js';

async function serve(isTemporalReachable: boolean) {
  const app = createApp({
    health: () => Promise.resolve({ version: '1.2.3', uptimeS: 4, isTemporalReachable }),
  });
  const server = await listenOnLoopback(app, { port: 0, isPortFixed: false });
  onTestFinished(() => server.close());
  return { app, server, url: `http://127.0.0.1:${server.port}` };
}

describe('createApp', () => {
  it.each([
    [true, 200, 'reachable'],
    [false, 503, 'unreachable'],
  ])('reports health (Temporal answers: %s)', async (isReachable, status, temporal) => {
    const { url } = await serve(isReachable);
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ version: '1.2.3', uptime_s: 4, temporal });
  });

  it('answers unknown paths with JSON', async () => {
    const { url } = await serve(true);
    const response = await fetch(`${url}/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: { code: 'ERR_NOT_FOUND', message: 'nothing at /nothing' },
    });
  });

  it('takes another port when its own is taken, unless the port is fixed', async () => {
    const { app, server } = await serve(true);
    const other = await listenOnLoopback(app, { port: server.port, isPortFixed: false });
    onTestFinished(() => other.close());
    expect(other.port).not.toBe(server.port);
    await expect(
      listenOnLoopback(app, { port: server.port, isPortFixed: true }),
    ).rejects.toBeInstanceOf(InfrastructureError);
  });
});
