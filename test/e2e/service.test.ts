import { createServer } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Client } from '@temporalio/client';
import { connectEmbedded } from '../support/embedded-temporal.js';
import { identifyProcess } from '../../src/host/light/process-identity.js';
import {
  childrenOf,
  memoryOf,
  runCommand,
  serviceHome,
  type PsProcess,
  type ServiceHome,
} from '../support/service-home.js';

const ROLES = ['supervisor', 'temporal', 'worker'];

function pidOf(processes: readonly PsProcess[], role: string): number | undefined {
  return processes.find((process) => process.role === role)?.pid;
}

async function isHealthy(home: ServiceHome): Promise<boolean> {
  const { port } = await home.process('worker');
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`)).status === 200;
  } catch {
    return false;
  }
}

async function waitUntilHealthy(home: ServiceHome): Promise<void> {
  await expect.poll(() => isHealthy(home), { timeout: 30_000, interval: 100 }).toBe(true);
}

describe('codetether up, ps, down', () => {
  it('start, list and stop the service', async () => {
    const home = await serviceHome();
    const up = await home.run('up', '--json');
    expect(up).toMatchObject({ code: 0 });
    expect(JSON.parse(up.stdout)).toMatchObject({
      started: true,
      home: home.path,
      namespace: 'default',
    });
    const processes = await home.ps();
    expect(processes.map(({ role }) => role)).toEqual(ROLES);
    expect(Object.keys(processes[0] ?? {})).toEqual([
      'role',
      'pid',
      'port',
      'started_at',
      'restarts',
    ]);
    expect(await isHealthy(home)).toBe(true);
    expect(JSON.parse((await home.run('up', '--json')).stdout)).toMatchObject({ started: false });
    expect((await home.run('doctor')).stdout).toContain('embedded at 127.0.0.1');
    expect((await home.run('open', 'abc')).stdout).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/temporal\/login\?ticket=[\w.-]+&to=%2Fnamespaces%2Fdefault%2Fworkflows%2Fabc\n$/,
    );
    expect((await home.run('logs')).stdout).toContain('polling');
    expect(await home.run('down')).toMatchObject({
      code: 0,
      stdout: 'stopped supervisor, temporal, worker\n',
    });
    expect(await home.ps()).toEqual([]);
    for (const { pid } of processes) expect(identifyProcess(pid)).toBeNull();
    expect((await home.run('down')).stdout).toBe('nothing was running\n');
  });

  it('give the embedded server 90 days of history and our search attributes', async () => {
    const home = await serviceHome();
    await home.run('up');
    const connection = await connectEmbedded(home.path);
    onTestFinished(() => connection.close());
    const client = new Client({ connection });
    const { config } = await client.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 86_400);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    expect(Object.keys(customAttributes ?? {})).toEqual(
      expect.arrayContaining(['CodetetherKind', 'Repo', 'Project', 'Story', 'Outcome', 'Model']),
    );
  });

  it('make one service of two starts at once', async () => {
    const home = await serviceHome();
    const both = await Promise.all([home.run('up', '--json'), home.run('up', '--json')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const started = both.map(({ stdout }) => (JSON.parse(stdout) as { started: boolean }).started);
    expect(started.filter(Boolean)).toHaveLength(1);
    const addresses = both.map(
      ({ stdout }) => (JSON.parse(stdout) as { temporal_address: string }).temporal_address,
    );
    expect(new Set(addresses).size).toBe(1);
    expect((await home.ps()).map(({ role }) => role)).toEqual(ROLES);
  });

  it('keep two homes apart', async () => {
    const [first, second] = [await serviceHome(), await serviceHome()];
    expect([(await first.run('up')).code, (await second.run('up')).code]).toEqual([0, 0]);
    const pids = [...(await first.ps()), ...(await second.ps())].map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(6);
    await first.run('down');
    expect((await second.ps()).map(({ role }) => role)).toEqual(ROLES);
    expect(await isHealthy(second)).toBe(true);
  });
});

describe.runIf(process.platform === 'linux')('memory', () => {
  it('of the whole idle tree settles below 350 MB', async () => {
    const home = await serviceHome();
    await home.run('up');
    const processes = await home.ps();
    const filesOf = (roles: readonly string[]) =>
      Math.max(
        ...processes
          .filter(({ role }) => roles.includes(role))
          .map(({ pid }) => memoryOf(pid).files),
      );
    // the server stands behind its gate, which is a child of nobody but the supervisor
    const servers = processes
      .filter(({ role }) => role === 'temporal')
      .flatMap(({ pid }) => childrenOf(pid));
    const tree = [...processes.map(({ pid }) => pid), ...servers];
    // supervisor, gate and worker run the same program, whose pages are in memory once
    const total = () =>
      (tree.reduce((sum, pid) => sum + memoryOf(pid).own, 0) +
        filesOf(['supervisor', 'worker']) +
        Math.max(0, ...servers.map((pid) => memoryOf(pid).files))) /
      1e6;
    await expect.poll(total, { timeout: 30_000, interval: 500 }).toBeLessThan(350);
    const parts = processes.map(({ role, pid }) => {
      const { own, files } = memoryOf(pid);
      return `${role} ${((own + files) / 1e6).toFixed(0)}`;
    });
    process.stdout.write(
      `idle memory: ${total().toFixed(0)} MB (resident each: ${parts.join(', ')})\n`,
    );
  });
});

describe('supervision', () => {
  it('replaces a killed supervisor, which adopts what lives', async () => {
    const home = await serviceHome();
    await home.run('up');
    const before = await home.ps();
    process.kill(pidOf(before, 'supervisor') ?? 0, 'SIGKILL');
    const after = await home.waitFor(
      (now) => now.length === 3 && pidOf(now, 'supervisor') !== pidOf(before, 'supervisor'),
    );
    expect(pidOf(after, 'temporal')).toBe(pidOf(before, 'temporal'));
    expect(pidOf(after, 'worker')).toBe(pidOf(before, 'worker'));
    expect(after.find(({ role }) => role === 'supervisor')?.restarts).toBe(1);
    // adopted children are still supervised
    process.kill(pidOf(after, 'worker') ?? 0, 'SIGKILL');
    await home.waitFor(
      (now) => now.length === 3 && pidOf(now, 'worker') !== pidOf(after, 'worker'),
    );
    await waitUntilHealthy(home);
  });

  it.each(['temporal', 'worker'])(
    'starts a killed %s again on the same port and counts it',
    async (role) => {
      const home = await serviceHome();
      await home.run('up');
      const before = await home.process(role);
      process.kill(before.pid, 'SIGKILL');
      await home.waitFor((now) => now.length === 3 && pidOf(now, role) !== before.pid);
      await waitUntilHealthy(home);
      const after = await home.process(role);
      expect(after).toMatchObject({ port: before.port, restarts: 1 });
    },
  );

  /** At once: the worker is held first, or it would start another supervisor between the two kills. */
  function killBoth(processes: readonly PsProcess[]): void {
    process.kill(pidOf(processes, 'worker') ?? 0, 'SIGSTOP');
    process.kill(pidOf(processes, 'supervisor') ?? 0, 'SIGKILL');
    process.kill(pidOf(processes, 'worker') ?? 0, 'SIGKILL');
  }

  it('adopts an orphaned server when supervisor and worker were killed together', async () => {
    const home = await serviceHome();
    await home.run('up');
    const before = await home.ps();
    killBoth(before);
    expect((await home.run('up')).code).toBe(0);
    const after = await home.ps();
    expect(pidOf(after, 'temporal')).toBe(pidOf(before, 'temporal'));
    expect(after.map(({ role }) => role)).toEqual(ROLES);
    await waitUntilHealthy(home);
  });

  it('stops orphans on down when nothing supervises them', async () => {
    const home = await serviceHome();
    await home.run('up');
    const before = await home.ps();
    killBoth(before);
    expect((await home.run('down')).stdout).toBe('stopped temporal\n');
    expect(identifyProcess(pidOf(before, 'temporal') ?? 0)).toBeNull();
  });

  it('replaces the worker alone when the settings change', async () => {
    const home = await serviceHome();
    await home.run('up');
    const before = await home.ps();
    const file = join(home.path, 'extra.toml');
    await writeFile(file, '[providers.local]\nbase_url = "http://127.0.0.1:1/v1"\nauth = "none"\n');
    expect((await home.run('up', '--config', file)).code).toBe(0);
    const after = await home.ps();
    expect(pidOf(after, 'temporal')).toBe(pidOf(before, 'temporal'));
    expect(pidOf(after, 'worker')).not.toBe(pidOf(before, 'worker'));
    await waitUntilHealthy(home);
  });
});

describe('bad surroundings', () => {
  it('name a taken port and exit 2', async () => {
    const home = await serviceHome();
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const file = join(home.path, 'extra.toml');
    await writeFile(file, `[temporal]\nport = ${port}\n`);
    const { code, stderr } = await home.run('up', '--config', file);
    expect(code).toBe(2);
    expect(stderr).toContain(`error[ERR_PORT_IN_USE]: port ${port} is in use`);
    expect(await home.ps()).toEqual([]);
  });

  it('name a full disk and exit 3', async () => {
    const home = await serviceHome();
    const file = join(home.path, 'extra.toml');
    await writeFile(file, 'min_free_bytes = 9007199254740991\n');
    const { code, stderr } = await home.run('up', '--config', file);
    expect(code).toBe(3);
    expect(stderr).toContain('error[ERR_DISK_FULL]');
  });

  it.each([
    {
      environment: { TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' },
      args: ['up'],
      text: 'ERR_TEMPORAL_CONFIG',
    },
    {
      environment: {},
      args: ['--config', '/nowhere/config.toml', 'up'],
      text: 'ERR_CONFIG_MISSING',
    },
    {
      environment: {},
      args: ['--temporal-cli', '/nowhere/temporal', 'up'],
      text: 'ERR_TEMPORAL_CLI',
    },
    { environment: {}, args: ['no-such-command'], text: 'unknown command' },
  ])('are told in one message: $environment $args', async ({ environment, args, text }) => {
    const home = await serviceHome();
    const result = await runCommand(args, { CODETETHER_HOME: home.path, ...environment });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(text);
    expect(result.stderr).not.toMatch(/^\s+at .*\.js:/m);
  });
});
