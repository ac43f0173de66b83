import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/index.js';
import { workerSettingsSchema } from '../../../src/config/config.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

async function settings(text: string) {
  const home = await temporaryFolder();
  const configFile = join(home, 'own.toml');
  await writeFile(configFile, text);
  const environment = { HOME: home, CODETETHER_HOME: join(home, 'state') };
  return (await loadConfig({ project: home, environment, configFile })).worker.serve;
}

describe('[serve]', () => {
  it('is this machine alone by default, with the limits that are documented', async () => {
    expect(await settings('')).toEqual({
      isWithUp: true,
      port: 4096,
      hostname: '127.0.0.1',
      publicUrl: null,
      hosts: [],
      origins: [],
      bodyLimitBytes: 10_485_760,
      headerTimeoutMs: 30_000,
      pingMs: 15_000,
      slowReaderMs: 60_000,
      maxStreams: 5000,
      startsPerMinute: 60,
      cardMaxAgeS: 300,
    });
  });

  it('is what the file says, also in what a worker is handed', async () => {
    const read = await settings(
      '[serve]\nport = 8080\nhostname = "::"\nhosts = ["agent.example", "other:443"]\norigins = ["https://a.example"]\nping_s = 0.5\nslow_reader_s = 5\nmax_streams = 7\nstarts_per_minute = 1\nbody_limit_bytes = 2048\nheader_timeout_s = 3\ncard_max_age_s = 0\npublic_url = "https://agent.example/"\n',
    );
    expect(read).toMatchObject({ port: 8080, hostname: '::', pingMs: 500, maxStreams: 7 });
    expect(workerSettingsSchema.shape.serve.parse(read)).toEqual(read);
    expect(workerSettingsSchema.shape.serve.parse(undefined)).toMatchObject({ port: 4096 });
  });

  it.each([
    ['port = 0', 'serve.port'],
    ['hostname = "a b"', 'serve.hostname'],
    ['hosts = ["https://a"]', 'serve.hosts.0'],
    ['origins = ["*"]', 'serve.origins.0'],
    ['origins = ["https://a.example/path"]', 'serve.origins.0'],
    ['body_limit_bytes = 10485761', 'serve.body_limit_bytes'],
    ['public_url = "ftp://a"', 'serve.public_url'],
    ['prot = 1', 'serve.prot'],
  ])('refuses %s', async (line, field) => {
    await expect(settings(`[serve]\n${line}\n`)).rejects.toMatchObject({
      exitCode: 2,
      where: { field, line: 2 },
    });
  });

  it('is never a project file\u2019s to set', async () => {
    const home = await temporaryFolder();
    await writeFile(join(home, 'codetether.toml'), '[serve]\nhostname = "0.0.0.0"\n');
    const environment = { HOME: home, CODETETHER_HOME: join(home, 'state') };
    await expect(loadConfig({ project: home, environment })).rejects.toMatchObject({
      code: 'ERR_CONFIG_USER_ONLY',
      where: { field: 'serve' },
    });
  });
});
