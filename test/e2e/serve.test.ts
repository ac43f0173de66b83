import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Task, TaskState } from '@a2a-js/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { collect, npmClient, request, shape } from '../support/remote/npm-client.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const PROGRAM = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));
const scripted = useScriptedProject((task) => script(task), 100);

function script({ turn, prompt }: ModelTask): ScriptedReply {
  if (!prompt.includes('Attempt')) return { content: 'The answer is ok.' };
  return turn === 0 ? write('feature-1.txt', 'ok\n') : done();
}

interface Served {
  readonly process: ChildProcess;
  readonly url: string;
}

const serving: ChildProcess[] = [];

/** The command in a process of its own, once it has said that it is ready. */
async function serve(port = 0): Promise<Served> {
  const { project } = scripted;
  const args = [PROGRAM, '--config', project.config, 'serve', '-p', String(port), '--json'];
  const child = spawn(process.execPath, args, {
    cwd: project.root,
    env: { ...processEnvironment(), CODETETHER_HOME: project.home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  serving.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const ready = JSON.parse(line) as { ready: boolean; url: string };
  expect(ready.ready).toBe(true);
  return { process: child, url: ready.url };
}

async function kill(served: Served, signal: NodeJS.Signals): Promise<number | null> {
  const gone = once(served.process, 'exit');
  served.process.kill(signal);
  return ((await gone) as [number | null])[0];
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
  for (const child of serving) child.kill('SIGKILL');
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
    expect(await kill(served, 'SIGTERM')).toBe(0);
  });

  it('is killed in the middle of a stream: the task goes on, and its reader misses nothing', async () => {
    const first = await serve();
    const client = await npmClient(first.url, { transport: 'HTTP+JSON' });
    const task = (await client.sendMessage(
      request('Write feature-1.txt.', { metadata: order, returnImmediately: true }),
    )) as Task;
    const seen = await sequences(first.url, task.id, { cursor: 0, most: 2 });
    await kill(first, 'SIGKILL');
    const second = await serve();
    const rest = await sequences(second.url, task.id, { cursor: seen.at(-1) ?? 0 });
    const whole = await sequences(second.url, task.id, { cursor: 0 });
    expect([...seen, ...rest]).toEqual(whole);
    expect(new Set(whole).size).toBe(whole.length);
    const again = await npmClient(second.url, { transport: 'HTTP+JSON' });
    const ended = await again.getTask({ id: task.id, tenant: '', historyLength: 0 });
    expect(ended.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
    expect(await kill(second, 'SIGTERM')).toBe(0);
  });
});

/** Numbers of the events behind a cursor, up to the end of the stream or so many. */
async function sequences(
  url: string,
  taskId: string,
  { cursor, most = Infinity }: { readonly cursor: number; readonly most?: number },
): Promise<number[]> {
  const response = await fetch(`${url}/a2a/v1/tasks/${taskId}:subscribe`, {
    headers: { 'A2A-Version': '1.0', 'Last-Event-ID': String(cursor) },
  });
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    if (idsIn(text).length > most) break;
  }
  // the first is the task at the cursor
  return idsIn(text).slice(1, most === Infinity ? undefined : most + 1);
}

function idsIn(text: string): number[] {
  return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
}
