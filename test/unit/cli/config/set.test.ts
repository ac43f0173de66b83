import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { describe, expect, it, vi } from 'vitest';
import { addConfigSetCommand } from '../../../../src/cli/config/set.js';
import { configBench } from '../../../support/config-bench.js';

const bench = () => configBench(addConfigSetCommand, 'config');

describe('config set', () => {
  it.each([
    [['config', 'set', 'api.port', '4100']],
    [['config', 'set', 'api.port=4100']],
    [['config', 'set', 'api.port = 4100']],
  ])('%j sets one key of the user’s own file', async (words) => {
    const { run, userFile, write } = await bench();
    await write(userFile, '# mine\n[api] # here\n');
    expect(await run(...words)).toEqual({
      code: 0,
      out: `api.port is set in ${userFile}\n`,
      err: '',
    });
    expect(await readFile(userFile, 'utf8')).toBe('# mine\n[api] # here\nport = 4100\n');
  });

  it('takes a value with the sign in it, and a name in quotes', async () => {
    const { run, userFile } = await bench();
    await run('config', 'set', 'format."a+b"=cmd --x=1');
    expect(parse(await readFile(userFile, 'utf8'))).toEqual({ format: { 'a+b': 'cmd --x=1' } });
  });

  it('writes the project’s file or that of --config, and not both', async () => {
    const { run, folder, projectFile } = await bench();
    await run('config', 'set', '--project', 'setup', '["npm ci"]');
    expect(await readFile(projectFile, 'utf8')).toBe('setup = ["npm ci"]\n');
    const own = join(folder, 'own.toml');
    expect((await run('--config', own, 'config', 'set', 'api.port=1')).code).toBe(0);
    expect(await readFile(own, 'utf8')).toBe('[api]\nport = 1\n');
    expect((await run('--config', own, 'config', 'set', '--project', 'api.port=1')).code).toBe(2);
  });

  it('says when something stronger counts', async () => {
    const { run, projectFile, write } = await bench();
    await write(projectFile, 'default_model = "a/project"\n');
    expect((await run('config', 'set', 'default_model', 'a/user')).err).toBe(
      `note: ${projectFile} sets it too, and is stronger\n`,
    );
    vi.stubEnv('CODETETHER_DEFAULT_MODEL', 'a/env');
    expect((await run('config', 'set', 'default_model', 'a/user')).err).toBe(
      'note: CODETETHER_DEFAULT_MODEL is set, and stronger\n',
    );
  });

  it('says when a project file has to be trusted again', async () => {
    const { run, projectFile, write } = await bench();
    await write(projectFile, '[sandbox]\nminimum = "none"\n');
    const { code, err } = await run('config', 'set', '--project', 'default_model=a/b');
    expect([code, err]).toEqual([0, expect.stringContaining(`codetether trust ${projectFile}`)]);
  });

  it.each([
    [['config', 'set', 'api.port'], 'ERR_USAGE', 'KEY=VALUE'],
    [['config', 'set', '=1'], 'ERR_USAGE', 'KEY=VALUE'],
    [['config', 'set', 'api.port', '0'], 'ERR_CONFIG_INVALID', 'api.port'],
    [['config', 'set', 'ui.theme=dark'], 'ERR_CONFIG_UNKNOWN_KEY', 'earlier tool'],
    [
      ['config', 'set', 'providers.openai.api_key=sk-1'],
      'ERR_CONFIG_API_KEY',
      'codetether auth set openai',
    ],
    [
      ['config', 'set', '--project', 'egress.allow', 'x.example'],
      'ERR_CONFIG_USER_ONLY',
      'your own file',
    ],
  ])('%j is refused and nothing is written', async (words, code, text) => {
    const { run, userFile, projectFile } = await bench();
    const end = await run(...words);
    expect([end.code, end.out]).toEqual([2, '']);
    expect(end.err).toContain(`error[${code}]`);
    expect(end.err).toContain(text);
    await expect(readFile(userFile)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readFile(projectFile)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('answers programs', async () => {
    const { run, userFile } = await bench();
    expect(JSON.parse((await run('config', 'set', 'api.port', '1', '--json')).out)).toEqual({
      key: 'api.port',
      file: userFile,
    });
  });
});
