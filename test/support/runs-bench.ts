import { once } from 'node:events';
import express from 'express';
import { onTestFinished } from 'vitest';
import { ALL_SCOPES, InvalidInputError } from '../../src/domain/index.js';
import { StreamHub, type StreamHubOptions } from '../../src/api/a2a/stream-hub.js';
import { bodyReader } from '../../src/api/gate/read-body.js';
import { createStartRate } from '../../src/api/gate/start-rate.js';
import { createRunsRouter, type RunsRoutes } from '../../src/api/runs/router.js';
import { FAKE_TASK, FakeTasks } from './fake-tasks.js';

/** Path of the run that a fake service has. */
export const RUN = `/v1/runs/${FAKE_TASK}`;

/** The routes of runs over a fake service, on loopback; `good` is the token of the owner, `other` that of somebody else. */
export async function runsBench(
  tasks = new FakeTasks(),
  {
    maxBodyBytes = 10_485_760,
    ...more
  }: Partial<RunsRoutes> & { readonly maxBodyBytes?: number } = {},
  streams: Partial<StreamHubOptions> = {},
) {
  const app = express();
  const audited: Readonly<Record<string, unknown>>[] = [];
  app.use(
    createRunsRouter({
      tasks,
      version: '1.2.3',
      readBody: bodyReader(maxBodyBytes),
      starts: createStartRate(60),
      audit: (line) => void audited.push(line),
      hub: new StreamHub({
        pingMs: 15_000,
        slowReaderMs: 60_000,
        maxStreams: 100,
        ...streams,
      }),
      authorize: (request) => {
        const token = request.get('authorization');
        if (token === 'Bearer good')
          return Promise.resolve({
            name: 'owner',
            scopes: ['code:run', 'chat:run', 'tasks:read'] as const,
          });
        if (token === 'Bearer other') return Promise.resolve({ name: 'other', scopes: ALL_SCOPES });
        const refusal = { message: 'the token is missing or wrong' };
        return Promise.reject(new InvalidInputError('ERR_TOKEN_REFUSED', refusal));
      },
      ...more,
    }),
  );
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string, init: RequestInit = {}, token = 'good') => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    const answer = await fetch(`${url}${path}`, { ...init, headers });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: (isJson ? JSON.parse(text) : null) as unknown,
    };
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { tasks, ask, post, url, port, audited };
}
