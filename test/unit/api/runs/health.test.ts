import { once } from 'node:events';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMeters } from '../../../../src/api/runs/health.js';

describe('figures of the server', () => {
  async function meters(ready: Record<string, boolean>, openTasks = () => Promise.resolve(4)) {
    const made = await createMeters({
      isReady: () => Promise.resolve(ready),
      openTasks,
      mayRead: (request) => request.get('x-known') === '1',
    });
    const app = express();
    app.use(made.count, made.router);
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ask = (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { 'x-known': '1', connection: 'close' },
      });
    return { ...made, ask, url: `http://127.0.0.1:${port}` };
  }

  it('say whether new work can begin', async () => {
    const good = await meters({ temporal: true, disk: true });
    const ready = await good.ask('/ready');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, temporal: true, disk: true },
    ]);
    const bad = await (await meters({ temporal: false, disk: true })).ask('/ready');
    expect([bad.status, await bad.json()]).toEqual([
      503,
      { ready: false, temporal: false, disk: true },
    ]);
  });

  it('count requests by class, streams, tasks and memory', async () => {
    const { ask, onStream } = await meters({ temporal: true });
    onStream(1);
    onStream(1);
    onStream(-1);
    await ask('/v1/runs/x?secret=1');
    await ask('/v1/runsx');
    await ask('/ready');
    const text = await (await ask('/metrics')).text();
    expect(text).toContain(
      'codetether_http_requests_total{method="GET",route="/v1/runs",status="4xx"} 1',
    );
    expect(text).toContain(
      'codetether_http_requests_total{method="GET",route="other",status="4xx"} 1',
    );
    expect(text).toContain(
      'codetether_http_requests_total{method="GET",route="/ready",status="2xx"} 1',
    );
    expect(text).toContain('codetether_open_streams 1');
    expect(text).toContain('codetether_open_tasks 4');
    expect(text).toMatch(/codetether_process_resident_memory_bytes \d+/);
    expect(text).not.toContain('secret');
  });

  it('are for whoever may read them, and say -1 for what they cannot find out', async () => {
    const { url, ask } = await meters({}, () => Promise.reject(new Error('down')));
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect(await (await ask('/metrics')).text()).toContain('codetether_open_tasks -1');
  });
});
