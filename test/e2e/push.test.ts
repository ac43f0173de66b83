import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { StreamHub } from '../../src/api/a2a/stream-hub.js';
import { bodyReader } from '../../src/api/gate/read-body.js';
import { createStartRate } from '../../src/api/gate/start-rate.js';
import { createRunsRouter } from '../../src/api/runs/router.js';
import type { TaskUpdate } from '../../src/domain/index.js';
import type { OpenTasks } from '../../src/runs/index.js';
import { runningPids } from '../support/kill-random.js';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { openProjectTasks, updatesOf, words } from '../support/task-access.js';
import { webServer } from '../support/web-server.js';

const scripted = useScriptedProject((task) => script(task));
const ME = { name: 'me' };

function script({ turn, prompt }: ModelTask): ScriptedReply {
  const file = /Write (feature-\d\.txt)/.exec(prompt)?.[1] ?? '';
  if (turn === 0) return write(file, 'ok\n');
  return turn === 1 ? bash('sleep 2') : done();
}

let open: OpenTasks;

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
  open = await openProjectTasks(project);
});
afterAll(() => open?.close());

interface Delivered {
  readonly statusUpdate?: { readonly status: { readonly state: string } };
  readonly [kind: string]: unknown;
}

/** Numbers of what was delivered, each once, in the order in which they came. */
function numbersOf(bodies: readonly string[]): number[] {
  const numbers = bodies.map((body) => Number(/"sequence":(\d+)/.exec(body)?.[1]));
  return numbers.filter((seq, index) => seq !== numbers[index - 1]);
}

describe('updates of a real task', () => {
  it('are all posted, in order, though the worker is killed and the address is away for a while', async () => {
    let isAway = true;
    const arrived: string[] = [];
    const hook = await webServer(({ body }, response) => {
      if (isAway) return void response.writeHead(503).end();
      arrived.push(body);
      response.writeHead(200).end();
    });
    const { taskId } = await open.tasks.submit(ME, {
      origin: 'a2a',
      skill: 'code',
      place: { kind: 'workspace', name: 'demo' },
      message: words('Write feature-1.txt.'),
    });
    const { config } = await open.push.set(ME, {
      taskId,
      url: `${hook.url}/hook`,
      token: 'tok',
      protocolVersion: '1.0',
    });
    const status = async () => (await open.push.get(ME, { taskId, id: config.id })).status;
    await expect
      .poll(async () => (await status()).failures, { timeout: 30_000 })
      .toBeGreaterThan(0);
    expect((await status()).lastError).toBe('the address refuses it (status 503)');
    isAway = false;
    const [worker = 0] = await runningPids(scripted.project.home, ['worker']);
    process.kill(worker, 'SIGKILL');
    await expect
      .poll(async () => (await status()).state, { timeout: 90_000, interval: 500 })
      .toBe('done');
    const updates: TaskUpdate[] = await updatesOf(open.tasks, { owner: ME.name, taskId });
    const behind = updates.map(({ seq }) => seq);
    const numbers = numbersOf(arrived);
    expect(numbers).toEqual(behind.slice(-numbers.length));
    expect(numbers.length).toBeGreaterThan(2);
    const last = JSON.parse(arrived.at(-1) ?? '') as Delivered;
    expect(last.statusUpdate?.status.state).toBe('TASK_STATE_COMPLETED');
    expect(hook.seen[0]?.headers).toMatchObject({
      'content-type': 'application/a2a+json',
      'x-a2a-notification-token': 'tok',
    });
    expect(await open.push.resume()).toBe(0);
  }, 120_000);

  it('are not posted where the address is on a private network that nobody listed', async () => {
    const { taskId } = await open.tasks.submit(ME, {
      origin: 'a2a',
      skill: 'code',
      place: { kind: 'workspace', name: 'demo' },
      message: words('Write feature-2.txt.'),
    });
    for (const url of ['https://10.0.0.1/', 'http://[::1]:80/', 'https://localhost/'])
      await expect(
        open.push.set(ME, { taskId, url, protocolVersion: '1.0' }),
      ).rejects.toMatchObject({
        code: 'ERR_PUSH_URL',
      });
    await open.tasks.cancel(ME, taskId);
  }, 60_000);
});

describe('a run by HTTP over the real service', () => {
  it('is started, followed to its end across a reconnect, and its patch is read', async () => {
    const app = express();
    app.use(
      createRunsRouter({
        tasks: open.tasks,
        version: '0',
        readBody: bodyReader(1_000_000),
        starts: createStartRate(60),
        audit: () => undefined,
        hub: new StreamHub({ pingMs: 15_000, slowReaderMs: 60_000, maxStreams: 10 }),
        authorize: () => Promise.resolve({ name: 'me', scopes: ['code:run', 'tasks:read'] }),
      }),
    );
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const body = {
      skill: 'code',
      text: 'Write feature-3.txt.',
      place: { kind: 'workspace', name: 'demo' },
    };
    const start = () =>
      fetch(`${url}/v1/runs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
        body: JSON.stringify(body),
      });
    const { run_id: run } = (await (await start()).json()) as { run_id: string };
    // the same request again is the same run
    expect(await (await start()).json()).toMatchObject({ run_id: run });
    const first = await fetch(`${url}/v1/runs/${run}/events`);
    const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = first.body?.getReader();
    let text = '';
    const decoder = new TextDecoder();
    while (!/id: \d+\n/.test(text)) {
      const part = await reader?.read();
      text += part?.value === undefined ? '' : decoder.decode(part.value);
    }
    await reader?.cancel();
    const seen = Number(/id: (\d+)\n/.exec(text)?.[1]);
    const rest = await fetch(`${url}/v1/runs/${run}/events`, {
      headers: { 'last-event-id': String(seen) },
    });
    const later = [...(await rest.text()).matchAll(/id: (\d+)\n/g)].map(([, id]) => Number(id));
    const updates = await updatesOf(open.tasks, { owner: ME.name, taskId: run });
    expect(later).toEqual(updates.map(({ seq }) => seq).filter((seq) => seq > seen));
    expect(await (await fetch(`${url}/v1/runs/${run}`)).json()).toMatchObject({
      state: 'completed',
    });
    expect(await (await fetch(`${url}/v1/runs/${run}/artifacts/patch`)).text()).toContain('+ok');
    expect((await fetch(`${url}/v1/runs/${run}/cancel`, { method: 'POST' })).status).toBe(409);
  }, 120_000);
});
