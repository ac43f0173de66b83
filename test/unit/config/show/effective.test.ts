import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import {
  effectiveKeys,
  KEY_VARIABLES,
  type EffectiveOptions,
} from '../../../../src/config/show/effective.js';
import { withoutSecretParts } from '../../../../src/config/show/secret-parts.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

let top: string;
const userFile = () => join(top, 'xdg/codetether-agent/config.toml');
const projectFile = () => join(top, 'project/codetether.toml');

beforeEach(async () => {
  top = await temporaryFolder();
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

const options = (environment: Record<string, string> = {}): EffectiveOptions => ({
  project: join(top, 'project'),
  environment: { HOME: top, XDG_CONFIG_HOME: join(top, 'xdg'), ...environment },
});

async function found(key: string, environment: Record<string, string> = {}) {
  const keys = await effectiveKeys(options(environment));
  return keys.filter((one) => one.key === key);
}

describe('where a value comes from', () => {
  it('is the default when nobody said one', async () => {
    expect(await found('serve.port')).toEqual([
      { key: 'serve.port', value: undefined, source: { kind: 'default' }, fallback: '4096' },
    ]);
  });

  it('is the strongest file, with its line; then the environment; then a flag', async () => {
    await write(userFile(), 'default_model = "a/user"\n[temporal]\ncli = "/u/temporal"\n');
    expect((await found('default_model'))[0]).toMatchObject({
      value: 'a/user',
      source: { kind: 'file', path: userFile(), line: 1 },
    });
    await write(projectFile(), '# x\ndefault_model = "a/project"\n');
    expect((await found('default_model'))[0]).toMatchObject({
      value: 'a/project',
      source: { kind: 'file', path: projectFile(), line: 2 },
    });
    expect((await found('default_model', { CODETETHER_DEFAULT_MODEL: 'a/env' }))[0]).toMatchObject({
      value: 'a/env',
      source: { kind: 'environment', name: 'CODETETHER_DEFAULT_MODEL' },
    });
    const keys = await effectiveKeys({
      ...options(),
      flags: { 'temporal.cli': { name: '--temporal-cli', value: '/f/temporal' } },
    });
    expect(keys.filter(({ key }) => key === 'temporal.cli')).toEqual([
      {
        key: 'temporal.cli',
        value: '/f/temporal',
        source: { kind: 'flag', name: '--temporal-cli' },
        fallback: undefined,
      },
    ]);
  });

  it('is told key by key where two files share a table', async () => {
    await write(userFile(), '[workspace]\ncopy = ["u"]\nextra_dirs = ["/d"]\n');
    await write(projectFile(), '[workspace]\ncopy = ["p"]\n');
    expect((await found('workspace.copy'))[0]).toMatchObject({
      value: ['p'],
      source: { path: projectFile() },
    });
    expect((await found('workspace.extra_dirs'))[0]).toMatchObject({
      value: ['/d'],
      source: { path: userFile() },
    });
  });

  it('is every file for what only tightens', async () => {
    await write(userFile(), '[permissions]\ndeny = ["web"]\n[envelope]\npush = "deny"\n');
    await write(projectFile(), '[permissions]\ndeny = ["bash(git push)"]\n');
    const rules = await found('permissions.deny');
    expect(rules.map(({ value, source }) => [value, 'path' in source && source.path])).toEqual([
      [['web'], userFile()],
      [['bash(git push)'], projectFile()],
    ]);
    expect(await found('envelope.push')).toHaveLength(1);
  });

  it.each([
    ...Object.entries(KEY_VARIABLES).map(
      ([key, name]) => [key, name, 'https://x.example'] as const,
    ),
    ['temporal.exposed', 'CODETETHER_TEMPORAL_EXPOSED', '1'] as const,
  ])('%s is what %s says, as commands read it too', async (key, name, value) => {
    const [one] = await found(key, { [name]: value });
    expect(one).toMatchObject({ source: { kind: 'environment', name } });
    const config = await loadConfig(options({ [name]: value }));
    expect(JSON.stringify(config)).not.toBe(JSON.stringify(await loadConfig(options())));
  });

  it('is no switch that is set to something else than 1', async () => {
    expect(
      (await found('temporal.exposed', { CODETETHER_TEMPORAL_EXPOSED: '0' }))[0]?.source.kind,
    ).toBe('default');
  });
});

describe('what is never shown', () => {
  it('are headers, and passwords and tokens in addresses', async () => {
    await write(
      userFile(),
      `[providers.x]\nbase_url = "https://u:hush1@h.example/v1?key=hush2"\n[providers.x.headers]\nAuthorization = "Bearer hush3"\n[notify]\nwebhook = "https://hooks.example/T0/hush4"\n`,
    );
    const text = JSON.stringify(await effectiveKeys(options()));
    expect(text).not.toContain('hush');
    expect(text).toContain('https://(hidden)@h.example/v1?(hidden)');
    expect(text).toContain('https://hooks.example/(hidden)');
  });

  it.each([
    [['a'], 'plain', 'plain'],
    [['a'], 'https://h.example/x', 'https://h.example/x'],
    [['a'], ['https://u@h.example/x', 1], ['https://(hidden)@h.example/x', 1]],
    [['a'], 'https://', 'https://'],
    [['providers', 'x', 'headers', 'A'], 'b', '(hidden)'],
    [['a'], true, true],
  ])('%j %j is shown as %j', (path, value, shown) => {
    expect(withoutSecretParts(path, value)).toEqual(shown);
  });
});
