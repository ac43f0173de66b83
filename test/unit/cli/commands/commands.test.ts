import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addCleanupCommand } from '../../../../src/cli/commands/cleanup.js';
import { addDemoCommand } from '../../../../src/cli/commands/demo.js';
import { addDoctorCommand } from '../../../../src/cli/commands/doctor.js';
import { addDownCommand } from '../../../../src/cli/commands/down.js';
import { addLogsCommand } from '../../../../src/cli/commands/logs.js';
import { addMcpCommand } from '../../../../src/cli/commands/mcp.js';
import { addOpenCommand } from '../../../../src/cli/commands/open.js';
import { addPsCommand } from '../../../../src/cli/commands/ps.js';
import { addServiceCommand } from '../../../../src/cli/commands/service.js';
import { addTrustCommand } from '../../../../src/cli/commands/trust.js';
import { addUninstallCommand } from '../../../../src/cli/commands/uninstall.js';
import { addUpCommand } from '../../../../src/cli/commands/up.js';
import { addUpgradeCommand } from '../../../../src/cli/commands/upgrade.js';
import { serviceStatus } from '../../../../src/host/status.js';
import { commandBench } from '../../../support/command-bench.js';

describe('every command', () => {
  it.each([
    ['cleanup', addCleanupCommand],
    ['demo', addDemoCommand],
    ['doctor', addDoctorCommand],
    ['down', addDownCommand],
    ['logs', addLogsCommand],
    ['mcp', addMcpCommand],
    ['open', addOpenCommand],
    ['ps', addPsCommand],
    ['service', addServiceCommand],
    ['trust', addTrustCommand],
    ['uninstall', addUninstallCommand],
    ['up', addUpCommand],
    ['upgrade', addUpgradeCommand],
  ] as const)(
    '%s ends with 2 for an option that it does not know, and does nothing',
    async (name, add) => {
      const bench = await commandBench(add);
      const { code, out, err } = await bench.run(name, '--no-such-option');
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/unknown (option|command)/);
      await expect(readFile(bench.home)).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );
});

describe('where nothing runs', () => {
  it('ps and down say so, and as JSON as well', async () => {
    const ps = await commandBench(addPsCommand);
    expect(await ps.run('ps')).toEqual({
      code: 0,
      out: 'nothing is running (start it with: codetether up)\n',
      err: '',
    });
    expect(JSON.parse((await ps.run('ps', '--json')).out)).toEqual({
      processes: [],
      older_bundles: [],
    });
    const down = await commandBench(addDownCommand);
    expect((await down.run('down')).out).toBe('nothing was running\n');
    expect(JSON.parse((await down.run('down', '--json')).out)).toEqual({ stopped: [] });
  });

  it('upgrade check has nothing to replay, and says what to do', async () => {
    const { run } = await commandBench(addUpgradeCommand);
    const { code, err } = await run('upgrade', 'check');
    expect(code).toBe(3);
    expect(err).toContain('codetether up');
  });

  it('doctor looks at everything and starts nothing', async () => {
    const { run, home } = await commandBench(addDoctorCommand);
    const { code, out } = await run('doctor', '--json');
    const { findings } = JSON.parse(out) as { findings: { name: string; status: string }[] };
    expect(findings.length).toBeGreaterThan(5);
    expect(code).toBe(findings.some(({ status }) => status === 'problem') ? 3 : 0);
    expect(serviceStatus(home).processes).toEqual([]);
  });
});

describe('logs', () => {
  it('prints the last lines of each log with its name', async () => {
    const { run, home } = await commandBench(addLogsCommand);
    const [file = ''] = serviceStatus(home).logs;
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, 'one\ntwo\nthree \u001b[2J\n');
    const { out } = await run('logs', '-n', '2');
    expect(out.split('\n').filter(Boolean)).toEqual([
      expect.stringMatching(/^\w+ +two$/),
      expect.stringMatching(/^\w+ +three \\x1b\[2J$/),
    ]);
  });

  it.each(['0', '-1', '1.5', 'many'])('does not take %s lines', async (lines) => {
    const { run } = await commandBench(addLogsCommand);
    const { code, err } = await run('logs', '--lines', lines);
    expect(code).toBe(2);
    expect(err).toContain('expected a whole number above 0');
  });
});

describe('cleanup and uninstall', () => {
  it('find nothing in a new home', async () => {
    const { run } = await commandBench(addCleanupCommand);
    expect((await run('cleanup', '--dry-run')).out).toBe('nothing is that old\n');
    expect(JSON.parse((await run('cleanup', '--dry-run', '--json')).out)).toEqual({
      dry_run: true,
      runs: [],
      groups: [],
      bytes: 0,
    });
  });

  it('cleanup refuses an age that is none', async () => {
    const { run } = await commandBench(addCleanupCommand);
    expect((await run('cleanup', '--older-than', 'yesterday')).code).toBe(2);
  });

  it('uninstall removes nothing before somebody has said yes', async () => {
    const { run } = await commandBench(addUninstallCommand);
    const { code, err } = await run('uninstall');
    expect(code).toBe(2);
    expect(err).toContain('error[ERR_NOT_CONFIRMED]');
    const { out } = await run('uninstall', '--dry-run', '--json');
    expect(JSON.parse(out)).toMatchObject({ dry_run: true, open_runs: [], left_over: [] });
  });
});

describe('service', () => {
  it('shows the unit that it would write', async () => {
    const { run } = await commandBench(addServiceCommand);
    const { out } = await run('service', 'install', '--dry-run', '--json');
    const plan = JSON.parse(out) as { dry_run: boolean; path: string; unit: string };
    expect(plan).toMatchObject({ dry_run: true, commands: expect.any(Array) });
    expect(plan.unit).toContain('up --foreground');
    await expect(readFile(plan.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('trust', () => {
  it('is given to the content of a file, listed, and taken back', async () => {
    const { run, folder } = await commandBench(addTrustCommand);
    const file = join(folder, 'codetether.toml');
    await writeFile(file, '[sandbox]\nminimum = "none"\n');
    const states = async (...words: readonly string[]) =>
      (
        JSON.parse((await run('trust', ...words, '--json')).out) as { files: { state: string }[] }
      ).files.map(({ state }) => state);
    expect(await states('--dry-run', file)).toEqual(['untrusted']);
    expect(await states('--list')).toEqual([]);
    expect(await states(file)).toEqual(['trusted']);
    expect(await states('--list')).toEqual(['trusted']);
    await writeFile(file, '[sandbox]\nminimum = "process"\n');
    expect(await states('--dry-run', file)).toEqual(['changed']);
    expect(JSON.parse((await run('trust', '--revoke', file, '--json')).out)).toEqual({
      revoked: file,
    });
    expect(await states('--list')).toEqual([]);
  });

  it('is not taken back from nothing in particular', async () => {
    const { run } = await commandBench(addTrustCommand);
    const { code, err } = await run('trust', '--revoke');
    expect(code).toBe(2);
    expect(err).toContain('error[ERR_TRUST_FILE]');
  });
});
