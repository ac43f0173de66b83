import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { planConfigChange, type ChangeRequest } from '../../../../src/config/edit/plan-change.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

let top: string;
let project: string;
let userFile: string;

beforeEach(async () => {
  top = await temporaryFolder();
  project = join(top, 'project');
  userFile = join(top, 'xdg/codetether-agent/config.toml');
  await mkdir(project);
});

const plan = (key: string, value: string, more: Partial<ChangeRequest> = {}) =>
  planConfigChange({
    key,
    value,
    environment: { HOME: top, XDG_CONFIG_HOME: join(top, 'xdg') },
    ...more,
  });

async function refusal(key: string, value: string, more: Partial<ChangeRequest> = {}) {
  const error: unknown = await plan(key, value, more).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidInputError);
  return error as InvalidInputError;
}

async function write(path: string, text: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

describe('planConfigChange', () => {
  it('makes the user’s own file, for its owner alone', async () => {
    expect(await plan('api.port', '4100')).toEqual({
      path: userFile,
      text: '[api]\nport = 4100\n',
      mode: 0o600,
      key: 'api.port',
      value: 4100,
      notes: [],
    });
  });

  it.each([
    ['platform.name', '42', '42'],
    ['api.port', '42', 42],
    ['workspace.caches', 'false', false],
    ['workspace.caches', 'go,cargo', ['go', 'cargo']],
    ['fallback_models', 'moonshotai/kimi-k2.5', ['moonshotai/kimi-k2.5']],
    ['setup', '["npm ci", "npm run x,y"]', ['npm ci', 'npm run x,y']],
    ['format."ts,tsx"', 'prettier', 'prettier'],
    [
      'providers.local.price',
      '{ input_per_million_usd = 1, output_per_million_usd = 2 }',
      { input_per_million_usd: 1, output_per_million_usd: 2 },
    ],
  ])('%s = %s is what the schema takes it for', async (key, text, value) => {
    expect((await plan(key, text)).value).toEqual(value);
  });

  it.each([
    ['api.port', '70000', 'ERR_CONFIG_INVALID', /<=65535/],
    ['api.port', 'many', 'ERR_CONFIG_INVALID', /expected number/],
    ['default_model', 'gpt', 'ERR_CONFIG_INVALID', /PROVIDER\/MODEL/],
    ['sandbox.minimum', 'strong', 'ERR_CONFIG_INVALID', /nested/],
    ['web.search', 'searxng', 'ERR_CONFIG_INVALID', /search_url/],
    ['api.prot', '1', 'ERR_CONFIG_UNKNOWN_KEY', /unknown key prot/],
    ['apy.port', '1', 'ERR_CONFIG_UNKNOWN_KEY', /unknown key apy/],
    ['a..b', '1', 'ERR_CONFIG_KEY', /no key/],
    ['providers.openai.api_key', 'sk-123', 'ERR_CONFIG_API_KEY', /only from Vault/],
    ['api_key', 'sk-123', 'ERR_CONFIG_API_KEY', /only from Vault/],
  ])('%s = %s is refused with %s', async (...[key, value, code, message]) => {
    const error = await refusal(key, value);
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    // the file was not written: it has no lines
    expect(error.where?.line).toBeUndefined();
    expect(JSON.stringify(error.report())).not.toContain('sk-123');
  });

  it('names the nearest key, and for an API key the command to run', async () => {
    expect((await refusal('api.prot', '1')).hint).toBe('did you mean port?');
    expect((await refusal('providers.openai.api_key', 'x')).hint).toBe(
      'codetether auth set openai',
    );
  });

  it.each([
    ['default_provider', 'default_model'],
    ['ui.theme', 'settings of its own'],
    ['a2a.server_url', '[platform] server'],
    ['a2a.worker_name', '[platform] server, name'],
    ['session.persist', 'always kept'],
    ['agents.build.model', 'codetether agents list'],
    ['permissions.rules', 'allow, ask, deny'],
    ['providers.openai.organization', 'OpenAI-Organization'],
  ])('%s of the earlier tool is refused with what stands for it', async (key, meaning) => {
    const error = await refusal(key, 'x');
    expect([error.code, error.hint]).toEqual([
      'ERR_CONFIG_UNKNOWN_KEY',
      expect.stringContaining(meaning),
    ]);
  });

  it('takes the file that --config names', async () => {
    const own = join(top, 'own.toml');
    await write(own, '# mine\napi.port = 1\n');
    expect(await plan('api.port', '2', { configFile: own })).toMatchObject({
      path: own,
      text: '# mine\napi.port = 2\n',
    });
  });

  it.each([
    ['[api\n', 'ERR_CONFIG_SYNTAX'],
    ['prot = 1\n', 'ERR_CONFIG_UNKNOWN_KEY'],
    [Buffer.from([0x23, 0xff, 0xfe, 0x0a]), 'ERR_CONFIG_SYNTAX'],
  ])('leaves a file alone that is broken already (%j)', async (text, code) => {
    await write(userFile, text);
    expect((await refusal('api.port', '1')).code).toBe(code);
  });
});

describe('a project file', () => {
  it('is made readable by all, with what strangers may say', async () => {
    expect(await plan('setup', '["npm ci"]', { project })).toMatchObject({
      path: join(project, 'codetether.toml'),
      text: 'setup = ["npm ci"]\n',
      mode: 0o644,
    });
  });

  it.each([
    ['egress.allow', 'a.example', 'ERR_CONFIG_USER_ONLY'],
    ['platform.server', 'https://p.example', 'ERR_CONFIG_USER_ONLY'],
    ['providers.local.base_url', 'http://127.0.0.1:1/v1', 'ERR_CONFIG_UNTRUSTED'],
    ['sandbox.minimum', 'none', 'ERR_CONFIG_UNTRUSTED'],
    ['notify.webhook', 'https://h.example', 'ERR_CONFIG_UNTRUSTED'],
    ['mcp.servers.x.command', 'x', 'ERR_CONFIG_UNTRUSTED'],
    ['workspace.share', '/tmp', 'ERR_CONFIG_UNTRUSTED'],
  ])('never gets %s by this command: %s', async (key, value, code) => {
    const error = await refusal(key, value, { project });
    expect(error.code).toBe(code);
    expect(error.hint).toBe(`set it in your own file: codetether config set ${key} VALUE`);
  });

  it('that says what needs trust can be changed, and has to be trusted again', async () => {
    const file = join(project, 'codetether.toml');
    await write(file, '[sandbox]\nminimum = "none"\n');
    const change = await plan('default_model', 'a/b', { project });
    expect(change.text).toBe('default_model = "a/b"\n[sandbox]\nminimum = "none"\n');
    expect(change.notes).toEqual([expect.stringContaining(`codetether trust ${file}`)]);
  });

  it('that is a link out of the repository is not touched', async () => {
    await mkdir(join(project, '.git'));
    await write(join(top, 'secret.toml'), '');
    await symlink(join(top, 'secret.toml'), join(project, 'codetether.toml'));
    expect((await refusal('default_model', 'a/b', { project })).code).toBe('ERR_LINK_OUTSIDE');
  });
});
