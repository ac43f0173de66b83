import { readFileSync, symlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findExecutable } from '../../src/platform/process/find-executable.js';
import { runCommand, serviceHome } from '../support/service-home.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const TOKEN = 'token-of-a-test-1f2e3d';

/** A Vault that has one key and remembers the tokens that it was asked with. */
async function listeningVault(): Promise<{ address: string; tokens: string[] }> {
  const tokens: string[] = [];
  const server = createServer((request, response) => {
    const token = request.headers['x-vault-token'];
    if (typeof token === 'string') tokens.push(token);
    const data = { data: { api_key: 'key-of-a-test-9a8b7c' }, metadata: { version: 1 } };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data, auth: null }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens };
}

async function userFile(text: string): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'codetether-agent'));
  await writeFile(join(folder, 'codetether-agent/config.toml'), text);
  return folder;
}

const blockOf = (pid: number): string => readFileSync(`/proc/${pid}/environ`, 'latin1');

describe('the token of Vault', () => {
  it('reaches the worker by no environment, and again after each part of the service was killed', async () => {
    const vault = await listeningVault();
    const config = await userFile(
      `[vault]\naddress = "${vault.address}"\n[providers.far]\nwire = "openai-chat"\nbase_url = "${vault.address}/v1"\n`,
    );
    const common = { XDG_CONFIG_HOME: config, VAULT_ADDR: '', VAULT_TOKEN: '' };
    const home = await serviceHome({ ...common, GITHUB_TOKEN: 'other-token-77aa' });
    const started = await runCommand(['up'], {
      ...common,
      CODETETHER_HOME: home.path,
      VAULT_TOKEN: TOKEN,
      GITHUB_TOKEN: 'other-token-77aa',
    });
    expect(started).toMatchObject({ code: 0 });
    const askedByWorker = async (): Promise<string[]> => {
      vault.tokens.length = 0;
      // What answers is no model; the key was fetched before that, by the worker: the command has no token.
      await home.run('auth', 'test', 'far', '--model', 'far/x');
      return [...new Set(vault.tokens)];
    };
    const expectClean = async (): Promise<void> => {
      const processes = await home.ps();
      expect(processes.map(({ role }) => role)).toEqual(
        expect.arrayContaining(['supervisor', 'worker']),
      );
      for (const { pid } of processes) {
        expect(blockOf(pid)).not.toMatch(/token-of-a-test|other-token/);
        expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain(TOKEN);
      }
    };
    await expectClean();
    expect(await askedByWorker()).toEqual([TOKEN]);

    for (const role of ['worker', 'supervisor', 'worker']) {
      const { pid } = await home.process(role);
      process.kill(pid, 'SIGKILL');
      await home.waitFor((all) => all.some((next) => next.role === role && next.pid !== pid));
      const again = await home.run('up');
      expect(again).toMatchObject({ code: 0 });
      await expectClean();
      expect(await askedByWorker()).toEqual([TOKEN]);
    }
  }, 120_000);
});

/** Nor can such a host close the embedded server, which is to be accepted too. */
const EXPOSED = { CODETETHER_TEMPORAL_EXPOSED: '1' };

describe('a host that cannot hold commands as it must', () => {
  /** A PATH without the programs of the sandbox. */
  async function withoutSandboxPrograms(): Promise<string> {
    const folder = await temporaryFolder();
    for (const name of ['sh', 'bash', 'env', 'git', 'node', 'python3', 'pip', 'pip3', 'temporal']) {
      const program = findExecutable(name, process.env['PATH']);
      if (program !== undefined) symlinkSync(program, join(folder, name));
    }
    return folder;
  }

  it.each([
    ['', 'without processes of their own here', 'process'],
    ['[sandbox]\nminimum = "full"\n', 'the settings ask for full', 'process'],
  ])(
    'is refused by up and doctor with the same reason: %j',
    async (text, reason, level) => {
      const PATH = await withoutSandboxPrograms();
      const home = await serviceHome({
        ...EXPOSED,
        PATH,
        XDG_CONFIG_HOME: await userFile(text),
      });
      const up = await home.run('up');
      expect(up).toMatchObject({ code: 3 });
      expect(up.stderr).toContain('error[ERR_SANDBOX_TOO_WEAK]');
      expect(up.stderr).toContain(reason);
      expect(up.stderr).toContain(`level ${level}`);
      const doctor = await home.run('doctor');
      expect(doctor.stdout).toContain(reason);
    },
    120_000,
  );

  it('serves when the user named the level', async () => {
    const PATH = await withoutSandboxPrograms();
    const config = await userFile('[sandbox]\nminimum = "process"\n');
    const home = await serviceHome({ ...EXPOSED, PATH, XDG_CONFIG_HOME: config });
    expect(await home.run('up')).toMatchObject({ code: 0 });
  }, 120_000);
});
