import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { workerSettingsSchema } from '../../../src/config/config.js';
import { InvalidInputError } from '../../../src/domain/light/error.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const userFile = () => join(folder, 'xdg/codetether-agent/config.toml');

async function write(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

function load(options: { environment?: Record<string, string>; configFile?: string } = {}) {
  return loadConfig({
    project: join(folder, 'project'),
    configFile: options.configFile,
    environment: { HOME: folder, XDG_CONFIG_HOME: join(folder, 'xdg'), ...options.environment },
  });
}

async function refusal(options: Parameters<typeof load>[0] = {}): Promise<InvalidInputError> {
  const error = await load(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvalidInputError);
  return error as InvalidInputError;
}

describe('how far agents may start others', () => {
  it('is read from the user’s own file, within its bounds', async () => {
    expect((await load()).subAgents).toEqual({ maxDepth: null, maxCount: null });
    await write(userFile(), '[sub_agents]\nmax_depth = 3\nmax_count = 100\n');
    expect((await load()).subAgents).toEqual({ maxDepth: 3, maxCount: 100 });
    for (const line of ['max_depth = 4', 'max_count = 101', 'max_depth = 0.5', 'count = 1']) {
      await write(userFile(), `[sub_agents]\n${line}\n`);
      expect((await refusal()).where).toMatchObject({ file: userFile(), line: expect.any(Number) });
    }
  });

  it('is never decided by a project file', async () => {
    await write(join(folder, 'project/codetether.toml'), '[sub_agents]\nmax_count = 100\n');
    expect((await refusal()).code).toBe('ERR_CONFIG_USER_ONLY');
  });
});

describe('what becomes of questions', () => {
  it('is read from the user’s own file and from no project', async () => {
    expect((await load()).questions).toEqual({ wait: null, unattended: null });
    await write(userFile(), '[questions]\nwait = "1h"\nunattended = "deny"\n');
    expect((await load()).questions).toEqual({ wait: '1h', unattended: 'deny' });
    await write(userFile(), '[questions]\nunattended = "maybe"\n');
    expect((await refusal()).where).toMatchObject({ file: userFile(), line: 2 });
    await write(userFile(), '');
    await write(join(folder, 'project/codetether.toml'), '[questions]\nunattended = "deny"\n');
    expect((await refusal()).code).toBe('ERR_CONFIG_USER_ONLY');
  });
});

describe('loadConfig', () => {
  it('works without any file', async () => {
    const config = await load();
    expect(config).toMatchObject({
      home: join(folder, '.local/share/codetether-agent'),
      cache: join(folder, '.cache/codetether-agent'),
      defaultModel: null,
      files: [],
      warnings: [],
      worker: {
        providers: {},
        sandboxMinimum: 'process',
        vault: { address: null, mount: 'secret' },
      },
    });
  });

  it('reads providers and resolves transcripts from the folder of the file', async () => {
    await write(
      userFile(),
      '[providers.local]\nwire = "openai-chat"\nbase_url = "http://127.0.0.1:1/v1"\nauth = "none"\n' +
        '[providers.tape]\nwire = "replay"\ntranscript = "tape.json"\n' +
        '[providers.local.price]\ninput_per_million_usd = 1\noutput_per_million_usd = 2.5\n',
    );
    const { worker } = await load();
    expect(JSON.parse(JSON.stringify(worker.providers))).toEqual({
      local: {
        wire: 'openai-chat',
        baseUrl: 'http://127.0.0.1:1/v1',
        auth: 'none',
        price: { inputPerMillionUsd: 1, outputPerMillionUsd: 2.5 },
      },
      tape: { wire: 'replay', transcript: join(dirname(userFile()), 'tape.json') },
    });
  });

  it('prefers environment over --config over project over user for the model', async () => {
    await write(userFile(), 'default_model = "a/user"\n');
    expect((await load()).defaultModel).toEqual({ reference: 'a/user', source: 'user' });
    await write(join(folder, 'project/codetether.toml'), 'default_model = "a/project"\n');
    expect((await load()).defaultModel).toEqual({ reference: 'a/project', source: 'project' });
    await write(join(folder, 'project/.codetether/config.toml'), 'default_model = "a/inner"\n');
    expect((await load()).defaultModel).toEqual({ reference: 'a/inner', source: 'project' });
    const configFile = await write(join(folder, 'named.toml'), 'default_model = "a/named"\n');
    expect((await load({ configFile })).defaultModel).toEqual({
      reference: 'a/named',
      source: 'user',
    });
    const environment = { CODETETHER_DEFAULT_MODEL: 'a/env' };
    expect((await load({ configFile, environment })).defaultModel).toEqual({
      reference: 'a/env',
      source: 'environment',
    });
  });

  it('keeps two homes apart by CODETETHER_HOME', async () => {
    const { home } = await load({ environment: { CODETETHER_HOME: join(folder, 'other') } });
    expect(home).toBe(join(folder, 'other'));
  });

  it('refuses an empty CODETETHER_HOME', async () => {
    expect((await refusal({ environment: { CODETETHER_HOME: '' } })).code).toBe(
      'ERR_CONFIG_HOME_EMPTY',
    );
  });

  it('refuses what only the user may set in a project file, and names the place for it', async () => {
    const path = await write(
      join(folder, 'project/codetether.toml'),
      'default_model = "a/b"\n\n[providers.evil]\nbase_url = "http://evil"\n',
    );
    const error = await refusal();
    expect(error).toMatchObject({
      code: 'ERR_CONFIG_UNTRUSTED',
      where: { file: path, line: 3, field: 'providers' },
    });
    expect(error.hint).toContain(userFile());
  });

  it('gives a project file that the user names with --config full rights', async () => {
    const configFile = await write(
      join(folder, 'project/codetether.toml'),
      '[providers.mine]\nauth = "none"\n',
    );
    const config = await load({ configFile });
    expect(config.worker.providers['mine']).toMatchObject({ auth: 'none' });
    expect(config.files).toEqual([configFile]);
  });

  it.each([
    ['[providers.openai]\napi_key = "k"\n', 2, 'codetether auth set openai'],
    ['api_key = "k"\n', 1, 'codetether auth set PROVIDER'],
    ['[providers.x]\nauth = "vault"\nheaders = { API-KEY = "k" }\n', 3, 'codetether auth set x'],
  ])('refuses an API key in a file: %j', async (text, line, command) => {
    const file = await write(userFile(), text);
    const error = await refusal();
    expect(error).toMatchObject({ code: 'ERR_CONFIG_API_KEY', where: { file, line } });
    expect(error.hint).toContain(command);
    expect(JSON.stringify(error.report())).not.toContain('"k"');
  });

  it.each([
    ['defualt_model = "a/b"\n', 1, 'did you mean default_model?'],
    ['[providers.x]\nauth = "none"\nbaseurl = "http://h"\n', 3, 'did you mean base_url?'],
    ['[sandbox]\nzzz = 1\n', 2, 'known keys here: minimum'],
    ['[[checks]]\nname = "a"\ncommand = "b"\ntimout_s = 3\n', undefined, 'did you mean timeout_s?'],
  ])('names the nearest key for an unknown one: %j', async (text, line, hint) => {
    const file = await write(userFile(), text);
    const error = await refusal();
    expect(error).toMatchObject({ code: 'ERR_CONFIG_UNKNOWN_KEY', where: { file }, hint });
    if (line !== undefined) expect(error.where?.line).toBe(line);
  });

  it('names line and field of a wrong value', async () => {
    const file = await write(userFile(), '# mine\n[providers.x]\nwire = "soap"\n');
    expect(await refusal()).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      where: { file, field: 'providers.x.wire', line: 3 },
    });
  });

  it('names the line of broken TOML', async () => {
    const file = await write(userFile(), 'default_model = "a/b"\n[broken\n');
    expect(await refusal()).toMatchObject({ code: 'ERR_CONFIG_SYNTAX', where: { file, line: 2 } });
  });

  it('refuses a --config file that does not exist', async () => {
    expect((await refusal({ configFile: join(folder, 'no.toml') })).code).toBe(
      'ERR_CONFIG_MISSING',
    );
  });

  it('reads colours and keys of the terminal UI one by one, and refuses what is none', async () => {
    await write(
      userFile(),
      '[tui]\ntheme = "light"\n[tui.colours]\nbad = "1;31"\n[tui.keys]\n"ctrl+t" = "palette"\n',
    );
    expect((await load()).tui).toEqual({
      theme: 'light',
      colours: { bad: '1;31' },
      keys: { 'ctrl+t': 'palette' },
    });
    for (const wrong of [
      'theme = "blue"',
      'colours = { sky = "34" }',
      'colours = { bad = "31m\\u001b[2J" }',
      'keys = { "shift+x" = "quit" }',
      'keys = { x = "explode" }',
    ]) {
      await write(userFile(), `[tui]\n${wrong}\n`);
      await expect(load()).rejects.toMatchObject({ exitCode: 2 });
    }
  });

  it('explains keys of the earlier tool and goes on', async () => {
    const file = await write(
      userFile(),
      'default_provider = "x"\ndefault_model = "a/b"\n[ui]\ntheme = "dark"\n',
    );
    const config = await load();
    expect(config.defaultModel?.reference).toBe('a/b');
    expect(config.warnings).toEqual([
      `${file}:1: default_provider is ignored: the provider is the part of default_model before the first slash`,
      `${file}:3: ui is ignored: the terminal UI has settings of its own: theme, colours and keys of [tui]`,
    ]);
  });

  it('lets a project say how it is set up, and the user which folders may be used', async () => {
    await write(
      join(folder, 'project/codetether.toml'),
      '[workspace]\nsetup = ["npm ci"]\nsetup_timeout_s = 60\ncopy = [".env.test"]\n',
    );
    await write(
      userFile(),
      '[workspace]\nshare = ["cache"]\nextra_dirs = ["/srv/data"]\nsetup = []\n',
    );
    expect((await load()).workspace).toEqual({
      setup: ['npm ci'],
      setupTimeoutMs: 60_000,
      copy: ['.env.test'],
      share: [join(folder, 'xdg/codetether-agent/cache')],
      extraDirs: ['/srv/data'],
    });
  });

  it.each([
    ['caches = false', { caches: [] }],
    ['caches = ["go", "cargo"]', { caches: ['go', 'cargo'] }],
    ['caches = true', {}],
  ])('lets a project say which build caches are used: %s', async (line, expected) => {
    await write(join(folder, 'project/codetether.toml'), `[workspace]\n${line}\n`);
    expect((await load()).workspace).toEqual({
      setup: null,
      setupTimeoutMs: null,
      copy: [],
      share: [],
      extraDirs: [],
      ...expected,
    });
  });

  it('refuses a build cache that there is not', async () => {
    await write(join(folder, 'project/codetether.toml'), '[workspace]\ncaches = ["fortran"]\n');
    expect((await refusal()).code).toBe('ERR_CONFIG_INVALID');
  });

  it('takes encryption from the user, off by default, and not from a project', async () => {
    const off = { isEnabled: false, mount: 'transit', key: 'codetether' };
    const { worker } = await load();
    expect(worker.codec).toEqual(off);
    const { codec: _codec, ...older } = worker;
    expect(workerSettingsSchema.parse(older).codec).toEqual(off);
    await write(userFile(), '[codec]\nenabled = true\nkey = "team"\n');
    expect((await load()).worker.codec).toEqual({ ...off, isEnabled: true, key: 'team' });
    await write(userFile(), '[codec]\nkey = "../sys"\n');
    expect((await refusal()).code).toBe('ERR_CONFIG_INVALID');
    await write(userFile(), '');
    await write(join(folder, 'project/codetether.toml'), '[codec]\nenabled = true\n');
    expect((await refusal()).code).toBe('ERR_CONFIG_UNTRUSTED');
  });

  it.each(['share', 'extra_dirs'])('refuses workspace.%s in a project file', async (key) => {
    await write(join(folder, 'project/codetether.toml'), `\n[workspace]\n${key} = ["/"]\n`);
    expect((await refusal()).report()).toMatchObject({
      code: 'ERR_CONFIG_UNTRUSTED',
      where: { field: `workspace.${key}`, line: 3 },
    });
  });

  it('takes setup at the top of a file for the same, and less', async () => {
    await write(userFile(), 'setup = ["a"]\n');
    expect((await load()).workspace.setup).toEqual(['a']);
    await write(userFile(), 'setup = ["a"]\n[workspace]\nsetup = ["b"]\n');
    expect((await load()).workspace.setup).toEqual(['b']);
  });
});

describe('settings of model calls', () => {
  it('are read in the units of their names', async () => {
    await write(
      userFile(),
      `fallback_models = ["openrouter/stepfun/step-3.5-flash"]
[providers.local]
base_url = "http://127.0.0.1:1/v1"
tool_mode = "json"
stream = false
max_concurrent = 2
requests_per_minute = 30
first_token_timeout_s = 90
stall_timeout_s = 1.5
`,
    );
    const { worker } = await load();
    expect(worker.fallbackModels).toEqual([
      { provider: 'openrouter', model: 'stepfun/step-3.5-flash' },
    ]);
    expect(worker.providers['local']).toMatchObject({
      toolMode: 'json',
      isStreamed: false,
      maxConcurrent: 2,
      requestsPerMinute: 30,
      firstTokenTimeoutMs: 90_000,
      stallTimeoutMs: 1500,
    });
  });

  it.each([
    ['fallback_models = ["nobody/m"]', 'ERR_PROVIDER_UNKNOWN', 'fallback_models[0]'],
    ['[providers.a]\nmax_concurrent = 0', 'ERR_CONFIG_INVALID', 'providers.a.max_concurrent'],
    ['[providers.a]\ntool_mode = "text"', 'ERR_CONFIG_INVALID', 'providers.a.tool_mode'],
    ['[providers.a]\nstall_timeout_s = 600', 'ERR_CONFIG_INVALID', 'providers.a.stall_timeout_s'],
  ])('%j are refused', async (text, code, field) => {
    await write(userFile(), text);
    const error = await refusal();
    expect([error.code, error.where?.field]).toEqual([code, field]);
  });
});
