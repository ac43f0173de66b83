import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { bareRepository } from '../../src/platform/workspace/run-layout.js';
import { serviceStatus } from '../../src/host/status.js';
import { RalphProject } from '../support/ralph-project.js';
import { done, startScriptedModel, write, type ScriptedModel } from '../support/scripted-model.js';
import { runCommand } from '../support/service-home.js';

let model: ScriptedModel;
let project: RalphProject;
let environment: Record<string, string>;
let folder: string;

beforeAll(async () => {
  model = await startScriptedModel((task) =>
    task.turn === 0 ? write(`feature-${task.story.slice(-1)}.txt`, 'ok\n') : done(),
  );
  project = new RalphProject(model.baseUrl);
  // systemd of its own: these tests must not ask the machine's
  const bin = join(project.root, 'bin');
  mkdirSync(bin);
  const script = `#!/bin/sh\necho "$0 $*" >> '${project.root}/calls'\n`;
  for (const name of ['systemctl', 'loginctl'])
    writeFileSync(join(bin, name), script, { mode: 0o755 });
  environment = {
    CODETETHER_HOME: project.home,
    XDG_CONFIG_HOME: join(project.root, 'xdg-config'),
    XDG_CACHE_HOME: processEnvironment()['XDG_CACHE_HOME'] ?? '',
    PATH: `${bin}:${processEnvironment()['PATH']}`,
  };
  folder = project.repository({ stories: [{ id: 'US-001' }] });
});
afterAll(async () => {
  await project.close();
  await model.stop();
});

const run = (...args: string[]) =>
  runCommand(['--config', project.config, ...args], environment, folder);

/** Sets a run back by so many days, as if it had ended then. */
function ageRun(runId: string, days: number): void {
  const file = join(project.home, 'runs', runId, 'record.json');
  const record = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const at = new Date(Date.now() - days * 86_400_000).toISOString();
  writeFileSync(file, JSON.stringify({ ...record, startedAt: at, endedAt: at }));
}

describe('up --foreground', () => {
  it('stays with the service, and a signal drains and stops it with exit code 0', async () => {
    const program = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));
    const child = spawn(
      process.execPath,
      [program, '--config', project.config, 'up', '--foreground'],
      { env: { ...processEnvironment(), ...environment }, stdio: 'ignore' },
    );
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await vi.waitFor(() => expect(serviceStatus(project.home).phase).toBe('ready'), {
      timeout: 60_000,
      interval: 50,
    });
    expect((await run('ralph', 'run', '-p', 'prd.json')).code).toBe(0);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(serviceStatus(project.home).processes).toEqual([]);
  });
});

describe('cleanup', () => {
  it('removes an old run and keeps a young one whole, while the service works', async () => {
    const [old] = (
      JSON.parse((await run('runs', 'list', '--json')).stdout) as {
        runs: { run_id: string }[];
      }
    ).runs;
    const runId = old?.run_id ?? '';
    const other = project.repository({ stories: [{ id: 'US-001' }] });
    const { document } = await project.ralph(other);
    ageRun(runId, 40);

    const dry = await run('cleanup', '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({ dry_run: true, runs: [runId] });
    expect(existsSync(join(project.home, 'runs', runId))).toBe(true);
    const clean = await run('cleanup', '--json');
    expect(clean.code, clean.stderr).toBe(0);
    expect(JSON.parse(clean.stdout)).toMatchObject({ dry_run: false, runs: [runId] });
    expect(existsSync(join(project.home, 'runs', runId))).toBe(false);
    expect(existsSync(bareRepository(project.home, folder))).toBe(false);
    expect(project.git(folder, 'rev-parse', 'feature/work')).toMatch(/^[0-9a-f]{40}$/);

    const report = await run('ralph', 'report', document.run_id);
    expect(report.code, report.stderr).toBe(0);
    expect((await project.run(other, 'ralph', 'diff', document.run_id)).code).toBe(0);
    expect((await run('cleanup', '--older-than', '2h')).code).toBe(2);
  });
});

describe('doctor', () => {
  it('shows sizes, what cleanup would free, sleep, start at boot and upgrades', async () => {
    const { stdout } = await run('doctor', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { name: string; detail: string }[] };
    const detail = (name: string) => findings.find((finding) => finding.name === name)?.detail;
    expect(detail('state')).toMatch(/blobs .*bundles .*1 runs, the oldest of \d{4}-/);
    expect(detail('cleanup')).toBe('nothing is older than 30 days');
    expect(detail('sleep')).toMatch(/held/);
    expect(detail('start at boot')).toContain('codetether service install');
    expect(detail('upgrade')).toBe('no run needs an older version');
  });
});

describe('uninstall', () => {
  it('lists, asks for --yes, then removes unit, service and home; branches stay', async () => {
    expect((await run('service', 'install')).code).toBe(0);
    const unit = join(environment['XDG_CONFIG_HOME'] ?? '', 'systemd/user/codetether.service');
    expect(existsSync(unit)).toBe(true);
    writeFileSync(join(project.home, 'my-notes.txt'), 'mine\n');

    const asked = await run('uninstall');
    expect([asked.code, asked.stderr]).toEqual([
      2,
      expect.stringContaining('ERR_NOT_CONFIRMED') as string,
    ]);
    expect(serviceStatus(project.home).phase).toBe('ready');

    // not the cache: the programs of the other tests lie there
    environment['XDG_CACHE_HOME'] = join(project.root, 'own-cache');
    const removed = await run('uninstall', '--yes', '--json');
    expect(removed.code, removed.stderr).toBe(0);
    expect(JSON.parse(removed.stdout)).toMatchObject({
      left_over: [join(project.home, 'my-notes.txt')],
      leaves: expect.arrayContaining([
        expect.stringMatching(/^branch feature\/work in /) as string,
      ]) as string[],
    });
    expect(existsSync(unit)).toBe(false);
    expect(serviceStatus(project.home).processes).toEqual([]);
    expect(existsSync(join(project.home, 'temporal'))).toBe(false);
  });
});
