import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { composeFile, DOCKER_FOLDER } from '../support/compose-file.js';
import { listeningPorts } from '../support/listening-ports.js';
import { freePort } from '../../src/host/light/ports.js';
import { RalphProject } from '../support/ralph-project.js';
import { done, startScriptedModel, write } from '../support/scripted-model.js';
import { runCommand } from '../support/service-home.js';
import { temporalCli } from '../support/temporal-programs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const { services } = composeFile();

/** The server of Temporal that the containers would have, with the namespace that their script makes. */
async function temporalServer(): Promise<string> {
  const port = await freePort();
  const program = await temporalCli();
  const arguments_ = ['server', 'start-dev', '--headless', '--port', String(port)];
  const namespace = services['temporal-namespace']?.environment?.['TEMPORAL_NAMESPACE'] ?? '';
  const server = spawn(program, [...arguments_, '--log-level', 'error'], { stdio: 'ignore' });
  onTestFinished(() => void server.kill('SIGKILL'));
  await expect.poll(() => listeningPorts(server.pid ?? 0), { timeout: 20_000 }).toContain(port);
  const folder = await temporaryFolder();
  // the script calls `temporal`, as its image has it
  writeFileSync(join(folder, 'temporal'), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  const script = spawnSync('sh', [join(DOCKER_FOLDER, 'temporal-namespace.sh')], {
    env: {
      PATH: `${folder}:${process.env['PATH']}`,
      HOME: folder,
      TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
      TEMPORAL_NAMESPACE: namespace,
    },
    encoding: 'utf8',
  });
  expect(script.status, script.stderr).toBe(0);
  return `127.0.0.1:${port}`;
}

describe('the worker as compose.yaml starts it', () => {
  it('works on a Temporal server that it did not start, with the files that are mounted', async () => {
    const address = await temporalServer();
    const model = await startScriptedModel(
      ({ turn }) => (turn === 0 ? write('feature-1.txt', 'ok\n') : done()),
      50,
    );
    const project = new RalphProject(model.baseUrl);
    onTestFinished(async () => {
      await project.close();
      await model.stop();
    });
    const folder = project.repository({ stories: [{ id: 'US-001' }] });
    const etc = await temporaryFolder();
    mkdirSync(join(etc, 'codetether-agent'));
    const apiPort = await freePort();
    const mounted = readFileSync(join(DOCKER_FOLDER, 'config.toml'), 'utf8');
    // names of containers and paths in them, and nothing else
    const config = mounted.replace('port = 4097', `port = ${apiPort}`);
    writeFileSync(join(etc, 'codetether-agent/config.toml'), config);
    cpSync(join(DOCKER_FOLDER, 'temporal.toml'), join(etc, 'temporal.toml'));
    const profile = readFileSync(join(etc, 'temporal.toml'), 'utf8');
    writeFileSync(join(etc, 'temporal.toml'), profile.replace('temporal:7233', address));
    const composed = services['worker']?.environment ?? {};
    const environment = {
      ...composed,
      CODETETHER_HOME: join(etc, 'data'),
      XDG_CONFIG_HOME: etc,
      TEMPORAL_CONFIG_FILE: join(etc, 'temporal.toml'),
    };
    expect(Object.keys(environment).toSorted()).toEqual(Object.keys(composed).toSorted());
    const command = (...words: string[]) =>
      runCommand(['--config', project.config, ...words], environment, folder);
    onTestFinished(async () => {
      await command('down');
    });
    const started = await command('up', '--json');
    expect(started.stderr).not.toMatch(/error/i);
    expect(JSON.parse(started.stdout)).toMatchObject({
      temporal_address: address,
      namespace: 'codetether',
      api_port: apiPort,
    });
    expect((await fetch(`http://127.0.0.1:${apiPort}/health`)).status).toBe(200);
    const run = await command('ralph', 'run', '--json');
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'passed' });
  }, 110_000);
});
