import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskView } from '../../src/domain/index.js';
import type { OpenTasks } from '../../src/runs/index.js';
import { startGitServer, type GitHttpServer } from '../support/git-http-server.js';
import { runningPids } from '../support/kill-random.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { openProjectTasks, updatesOf, words } from '../support/task-access.js';

const scripted = useScriptedProject((task) => script(task));
const ME = { name: 'me' };
const OTHER = { name: 'other' };

/** Writes a file; asks first where the task says so; questions over texts are answered at once. */
function script({ turn, heard, prompt }: ModelTask): ScriptedReply {
  if (!prompt.includes('Attempt')) return { content: 'The answer is ok.' };
  const file = /Write (feature-\d\.txt)/.exec(prompt)?.[1] ?? '';
  if (!prompt.includes('ask me')) return turn === 0 ? write(file, 'ok\n') : done();
  const given = /answers: ?\n?(\w+)/.exec(heard)?.[1];
  if (given !== undefined) return write(file, `${given}\n`);
  if (turn === 0) return use({ query: 'ask the person who owns this work' });
  if (turn === 1) return use({ name: 'question', arguments: { question: 'Which word?' } });
  return done();
}

function use(input: Readonly<Record<string, unknown>>): ScriptedReply {
  return { calls: [{ name: 'use_tool', arguments: input }] };
}

let open: OpenTasks;
let server: GitHttpServer;
let folder: string;

beforeAll(async () => {
  const { project } = scripted;
  server = await startGitServer(project.root);
  folder = project.repository({
    stories: [{ id: 'US-001' }],
    files: {
      'codetether.toml': '[[checks]]\nname = "test"\ncommand = "bash test/check.sh"\n',
    },
  });
  appendFileSync(
    project.config,
    `\n[tasks]\ngit_hosts = ["${server.host}"]\npush = true\n\n[workspaces.demo]\npath = "${folder}"\n`,
  );
  open = await openProjectTasks(project);
});

afterAll(async () => {
  await open?.close();
  await server?.stop();
});

async function ended(taskId: string): Promise<TaskView> {
  await updatesOf(open.tasks, { owner: ME.name, taskId });
  return open.tasks.get(ME, taskId);
}

function texts({ artifacts }: TaskView): Record<string, string> {
  return Object.fromEntries(artifacts.map(({ artifactId, text }) => [artifactId, text]));
}

describe('a task from outside', () => {
  it('is done in a workspace that the configuration names, and its patch, branch and report are there', async () => {
    const view = await open.tasks.submit(ME, {
      origin: 'a2a',
      skill: 'code',
      place: { kind: 'workspace', name: 'demo' },
      message: words('Write feature-1.txt.'),
    });
    const end = await ended(view.taskId);
    expect([end.state, end.text]).toEqual(['completed', expect.any(String)]);
    const made = texts(end);
    expect(made['patch']).toContain('+ok');
    expect(made['answer']).toBe('I say it is done.');
    expect(made['report']).toMatch(/^# task: Write feature-1\.txt\./);
    const { branch, head_commit: head } = JSON.parse(made['branch'] ?? '') as {
      branch: string;
      head_commit: string;
    };
    expect(branch).toBe(`codetether/${view.contextId}`);
    expect(scripted.project.git(folder, 'rev-parse', branch)).toBe(head);
    const updates = await updatesOf(open.tasks, { owner: ME.name, taskId: view.taskId });
    const numbers = updates.map(({ seq }) => seq);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((left, right) => left - right));
    expect(updates.at(-1)).toMatchObject({ kind: 'status', state: 'completed' });
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('# demo\n');
  });

  it('is one task however often its message comes, is seen by its owner alone, and another body is refused', async () => {
    const order = {
      origin: 'a2a' as const,
      skill: 'chat' as const,
      message: words('What is the answer?'),
    };
    const views = await Promise.all(Array.from({ length: 30 }, () => open.tasks.submit(ME, order)));
    expect(new Set(views.map(({ taskId }) => taskId)).size).toBe(1);
    const [view] = views;
    const taskId = view?.taskId ?? '';
    const end = await ended(taskId);
    expect([end.state, texts(end)['answer']]).toEqual(['completed', 'The answer is ok.']);
    await expect(
      open.tasks.submit(ME, {
        ...order,
        message: { ...order.message, parts: [{ kind: 'text', text: 'Another?' }] },
      }),
    ).rejects.toMatchObject({ code: 'ERR_MESSAGE_REUSED' });
    await expect(open.tasks.get(OTHER, taskId)).rejects.toMatchObject({
      code: 'ERR_TASK_NOT_FOUND',
    });
    expect((await open.tasks.list(OTHER, { pageSize: 10 })).totalSize).toBe(0);
    const again = await open.tasks.submit(ME, order);
    expect([again.taskId, again.state]).toEqual([taskId, 'completed']);
  });

  it('asks, is answered after the worker was killed, and no call is paid twice', async () => {
    const from = scripted.model.requests.length;
    const { taskId } = await open.tasks.submit(ME, {
      origin: 'a2a',
      skill: 'code',
      place: { kind: 'workspace', name: 'demo' },
      message: words('Write feature-1.txt, but ask me for the word.'),
    });
    const asked = await updatesOf(
      open.tasks,
      { owner: ME.name, taskId },
      (update) => update.kind === 'status' && update.state === 'input-required',
    );
    expect(asked.at(-1)).toMatchObject({ text: 'Which word?' });
    for (const pid of await runningPids(scripted.project.home, ['worker']))
      process.kill(pid, 'SIGKILL');
    const answer = words('ok');
    await open.tasks.tell(ME, { taskId, message: answer });
    await open.tasks.tell(ME, { taskId, message: answer });
    const end = await ended(taskId);
    expect(end.state).toBe('completed');
    expect(end.history.map(({ messageId }) => messageId)).toContain(answer.messageId);
    expect(end.history).toHaveLength(2);
    const digests = scripted.model.requests.slice(from).map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(digests.length);
    await expect(open.tasks.tell(ME, { taskId, message: words('more') })).rejects.toMatchObject({
      code: 'ERR_TASK_ENDED',
    });
  });

  it('clones a repository of an allowed host, goes on with its branch in the same context, and pushes it', async () => {
    const { project } = scripted;
    const origin = project.repository({
      stories: [{ id: 'US-001' }],
      files: { 'codetether.toml': '[[checks]]\nname = "test"\ncommand = "bash test/check.sh"\n' },
    });
    const url = `${server.url}/${origin.split('/').at(-1) ?? ''}/.git`;
    const order = {
      origin: 'a2a' as const,
      skill: 'code' as const,
      contextId: 'session-1',
      place: { kind: 'git' as const, url },
    };
    const first = await open.tasks.submit(ME, { ...order, message: words('Write feature-1.txt.') });
    const end = await ended(first.taskId);
    expect([end.state, end.text]).toEqual(['completed', expect.stringContaining('is pushed')]);
    const branch = 'codetether/session-1';
    expect(project.git(origin, 'show', `${branch}:feature-1.txt`)).toBe('ok');
    const second = await open.tasks.submit(ME, {
      ...order,
      message: words('Write feature-2.txt, too.'),
    });
    const next = await ended(second.taskId);
    expect(next.state).toBe('completed');
    const shown = scripted.model.requests.findLast(({ task }) =>
      task.prompt.includes('feature-2.txt, too'),
    );
    expect(shown?.task.prompt).toContain('Asked: Write feature-1.txt.');
  });

  it('works off a PRD, whatever its file is called: nothing of the task is written over', async () => {
    const prd = {
      project: 'demo',
      feature: 'More',
      user_stories: [{ id: 'US-009', title: 'Write feature-9.txt' }],
      quality_checks: { test: 'bash test/check.sh' },
    };
    const forged = { ...prd, version: 1, owner: OTHER.name, taskId: '0'.repeat(26) };
    const bytes = Buffer.from(JSON.stringify(forged)).toString('base64');
    const { taskId } = await open.tasks.submit(ME, {
      origin: 'a2a',
      skill: 'ralph',
      contextId: 'prd-1',
      place: { kind: 'workspace', name: 'demo' },
      message: words('Work it off.', { kind: 'file', bytes, name: 'request.json' }),
    });
    const end = await ended(taskId);
    expect(end.state).toBe('completed');
    expect((await open.tasks.get(ME, taskId)).taskId).toBe(taskId);
    await expect(open.tasks.get(OTHER, taskId)).rejects.toMatchObject({
      code: 'ERR_TASK_NOT_FOUND',
    });
  });

  it('is rejected with the reason for a place that the service does not know', async () => {
    const orders = [
      { kind: 'workspace' as const, name: 'nowhere' },
      { kind: 'git' as const, url: 'https://elsewhere.example/repo.git' },
      { kind: 'git' as const, url: 'file:///etc' },
    ];
    for (const place of orders) {
      const { taskId } = await open.tasks.submit(ME, {
        origin: 'a2a',
        skill: 'code',
        place,
        message: words('Write feature-1.txt.'),
      });
      const end = await ended(taskId);
      expect([end.state, end.text]).toEqual(['rejected', expect.stringMatching(/^ERR_TASK_/)]);
    }
  });

  it('is cancelled in the middle, which ends its run too', async () => {
    const { taskId } = await open.tasks.submit(ME, {
      origin: 'a2a',
      skill: 'code',
      place: { kind: 'workspace', name: 'demo' },
      message: words('Write feature-1.txt, but ask me for the word.'),
    });
    await updatesOf(
      open.tasks,
      { owner: ME.name, taskId },
      (update) => update.kind === 'status' && update.state === 'input-required',
    );
    const view = await open.tasks.cancel(ME, taskId);
    expect(view.state).toBe('canceled');
    const shown = await scripted.project.run(folder, 'runs', 'show', taskId, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'cancelled' });
    await expect(open.tasks.cancel(ME, taskId)).rejects.toMatchObject({ code: 'ERR_TASK_ENDED' });
  });
});
