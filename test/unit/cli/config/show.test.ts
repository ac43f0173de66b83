import { parse } from 'smol-toml';
import { describe, expect, it, vi } from 'vitest';
import { addConfigShowCommands } from '../../../../src/cli/config/show.js';
import { configBench } from '../../../support/config-bench.js';

const bench = () => configBench(addConfigShowCommands, 'config');

describe('config show', () => {
  it('is TOML that says what counts, and where from', async () => {
    const { run, projectFile, userFile, write } = await bench();
    await write(userFile, '[serve]\nport = 5000\n');
    await write(projectFile, 'default_model = "a/project"\n');
    for (const words of [['config', 'show']]) {
      const { code, out, err } = await run(...words);
      expect([code, err]).toEqual([0, '']);
      expect(parse(out)).toEqual({ default_model: 'a/project', serve: { port: 5000 } });
      expect(out).toContain('default_model = "a/project"  # codetether.toml:1\n');
      expect(out).toContain(`serve.port = 5000  # ${userFile}:2\n`);
      expect(out).toContain('# serve.hostname: 127.0.0.1  (default)\n');
    }
    expect((await run('config', 'show', 'serve.port')).out).toBe(
      `serve.port = 5000  # ${userFile}:2\n`,
    );
    expect((await run('config', 'show', 'serve')).out.split('\n').length).toBeGreaterThan(10);
  });

  it('shows no secret, wherever it stands', async () => {
    const { run, userFile, write } = await bench();
    const key = `sk-proj-${'a1B2'.repeat(12)}`;
    await write(
      userFile,
      `[providers.x]\nbase_url = "https://u:hush@h.example"\nheaders = { A = "hush" }\n[mcp.servers.y]\ncommand = "z"\nargs = ["--token", "${key}"]\n`,
    );
    for (const words of [
      ['show'],
      ['show', '--json'],
      ['get', 'providers.x.headers.A'],
      ['get', 'mcp.servers.y.args'],
    ]) {
      const { code, out } = await run('config', ...words);
      expect(code).toBe(0);
      expect(out).not.toMatch(/hush|a1B2a1B2/);
    }
  });

  it('tells programs all of it', async () => {
    const { run, userFile, write } = await bench();
    await write(userFile, '[serve]\nport = 5000\n');
    vi.stubEnv('VAULT_ADDR', 'https://vault.example');
    const { keys } = JSON.parse((await run('config', 'show', '--json')).out) as {
      keys: { key: string }[];
    };
    const of = (name: string) => keys.find(({ key }) => key === name);
    const none = { default: null, file: null, line: null, name: null };
    expect([of('serve.port'), of('vault.address'), of('api.port')]).toEqual([
      { ...none, key: 'serve.port', value: 5000, source: 'file', file: userFile, line: 2 },
      {
        ...none,
        key: 'vault.address',
        value: 'https://vault.example',
        source: 'environment',
        name: 'VAULT_ADDR',
      },
      { ...none, key: 'api.port', value: null, source: 'default', default: 'any free' },
    ]);
  });

  it.each(['serv', 'serve.prt', 'a..b'])('%j is refused as no key', async (key) => {
    const { run } = await bench();
    for (const command of ['show', 'get']) {
      const { code, err } = await run('config', command, key);
      expect([code, err]).toEqual([2, expect.stringMatching(/ERR_CONFIG_(UNKNOWN_)?KEY/)]);
    }
  });
});

describe('config get', () => {
  it('prints the value alone, the default where nobody set it, and a table line by line', async () => {
    const { run, userFile, write } = await bench();
    await write(userFile, '[providers.x]\nwire = "replay"\nmodels = ["a", "b"]\n');
    const get = async (key: string) => (await run('config', 'get', key)).out;
    expect(await get('serve.port')).toBe('4096\n');
    expect(await get('providers.x.wire')).toBe('replay\n');
    expect(await get('providers.x.models')).toBe('["a", "b"]\n');
    expect(await get('providers.x')).toBe(
      'providers.x.wire = "replay"\nproviders.x.models = ["a", "b"]\n',
    );
    expect(await get('providers.y')).toBe('');
    expect(JSON.parse((await run('config', 'get', 'serve.port', '--json')).out)).toMatchObject({
      default: '4096',
    });
  });
});
