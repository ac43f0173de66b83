import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { platformServer, type PlatformServer } from '../support/platform-server/platform-server.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const PROGRAM = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));

const scripted = useScriptedProject((task) => script(task));

function script({ turn, prompt }: ModelTask): ScriptedReply {
  const file = /Write (feature-\d\.txt)/.exec(prompt)?.[1];
  if (file === undefined || !prompt.includes('Attempt')) return { content: 'The answer is ok.' };
  return turn === 0 ? write(file, 'ok\n') : done();
}

interface Command {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly gone: Promise<readonly [number | null, NodeJS.Signals | null]>;
}

function start(server: PlatformServer, folder: string): Command {
  const { project } = scripted;
  const words = [
    PROGRAM,
    '--config',
    project.config,
    'worker',
    '-s',
    server.url,
    '-c',
    `demo=${folder}`,
    '--json',
  ];
  const child = spawn(process.execPath, words, {
    cwd: project.root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CODETETHER_HOME: project.home,
      CODETETHER_TOKEN: 'token-of-the-worker-1',
    },
  });
  const written = { out: '', err: '' };
  child.stdout.on('data', (part: Buffer) => void (written.out += part.toString('utf8')));
  child.stderr.on('data', (part: Buffer) => void (written.err += part.toString('utf8')));
  const gone = once(child, 'exit').then(
    ([code, signal]) => [code, signal] as [number | null, NodeJS.Signals | null],
  );
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  return { child, out: () => written.out, err: () => written.err, gone };
}

async function until(condition: () => boolean, known: () => unknown): Promise<void> {
  const deadline = Date.now() + 100_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`it never came true: ${JSON.stringify(known())}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('codetether worker', () => {
  it('does a task of a platform in a folder of its own, once, although it is killed, and says what is left at Ctrl+C', async () => {
    const { project } = scripted;
    const server = await platformServer('new');
    server.token = 'token-of-the-worker-1';
    const folder = project.repository({
      stories: [{ id: 'US-001' }],
      files: { 'codetether.toml': '[[checks]]\nname = "test"\ncommand = "bash test/check.sh"\n' },
    });
    const first = start(server, folder);
    await until(
      () => server.stream.size > 0,
      () => [first.out(), first.err()],
    );
    const { id } = server.addTask({
      codebase: 'id-of-demo',
      prompt: 'Write feature-1.txt.',
      metadata: { workflow_stage: 'code' },
    });
    await until(
      () => server.linesOf(id).length > 0,
      () => [first.out(), first.err()],
    );
    first.child.kill('SIGKILL');
    expect(await first.gone).toEqual([null, 'SIGKILL']);
    const second = start(server, folder);
    await until(
      () => second.out().includes('"kind":"released"'),
      () => [second.out(), second.err(), server.linesOf(id)],
    );
    const task = server.tasks.get(id);
    expect(task, JSON.stringify(task)).toMatchObject({ status: 'completed' });
    const branch = String(task?.facts['branch_name']);
    expect(project.git(folder, 'show', `${branch}:feature-1.txt`)).toBe('ok');
    expect(project.git(folder, 'rev-parse', branch)).toBe(task?.facts['head_sha']);
    expect(server.releases(id)).toBe(1);
    expect(new Set(server.linesOf(id)).size).toBe(server.linesOf(id).length);
    expect(second.out() + second.err()).not.toContain('token-of-the-worker-1');
    second.child.kill('SIGINT');
    expect(await second.gone).toEqual([130, null]);
    expect(second.err()).toContain('stopped; no task was left');
    expect(server.unregistered).toHaveLength(1);
  });
});
