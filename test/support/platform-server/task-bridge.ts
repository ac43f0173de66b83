import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { TaskCaller, TaskService } from '../../../src/client/index.js';
import { CodetetherError } from '../../../src/domain/index.js';

/** Serves tasks of this process to a worker in another one; the address of it. Ends with the running test. */
export async function taskBridge(tasks: TaskService): Promise<string> {
  const server = createServer((request, response) => {
    serve(tasks, request, response).catch((error: unknown) => {
      const code = error instanceof CodetetherError ? error.code : 'ERR_UNEXPECTED';
      const message = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(400).end(JSON.stringify({ code, message }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(
  tasks: TaskService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part as Uint8Array));
  const args = JSON.parse(Buffer.concat(parts).toString('utf8')) as [TaskCaller, never];
  const method = (request.url ?? '').slice(1);
  if (method !== 'follow') {
    const answer = await (
      tasks[method as 'get'] as (...all: typeof args) => Promise<unknown>
    ).apply(tasks, args);
    response.end(JSON.stringify(answer));
    return;
  }
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.writeHead(200);
  const [caller, wanted] = args as unknown as [TaskCaller, { taskId: string; cursor: number }];
  for await (const event of tasks.follow(caller, { ...wanted, signal: gone.signal }))
    response.write(`${JSON.stringify(event)}\n`);
  response.end();
}
