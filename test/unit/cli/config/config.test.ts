import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { addConfigCommand } from '../../../../src/cli/config/config.js';
import { configBench } from '../../../support/config-bench.js';

const bench = () => configBench(addConfigCommand);

describe('config with flags, as the earlier tool had them', () => {
  it('sets, shows and makes a file as the commands do', async () => {
    const { run, userFile } = await bench();
    expect((await run('config', '--init')).out).toContain(`${userFile} written`);
    expect((await run('config', '--init')).err).toContain('ERR_CONFIG_EXISTS');
    expect(await run('config', '--set', 'serve.port=4100')).toEqual({
      code: 0,
      out: `serve.port is set in ${userFile}\n`,
      err: '',
    });
    expect(parse(await readFile(userFile, 'utf8'))).toEqual({ serve: { port: 4100 } });
    const shown = await run('config', 'show');
    expect(parse(shown.out)).toEqual({ serve: { port: 4100 } });
    expect(await run('config', '--show')).toEqual(shown);
    expect(await run('config')).toEqual(shown);
    expect(JSON.parse((await run('config', '--show', '--json')).out)).toHaveProperty('keys');
  });

  it.each([
    [['config', '--show', '--init'], 'ERR_USAGE', 'do not go together'],
    [['config', '--set', 'serve.port'], 'ERR_USAGE', 'KEY=VALUE'],
    [['config', '--set', 'ui.theme=dark'], 'ERR_CONFIG_UNKNOWN_KEY', 'earlier tool'],
    [['config', '--set', 'default_provider=x'], 'ERR_CONFIG_UNKNOWN_KEY', 'first slash'],
    [
      ['config', '--set', 'a2a.server_url=https://x.example'],
      'ERR_CONFIG_UNKNOWN_KEY',
      '[platform]',
    ],
    [['config', 'nonsense'], 'too many arguments', 'Expected 0'],
  ])('%j is refused with %s, and nothing is written', async (words, code, text) => {
    const { run, userFile } = await bench();
    const end = await run(...words);
    expect([end.code, end.out]).toEqual([2, '']);
    expect(end.err).toContain(code);
    expect(end.err).toContain(text);
    await expect(readFile(userFile)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
