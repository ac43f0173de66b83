import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Task, TaskState } from '@a2a-js/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, npmClient, request, shape } from '../support/remote/npm-client.js';
import {
  endServe,
  startServe,
  taskEvents,
  type ServeProcess,
} from '../support/remote/serve-process.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const scripted = useScriptedProject((task) => script(task), 100);

function script({ turn, prompt }: ModelTask): ScriptedReply {
  if (!prompt.includes('Attempt')) return { content: 'The answer is ok.' };
  return turn === 0 ? write('feature-1.txt', 'ok\n') : done();
}

const serving: ServeProcess[] = [];

/** The command in a process of its own, once it has said that it is ready. */
async function serve(port = 0): Promise<ServeProcess> {
  const served = await startServe(scripted.project, port);
  serving.push(served);
  return served;
}

const order = { workspace: 'demo' };

beforeAll(async () => {
  const { project } = scripted;
  const folder = project.repository({
    stories: [{ id: 'US-001' }],
    files: { 'codetether.toml': '[[checks]]\nname = "test"\ncommand = "bash test/check.sh"\n' },
  });
  appendFileSync(project.config, `\n[workspaces.demo]\npath = "${folder}"\n`);
  await project.run(project.root, 'up');
});

afterAll(() => {
  for (const served of serving) served.process.kill('SIGKILL');
});

describe('codetether serve before the real service', () => {
  it('streams a task of a client that nobody here wrote, with its patch, and ends in order', async () => {
    const served = await serve();
    const client = await npmClient(served.url, { transport: 'JSONRPC' });
    const events = await collect(
      client.sendMessageStream(request('Write feature-1.txt.', { metadata: order })),
    );
    expect(shape(events[0] ?? { payload: undefined })).toMatch(/^task /);
    expect(shape(events.at(-1) ?? { payload: undefined })).toBe(
      `statusUpdate ${TaskState.TASK_STATE_COMPLETED}`,
    );
    const id = Reflect.get(Object(events[0]?.payload?.value), 'id') as string;
    const task = await client.getTask({ id, tenant: '', historyLength: undefined });
    const artifacts = task.artifacts.map(({ artifactId }) => artifactId);
    expect(artifacts).toEqual(expect.arrayContaining(['patch', 'branch', 'report']));
    const audit = readFileSync(join(scripted.project.home, 'logs', 'audit.ndjson'), 'utf8');
    expect(audit).toContain(`"task_id":"${id}"`);
    expect(await endServe(served, 'SIGTERM')).toBe(0);
  });

  it('is asked by our own client: sent, listed, read, and refused with what to do', async () => {
    const served = await serve();
    const { project } = scripted;
    const a2a = (...args: readonly string[]) => project.run(project.root, 'a2a', ...args);
    const sent = await a2a(
      'send',
      served.url,
      'Write feature-1.txt.',
      '--workspace',
      'demo',
      '--json',
    );
    expect([sent.code, sent.stderr]).toEqual([0, expect.any(String)]);
    const document = JSON.parse(sent.stdout) as { readonly id?: string; readonly task_id?: string };
    const id = document.id ?? document.task_id ?? '';
    const got = await a2a('get', served.url, id, '--json');
    expect([got.code, got.stdout]).toEqual([0, expect.stringContaining(id)]);
    const listed = await a2a('list', served.url, '--json');
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining(id)]);
    const card = await a2a('card', served.url);
    expect([card.code, card.stdout]).toEqual([0, expect.stringContaining('CodeTether')]);
    const rejected = await a2a(
      'send',
      served.url,
      'Write.',
      '--workspace',
      'nowhere',
      '--skill',
      'code',
    );
    expect([rejected.code, rejected.stdout + rejected.stderr]).toEqual([
      1,
      expect.stringContaining('ERR_TASK_WORKSPACE'),
    ]);
    const metrics = await (await fetch(`${served.url}/metrics`)).text();
    expect(metrics).toContain('codetether_open_tasks 0');
    expect((await fetch(`${served.url}/ready`)).status).toBe(200);
    const runs = await fetch(`${served.url}/v1/runs/${id}`);
    expect([runs.status, await runs.text()]).toEqual([200, expect.stringContaining('completed')]);
    expect(await endServe(served, 'SIGTERM')).toBe(0);
  });

  it('is killed in the middle of a stream: the task goes on, and its reader misses nothing', async () => {
    const first = await serve();
    const client = await npmClient(first.url, { transport: 'HTTP+JSON' });
    const task = (await client.sendMessage(
      request('Write feature-1.txt.', { metadata: order, returnImmediately: true }),
    )) as Task;
    const seen = await sequences(first.url, task.id, { cursor: 0, most: 2 });
    await endServe(first, 'SIGKILL');
    const second = await serve();
    const rest = await sequences(second.url, task.id, { cursor: seen.at(-1) ?? 0 });
    const whole = await sequences(second.url, task.id, { cursor: 0 });
    expect([...seen, ...rest]).toEqual(whole);
    expect(new Set(whole).size).toBe(whole.length);
    const again = await npmClient(second.url, { transport: 'HTTP+JSON' });
    const ended = await again.getTask({ id: task.id, tenant: '', historyLength: 0 });
    expect(ended.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
    expect(await endServe(second, 'SIGTERM')).toBe(0);
  });
});

/** Numbers of the events behind a cursor, up to the end of the stream or so many. */
async function sequences(
  url: string,
  taskId: string,
  { cursor, most = Infinity }: { readonly cursor: number; readonly most?: number },
): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { seq, data } of taskEvents(url, taskId, { cursor })) {
    // the first is the task at the cursor
    if (!('task' in (JSON.parse(data) as object))) numbers.push(seq);
    if (numbers.length >= most) break;
  }
  return numbers;
}
