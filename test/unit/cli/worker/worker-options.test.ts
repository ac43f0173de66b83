import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { linkOptions, offeredFolders } from '../../../../src/cli/worker/worker-options.js';
import { loadConfig } from '../../../../src/config/index.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function configOf(toml = '', environment: Record<string, string> = {}) {
  const folder = await temporaryFolder();
  const configFile = join(folder, 'config.toml');
  await mkdir(join(folder, 'shop'));
  await writeFile(configFile, toml);
  return loadConfig({
    project: folder,
    configFile,
    environment: { HOME: folder, CODETETHER_HOME: join(folder, 'home'), ...environment },
  });
}

describe('what the worker is', () => {
  it('comes from the configuration', async () => {
    const config = await configOf(
      '[platform]\nserver = "https://p.example/base/"\nname = "me"\nmax_tasks = 2\nauto_approve = "none"\nprefix = "opencode"\ncapabilities = ["gpu"]\n[workspaces.shop]\npath = "shop"\n',
    );
    expect(await linkOptions({}, config)).toMatchObject({
      server: 'https://p.example/base',
      name: 'me',
      maxTasks: 2,
      autoApprove: 'none',
      prefix: '/v1/opencode',
      capabilities: ['ralph', 'swarm', 'rlm', 'a2a', 'mcp', 'persistent', 'gpu'],
      workspaces: [{ name: 'shop' }],
      hostname: hostname(),
    });
  });

  it('comes from the environment before the file, and from flags before both', async () => {
    const environment = {
      CODETETHER_SERVER: 'https://env.example',
      CODETETHER_WORKER_NAME: 'env',
      CODETETHER_WORKER_CAPABILITIES: 'a, b c,,d',
    };
    const config = await configOf(
      '[platform]\nserver = "https://file.example"\nname = "file"\n',
      environment,
    );
    expect(await linkOptions({}, config)).toMatchObject({
      server: 'https://env.example',
      name: 'env',
      autoApprove: 'safe',
      maxTasks: 4,
      prefix: undefined,
    });
    expect((await linkOptions({}, config)).capabilities.slice(6)).toEqual(['a', 'd']);
    const flags = {
      server: 'http://127.0.0.1:8000',
      name: 'flag',
      maxTasks: 9,
      autoApprove: 'all',
      prefix: 'agent',
      email: 'e',
      pushUrl: 'p',
    } as const;
    expect(await linkOptions(flags, config)).toMatchObject({
      server: 'http://127.0.0.1:8000',
      name: 'flag',
      maxTasks: 9,
      autoApprove: 'all',
      prefix: '/v1/agent',
      email: 'e',
      pushUrl: 'p',
    });
  });

  it('has a folder of its own for each platform', async () => {
    const config = await configOf();
    const [one, two] = [
      await linkOptions({ server: 'https://a.example' }, config),
      await linkOptions({ server: 'https://b.example/' }, config),
    ];
    expect(one.folder).not.toBe(two.folder);
    expect(two.folder).toBe((await linkOptions({ server: 'https://b.example' }, config)).folder);
    expect(one.folder.startsWith(join(config.home, 'platform'))).toBe(true);
  });

  it('tells the service of the folders that are offered', async () => {
    const config = await configOf();
    const options = {
      ...(await linkOptions({ server: 'https://a.example' }, config)),
      workspaces: [
        { name: 'x', path: '/x' },
        { name: 'y', path: undefined },
      ],
    };
    expect(offeredFolders(options)).toEqual({ x: '/x' });
  });

  it.each([undefined, 'ftp://x', 'https://user:pass@x', 'https://x?a=1', 'https://x#f', 'x', ''])(
    'is nothing with the address %j',
    async (server) => {
      const config = await configOf();
      await expect(
        linkOptions(server === undefined ? {} : { server }, config),
      ).rejects.toMatchObject({ code: 'ERR_PLATFORM_URL', exitCode: 2 });
    },
  );

  it.each(['two words', 'a\nb', 'é', '', 'x'.repeat(5000)])(
    'takes no token that a header cannot carry: %j',
    async (token) => {
      const config = await configOf();
      await expect(
        linkOptions({ server: 'https://a.example', token }, config),
      ).rejects.toMatchObject({ code: 'ERR_PLATFORM_TOKEN', exitCode: 2 });
    },
  );

  it('has its token from the environment, and keeps it out of every text', async () => {
    vi.stubEnv('CODETETHER_TOKEN', 'token-of-the-environment-1');
    try {
      const config = await configOf();
      expect((await linkOptions({ server: 'https://a.example' }, config)).token).toBe(
        'token-of-the-environment-1',
      );
      expect(JSON.stringify(config)).not.toContain('token-of-the-environment-1');
      const { redactText } = await import('../../../../src/observability/index.js');
      expect(redactText('it is token-of-the-environment-1')).toBe(
        'it is [redacted:platform-token]',
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('[platform] of a configuration', () => {
  it('is refused in a project file', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'codetether.toml'), '[platform]\nserver = "https://p.example"\n');
    await expect(
      loadConfig({ project: folder, environment: { HOME: folder } }),
    ).rejects.toMatchObject({ code: 'ERR_CONFIG_USER_ONLY' });
  });

  it.each([
    'max_tasks = 0',
    'max_tasks = 101',
    'prefix = "v2"',
    'server = "ftp://x"',
    'auto_approve = "some"',
    'capabilities = ["a b"]',
    'token = "x"',
  ])('is refused with %s', async (line) => {
    await expect(configOf(`[platform]\n${line}\n`)).rejects.toMatchObject({ exitCode: 2 });
  });
});
