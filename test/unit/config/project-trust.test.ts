import { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  examineProjectFiles,
  listTrustedFiles,
  revokeProjectFile,
  trustProjectFile,
} from '../../../src/config/trust/project-trust.js';
import { loadConfig } from '../../../src/config/load.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const SETTINGS =
  'default_model = "mine/m"\n\n[providers.mine]\nbase_url = "http://127.0.0.1:1/v1"\n';

let root: string;
let home: string;

beforeEach(async () => {
  root = await temporaryFolder();
  home = join(root, 'home');
});

async function write(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

function load(project = join(root, 'repo')) {
  const environment = { HOME: root, XDG_CONFIG_HOME: join(root, 'xdg'), CODETETHER_HOME: home };
  return loadConfig({ project, environment });
}

async function trust(target: string): Promise<void> {
  for (const file of await examineProjectFiles(home, target)) await trustProjectFile(home, file);
}

describe('a project file', () => {
  it('may set model, checks and set-up untrusted, and nothing else', async () => {
    const file = await write(
      join(root, 'repo/codetether.toml'),
      'default_model = "a/b"\nsetup = ["npm ci"]\n[[checks]]\nname = "test"\ncommand = "npm test"\n',
    );
    expect(await load()).toMatchObject({
      defaultModel: { reference: 'a/b', source: 'project' },
      workspace: { setup: ['npm ci'] },
      checks: [{ name: 'test' }],
    });
    await writeFile(file, `${SETTINGS}[sandbox]\nminimum = "none"\n`);
    await expect(load()).rejects.toMatchObject({
      code: 'ERR_CONFIG_UNTRUSTED',
      exitCode: 2,
      message: expect.stringContaining('providers, sandbox') as string,
      where: { file, line: 3, field: 'providers' },
      hint: expect.stringContaining(`codetether trust ${file}`) as string,
    });
  });

  it('may set everything once it is trusted, below its folder, and is still a project file', async () => {
    await write(
      join(root, 'repo/.codetether/config.toml'),
      `${SETTINGS}transcript = "../tape.json"\n`,
    );
    await trust(join(root, 'repo'));
    const config = await load();
    expect(config.defaultModel).toEqual({ reference: 'mine/m', source: 'project' });
    expect(config.worker.providers['mine']).toMatchObject({
      baseUrl: 'http://127.0.0.1:1/v1',
      transcript: join(root, 'repo/tape.json'),
    });
  });

  it('is untrusted again when one byte changes, and trusted when it is back', async () => {
    const file = await write(join(root, 'repo/codetether.toml'), SETTINGS);
    await trust(file);
    await writeFile(file, `${SETTINGS}\n`);
    await expect(load()).rejects.toMatchObject({
      code: 'ERR_CONFIG_TRUST_CHANGED',
      exitCode: 2,
      where: { file, field: 'providers' },
      hint: expect.stringContaining(`codetether trust ${file}`) as string,
    });
    await writeFile(file, SETTINGS);
    expect((await load()).worker.providers['mine']).toBeDefined();
    await writeFile(file, 'default_model = "a/b"\n');
    expect((await load()).defaultModel?.reference).toBe('a/b');
  });

  it('is not trusted because the same content is trusted elsewhere', async () => {
    await trust(await write(join(root, 'repo/codetether.toml'), SETTINGS));
    await write(join(root, 'other/codetether.toml'), SETTINGS);
    await expect(load(join(root, 'other'))).rejects.toMatchObject({ code: 'ERR_CONFIG_UNTRUSTED' });
  });

  it('is not trusted by a link to a trusted file, whose paths would start elsewhere', async () => {
    const file = await write(
      join(root, 'repo/codetether.toml'),
      `${SETTINGS}[temporal]\ncli = "./bin/temporal"\n`,
    );
    await trust(file);
    await mkdir(join(root, 'evil'));
    await symlink(file, join(root, 'evil/codetether.toml'));
    await expect(load(join(root, 'evil'))).rejects.toMatchObject({ code: 'ERR_CONFIG_UNTRUSTED' });
  });

  it('loses its trust when the file behind its link is another', async () => {
    const first = await write(join(root, 'shared/one.toml'), SETTINGS);
    const second = await write(join(root, 'shared/two.toml'), SETTINGS.replace(':1/', ':2/'));
    const link = join(root, 'repo/codetether.toml');
    await mkdir(dirname(link));
    await symlink(first, link);
    await trust(link);
    expect((await load()).worker.providers['mine']).toBeDefined();
    await rm(link);
    await symlink(second, link);
    await expect(load()).rejects.toMatchObject({ code: 'ERR_CONFIG_TRUST_CHANGED' });
  });

  it('is the same behind a link to its folder, with paths of the real one', async () => {
    await write(
      join(root, 'repo/.codetether/config.toml'),
      `${SETTINGS}transcript = "../t.json"\n`,
    );
    await trust(join(root, 'repo'));
    await mkdir(join(root, 'evil'));
    await symlink(join(root, 'repo/.codetether'), join(root, 'evil/.codetether'));
    expect((await load(join(root, 'evil'))).worker.providers['mine']?.transcript).toBe(
      join(root, 'repo/t.json'),
    );
  });

  it('never decides where set-up may connect to, whatever trust it has', async () => {
    const file = await write(join(root, 'repo/codetether.toml'), '[egress]\nallow = ["*"]\n');
    const refused = { code: 'ERR_CONFIG_USER_ONLY', where: { file, field: 'egress', line: 1 } };
    await expect(load()).rejects.toMatchObject(refused);
    await trust(file).catch(() => undefined);
    await expect(load()).rejects.toMatchObject(refused);
  });

  it('is refused when it is a link out of its repository, and read when the link stays inside', async () => {
    await mkdir(join(root, 'repo/.git'), { recursive: true });
    const outside = await write(join(root, 'own.toml'), 'default_model = "a/b"\n');
    const link = join(root, 'repo/codetether.toml');
    await symlink(outside, link);
    await expect(load()).rejects.toMatchObject({ code: 'ERR_LINK_OUTSIDE', where: { file: link } });
    await rm(link);
    await write(join(root, 'repo/settings.toml'), 'default_model = "a/b"\n');
    await symlink('settings.toml', link);
    expect((await load()).defaultModel).toEqual({ reference: 'a/b', source: 'project' });
  });

  it('never gets an API key through', async () => {
    const file = await write(join(root, 'repo/codetether.toml'), '[providers.x]\napi_key = "k"\n');
    await expect(trust(file)).rejects.toMatchObject({ code: 'ERR_CONFIG_API_KEY' });
    expect(await listTrustedFiles(home)).toEqual([]);
  });
});

describe('the list of trusted files', () => {
  it('shows what a file sets and is only readable by its owner', async () => {
    const file = await write(join(root, 'repo/codetether.toml'), `${SETTINGS}models = ["m"]\n`);
    const [found, ...others] = await examineProjectFiles(home, join(root, 'repo'));
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      path: file,
      state: 'untrusted',
      settings: [
        { key: 'providers.mine.base_url', value: 'http://127.0.0.1:1/v1' },
        { key: 'providers.mine.models', value: ['m'] },
      ],
    });
    await trust(file);
    expect((await stat(join(home, 'trusted.json'))).mode & 0o777).toBe(0o600);
    expect((await examineProjectFiles(home, file))[0]?.state).toBe('trusted');
    expect(await listTrustedFiles(home)).toMatchObject([
      { path: file, state: 'trusted', keys: ['providers.mine.base_url', 'providers.mine.models'] },
    ]);
  });

  it('tells changed and missing files, and forgets revoked ones', async () => {
    const one = await write(join(root, 'one/codetether.toml'), SETTINGS);
    const two = await write(join(root, 'two/codetether.toml'), SETTINGS);
    await trust(one);
    await trust(two);
    await writeFile(one, `# mine\n${SETTINGS}`);
    await rename(two, `${two}.old`);
    expect((await listTrustedFiles(home)).map(({ path, state }) => [path, state])).toEqual([
      [one, 'changed'],
      [two, 'missing'],
    ]);
    expect((await examineProjectFiles(home, one))[0]?.state).toBe('changed');
    expect(await revokeProjectFile(home, one)).toBe(one);
    await expect(load(join(root, 'one'))).rejects.toMatchObject({ code: 'ERR_CONFIG_UNTRUSTED' });
    await expect(revokeProjectFile(home, one)).rejects.toMatchObject({ code: 'ERR_TRUST_FILE' });
    expect(await listTrustedFiles(home)).toHaveLength(1);
  });

  it('is not believed when others may write it, or when it is damaged', async () => {
    const file = await write(join(root, 'repo/codetether.toml'), SETTINGS);
    await trust(file);
    const list = join(home, 'trusted.json');
    await chmod(list, 0o666);
    await expect(load()).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
      where: { file: list },
    });
    await chmod(list, 0o600);
    const text = await readFile(list, 'utf8');
    await writeFile(list, text.slice(0, -10));
    await expect(load()).rejects.toMatchObject({ code: 'ERR_TRUST_STORE_INVALID' });
    await writeFile(file, 'default_model = "a/b"\n');
    expect((await load()).defaultModel?.reference).toBe('a/b');
  });

  it('takes project files only', async () => {
    const other = await write(join(root, 'repo/settings.toml'), SETTINGS);
    await expect(examineProjectFiles(home, other)).rejects.toMatchObject({
      code: 'ERR_TRUST_FILE',
    });
    await expect(examineProjectFiles(home, join(root, 'repo'))).rejects.toMatchObject({
      code: 'ERR_TRUST_FILE',
      exitCode: 2,
    });
    await write(join(root, 'repo/codetether.toml'), 'default_model = "a/b"\n');
    expect((await examineProjectFiles(home, join(root, 'repo')))[0]?.state).toBe('harmless');
  });
});
