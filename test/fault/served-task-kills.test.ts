import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Task } from '@a2a-js/sdk';
import { runningPids } from '../support/kill-random.js';
import { npmClient, request } from '../support/remote/npm-client.js';
import {
  endServe,
  startServe,
  taskEvents,
  type ServeProcess,
} from '../support/remote/serve-process.js';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const TURNS = 25;
const READERS = 3;
const RECONNECTS = 50;
const scripted = useScriptedProject((task) => script(task), 150);

/** Works for many turns, so that there is a middle. */
function script({ turn }: ModelTask): ScriptedReply {
  if (turn < TURNS) return bash(`echo ${turn}`);
  return turn === TURNS ? write('feature-1.txt', 'ok\n') : done();
}

let served: ServeProcess;

beforeAll(async () => {
  const { project } = scripted;
  const folder = project.repository({
    stories: [{ id: 'US-001' }],
    files: { 'codetether.toml': '[[checks]]\nname = "test"\ncommand = "bash test/check.sh"\n' },
  });
  appendFileSync(
    project.config,
    `\n[serve]\npush_allow_hosts = ["127.0.0.1"]\n\n[workspaces.demo]\npath = "${folder}"\n`,
  );
  await project.run(project.root, 'up');
  served = await startServe(project);
});

afterAll(() => {
  served.process.kill('SIGKILL');
});

/** Numbers of the updates that one reader saw, over all of its connections. */
interface Reader {
  readonly seen: number[];
  connections: number;
  isOver: boolean;
}

/** Reads a few events, hangs up, and comes back behind the last of them, until the task has ended. */
async function read(taskId: string, reader: Reader): Promise<void> {
  while (!reader.isOver) {
    const stop = new AbortController();
    try {
      await readSome(taskId, reader, stop.signal);
    } catch (error) {
      // killed, or not there yet: a reader comes back
      if (error instanceof Error && error.name === 'AssertionError') throw error;
      await delay(50);
    } finally {
      stop.abort();
    }
  }
}

async function readSome(taskId: string, reader: Reader, signal: AbortSignal): Promise<void> {
  let wanted = 1 + Math.floor(Math.random() * 3);
  reader.connections += 1;
  const cursor = reader.seen.at(-1) ?? 0;
  for await (const { seq, data } of taskEvents(served.url, taskId, { cursor, signal })) {
    expect(data).not.toContain('"gap":true');
    if ('task' in (JSON.parse(data) as object)) continue;
    reader.seen.push(seq);
    reader.isOver = data.includes('TASK_STATE_COMPLETED');
    wanted -= 1;
    if (wanted === 0 && reader.connections < RECONNECTS) return;
  }
}

/** A webhook: numbers of what was posted to it, in order. */
async function webhook(): Promise<{ readonly url: string; readonly posted: number[] }> {
  const posted: number[] = [];
  const server = createServer((asked, response) => {
    let body = '';
    asked.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    asked.on('end', () => {
      const number = /"sequence":(\d+)/.exec(body)?.[1];
      if (number !== undefined) posted.push(Number(number));
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, posted };
}

async function killWorker(): Promise<void> {
  for (const pid of await runningPids(scripted.project.home, ['worker']))
    process.kill(pid, 'SIGKILL');
}

async function killServer(): Promise<void> {
  await endServe(served, 'SIGKILL');
  served = await startServe(scripted.project, served.port);
}

describe('a task that is streamed while API and worker are killed', () => {
  it('is told to every reader once and in order, over fifty reconnects, and posted without a gap', async () => {
    const client = await npmClient(served.url, { transport: 'JSONRPC' });
    const hook = await webhook();
    const from = scripted.model.requests.length;
    const task = (await client.sendMessage(
      request('Write feature-1.txt.', {
        metadata: { workspace: 'demo' },
        returnImmediately: true,
      }),
    )) as Task;
    const set = await fetch(`${served.url}/a2a/v1/tasks/${task.id}/pushNotificationConfigs`, {
      method: 'POST',
      headers: { 'A2A-Version': '1.0', 'content-type': 'application/a2a+json' },
      body: JSON.stringify({ url: hook.url }),
    });
    expect(set.status, await set.text()).toBeLessThan(300);
    const readers: Reader[] = Array.from({ length: READERS }, () => ({
      seen: [],
      connections: 0,
      isOver: false,
    }));
    const reading = readers.map((reader) => read(task.id, reader));
    const [first] = readers as [Reader];
    for (const [at, kill] of [
      [5, killWorker],
      [10, killServer],
      [15, killWorker],
      [20, killServer],
    ] as const) {
      while (first.seen.length < at && !first.isOver) await delay(20);
      expect(first.isOver).toBe(false);
      await kill();
    }
    await Promise.all(reading);
    const whole: number[] = [];
    for await (const { seq, data } of taskEvents(served.url, task.id, { cursor: 0 }))
      if (!('task' in (JSON.parse(data) as object))) whole.push(seq);
    expect(whole.length).toBeGreaterThan(TURNS);
    for (const { seen } of readers) expect(seen).toEqual(whole);
    const connections = readers.reduce((sum, one) => sum + one.connections, 0);
    expect(connections).toBeGreaterThan(RECONNECTS / 2);
    while (hook.posted.at(-1) !== whole.at(-1)) await delay(50);
    expect([...new Set(hook.posted)]).toEqual(whole.filter((seq) => seq >= (hook.posted[0] ?? 0)));
    const digests = scripted.model.requests.slice(from).map(({ digest }) => digest);
    // a call that was in flight when the worker was killed is made again
    expect(digests.length - new Set(digests).size).toBeLessThanOrEqual(2);
  });
});
