import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { freePort } from '../../src/host/light/ports.js';
import { listeningPorts } from '../support/listening-ports.js';
import { RalphProject } from '../support/ralph-project.js';
import {
  bash,
  done,
  startScriptedModel,
  write,
  type ModelTask,
  type ScriptedModel,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { runCommand } from '../support/service-home.js';
import { temporalCli } from '../support/temporal-programs.js';

const EXECUTABLE = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));

let model: ScriptedModel;
let project: RalphProject;

beforeAll(async () => {
  model = await startScriptedModel(work, 100);
  project = new RalphProject(model.baseUrl);
});
afterAll(async () => {
  await project.close();
  await model.stop();
});

/** A length of sleep that no other process has. */
const LONG_SLEEP = `6${process.pid}`;

function work(task: ModelTask): ScriptedReply {
  if (task.story === 'US-LONG')
    return bash(`setsid sleep ${LONG_SLEEP} & (sleep ${LONG_SLEEP} &) ; sleep ${LONG_SLEEP}`);
  if (task.turn === 0) return write(`feature-${task.story.slice(-1)}.txt`, 'ok\n');
  // US-009 only ends when it is cancelled
  return task.turn === 1 ? bash(task.story === 'US-009' ? 'sleep 600' : 'sleep 1') : done();
}

/** Starts the command line and waits for a piece of its stderr. */
async function startUntil(
  folder: string,
  args: readonly string[],
  mark: RegExp,
): Promise<{ child: ChildProcess; stderr: () => string }> {
  const child = spawn(process.execPath, [EXECUTABLE, '--config', project.config, ...args], {
    cwd: folder,
    env: { ...processEnvironment(), CODETETHER_HOME: project.home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  const deadline = Date.now() + 60_000;
  while (!mark.test(text)) {
    if (Date.now() > deadline || child.exitCode !== null)
      throw new Error(`never said ${mark.source}:\n${text}`);
    await delay(20);
  }
  return { child, stderr: () => text };
}

describe('Ctrl+C', () => {
  it('detaches with 130 and says how to come back; the run goes on and attach sees its end', async () => {
    const folder = project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });
    const { child, stderr } = await startUntil(folder, ['ralph', 'run'], /turn 1/);
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    const runId = /codetether attach (\S+)/.exec(stderr())?.[1] ?? '';
    const attached = await project.run(folder, 'attach', runId, '--json');
    expect(attached.code).toBe(0);
    expect(JSON.parse(attached.stdout)).toMatchObject({ run_id: runId, status: 'passed' });
    const status = await project.run(folder, 'ralph', 'status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ run_id: runId, status: 'passed' });
    const report = await project.run(folder, 'ralph', 'report', runId);
    expect(report.stdout).toContain('| US-002 Title of US-002 | passed | 1 |');
  });
});

describe('runs cancel', () => {
  it('stops the run, keeps what passed, and leaves the rest open', async () => {
    const folder = project.repository({ stories: [{ id: 'US-001' }, { id: 'US-009' }] });
    const { child, stderr } = await startUntil(
      folder,
      ['ralph', 'run', '--json'],
      /US-009 .*> bash/,
    );
    const ended = once(child, 'exit');
    let document = '';
    child.stdout?.on('data', (chunk: Buffer) => (document += chunk.toString('utf8')));
    const runId = /run (\S+) started/.exec(stderr())?.[1] ?? '';
    expect((await project.run(folder, 'runs', 'cancel', runId)).code).toBe(0);
    expect(await ended).toEqual([1, null]);
    expect(JSON.parse(document)).toMatchObject({
      status: 'cancelled',
      stories: [
        { id: 'US-001', status: 'passed' },
        { id: 'US-009', status: 'pending' },
      ],
    });
    expect((await project.run(folder, 'runs', 'cancel', runId)).stderr).toContain('ERR_RUN_ENDED');
  });

  it('leaves no process of a command behind, nor of what it put in the background', async () => {
    const folder = project.repository({ stories: [{ id: 'US-LONG' }] });
    const { child, stderr } = await startUntil(folder, ['ralph', 'run', '--json'], /> bash/);
    const ended = once(child, 'exit');
    await expect.poll(sleepers, { timeout: 20_000 }).toHaveLength(3);
    const runId = /run (\S+) started/.exec(stderr())?.[1] ?? '';
    const cancelled = await project.run(folder, 'runs', 'cancel', runId, '--json');
    expect(JSON.parse(cancelled.stdout)).toEqual({ run_id: runId, status: 'cancelling' });
    expect(await ended).toEqual([1, null]);
    expect(sleepers()).toEqual([]);
    expect(project.git(folder, 'branch', '--list', 'feature/work')).toBe('');
  });
});

describe('a Temporal server elsewhere', () => {
  it('is used through TEMPORAL_ADDRESS, without our search attributes and without an embedded server', async () => {
    const port = await freePort();
    const server = spawn(
      await temporalCli(),
      ['server', 'start-dev', '--headless', '--port', String(port), '--log-level', 'error'],
      { stdio: 'ignore' },
    );
    onTestFinished(() => void server.kill('SIGKILL'));
    await expect.poll(() => listeningPorts(server.pid ?? 0), { timeout: 20_000 }).toContain(port);
    const folder = project.repository({ stories: [{ id: 'US-001' }] });
    const environment = {
      CODETETHER_HOME: `${project.home}-elsewhere`,
      TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    };
    const command = (...args: string[]) =>
      runCommand(['--config', project.config, ...args], environment, folder);
    const run = await command('ralph', 'run', '--json');
    const processes = await command('ps', '--json');
    await command('down');
    expect(run.stderr).not.toMatch(/error/i);
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'passed' });
    expect(
      (JSON.parse(processes.stdout) as { processes: { role: string }[] }).processes.map(
        ({ role }) => role,
      ),
    ).toEqual(['supervisor', 'worker']);
  });
});

/** Command lines of living processes that sleep for our own length of time. */
function sleepers(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readCommandLine(pid))
    .filter((words) => words.startsWith(`sleep\0${LONG_SLEEP}\0`));
}

/** Empty for a process that is gone or only waits to be collected. */
function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
