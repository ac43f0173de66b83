import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { validateConfigFiles } from '../../../../src/config/show/validate-files.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

let top: string;
const userFile = () => join(top, 'xdg/codetether-agent/config.toml');
const projectFile = () => join(top, 'project/codetether.toml');

beforeEach(async () => {
  top = await temporaryFolder();
});

async function write(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

const validate = (more: { file?: string; configFile?: string } = {}) =>
  validateConfigFiles({
    project: join(top, 'project'),
    environment: { HOME: top, XDG_CONFIG_HOME: join(top, 'xdg') },
    ...more,
  });

describe('validateConfigFiles', () => {
  it('finds nothing where there is nothing', async () => {
    expect((await validate()).map(({ exists, problems }) => [exists, problems.length])).toEqual([
      [false, 0],
      [false, 0],
      [false, 0],
    ]);
  });

  it('names all problems of a file at once, each with its line and key', async () => {
    await write(
      userFile(),
      [
        'defualt_model = "a/b"',
        'ui.theme = "dark"',
        '[api]',
        'port = 0',
        'prot = 1',
        '[providers.x]',
        'api_key = "k"',
        'organization = "o"',
        '[permissions]',
        'deny = ["nonsense(", "web", "other("]',
      ].join('\n'),
    );
    const [file] = await validate();
    expect(file?.problems.map(({ code, where }) => [code, where?.line, where?.field])).toEqual(
      expect.arrayContaining([
        ['ERR_CONFIG_UNKNOWN_KEY', 1, 'defualt_model'],
        ['ERR_CONFIG_INVALID', 4, 'api.port'],
        ['ERR_CONFIG_UNKNOWN_KEY', 5, 'api.prot'],
        ['ERR_CONFIG_API_KEY', 7, 'providers.x.api_key'],
      ]),
    );
    expect(file?.problems).toHaveLength(4);
    expect(file?.warnings).toEqual([
      expect.stringMatching(/config\.toml:2: ui is ignored/),
      expect.stringMatching(/:8: providers\.x\.organization is ignored: .*OpenAI-Organization/),
    ]);
  });

  it('names every rule that cannot be kept', async () => {
    await write(userFile(), '[permissions]\ndeny = ["nonsense(", "web", "other("]\n');
    const [file] = await validate();
    expect(file?.problems.map(({ where }) => where?.field)).toEqual([
      'permissions.deny[0]',
      'permissions.deny[2]',
    ]);
  });

  it('names everything that a project file may not say', async () => {
    await write(projectFile(), 'egress.allow = []\nweb.allow = []\n[sandbox]\nminimum = "none"\n');
    const [, file] = await validate();
    expect(file?.problems.map(({ code, where }) => [code, where?.line])).toEqual([
      ['ERR_CONFIG_USER_ONLY', 1],
      ['ERR_CONFIG_USER_ONLY', 2],
      ['ERR_CONFIG_UNTRUSTED', 3],
    ]);
  });

  it('finds what only shows when the files are put together', async () => {
    await write(userFile(), 'fallback_models = ["nobody-knows/x"]\n');
    const [file] = await validate();
    expect(file?.problems.map(({ where }) => where?.field)).toEqual(['fallback_models[0]']);
  });

  it('says which line is no TOML, and goes on with the other files', async () => {
    await write(userFile(), 'a = \n');
    await write(projectFile(), 'x = 1\n');
    const files = await validate();
    expect(files.map(({ problems }) => problems.map(({ code }) => code))).toEqual([
      ['ERR_CONFIG_SYNTAX'],
      ['ERR_CONFIG_UNKNOWN_KEY'],
      [],
    ]);
  });

  it('takes one file alone, by its name as one of a project', async () => {
    const own = await write(join(top, 'mine.toml'), 'egress.allow = ["a.example"]\n');
    expect((await validate({ file: own }))[0]?.problems).toEqual([]);
    const other = await write(join(top, 'repo/.codetether/config.toml'), 'egress.allow = []\n');
    expect((await validate({ file: other }))[0]?.problems[0]?.code).toBe('ERR_CONFIG_USER_ONLY');
    const [gone] = await validate({ file: join(top, 'gone.toml') });
    expect(gone?.problems[0]?.code).toBe('ERR_CONFIG_MISSING');
  });

  it('counts the file of --config as the user’s own, also one with the name of a project', async () => {
    await write(projectFile(), 'egress.allow = ["a.example"]\n');
    const files = await validate({ configFile: projectFile() });
    expect(files.map(({ path, problems }) => [path, problems.length])).toEqual([
      [userFile(), 0],
      [join(top, 'project/.codetether/config.toml'), 0],
      [projectFile(), 0],
    ]);
    const [, , , gone] = await validate({ configFile: join(top, 'gone.toml') });
    expect(gone?.problems[0]?.code).toBe('ERR_CONFIG_MISSING');
  });
});
