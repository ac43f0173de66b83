import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { addConfigFileCommands } from '../../../../src/cli/config/file-commands.js';
import { configBench } from '../../../support/config-bench.js';

const bench = () => configBench(addConfigFileCommands, 'config');

describe('config init', () => {
  it.each([[['config', 'init']]])('%j makes the user’s own file once', async (words) => {
    const { run, userFile } = await bench();
    expect((await run(...words)).out).toContain(userFile);
    const text = await readFile(userFile, 'utf8');
    expect(parse(text)).toEqual({});
    const again = await run(...words);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('ERR_CONFIG_EXISTS')]);
    expect(await readFile(userFile, 'utf8')).toBe(text);
  });

  it('makes a project’s file, which tells of trust', async () => {
    const { run, projectFile } = await bench();
    await run('config', 'init', '--project');
    expect(await readFile(projectFile, 'utf8')).toContain('codetether trust');
  });
});

describe('config path and config validate', () => {
  it('name the files that count, and which exist', async () => {
    const { run, userFile, projectFile, folder, write } = await bench();
    await write(projectFile, '');
    expect((await run('config', 'path')).out.split('\n')).toEqual([
      `${userFile}  (does not exist)`,
      projectFile,
      `${join(folder, '.codetether/config.toml')}  (does not exist)`,
      '',
    ]);
    expect(JSON.parse((await run('config', 'path', '--json')).out)).toMatchObject({
      files: [{ exists: false }, { exists: true }, { exists: false }],
    });
  });

  it('say that all is well', async () => {
    const { run, userFile, write } = await bench();
    expect((await run('config', 'validate')).out).toContain('the defaults count');
    await write(userFile, 'default_provider = "x"\n');
    const { code, out, err } = await run('config', 'validate');
    expect([code, out]).toEqual([0, `${userFile} is valid\n`]);
    expect(err).toContain('default_provider is ignored');
  });

  it('print every problem with file, line and key, and end with 2', async () => {
    const { run, userFile, projectFile, write } = await bench();
    await write(userFile, 'defualt_model = "a/b"\n[api]\nport = 0\n');
    await write(projectFile, 'egress.allow = []\n');
    const { code, out, err } = await run('config', 'validate');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`${userFile}:1`);
    expect(err).toContain('did you mean default_model?');
    expect(err).toContain(`${userFile}:3`);
    expect(err).toContain(`${projectFile}:1`);
    const document = JSON.parse((await run('config', 'validate', '--json')).out) as object;
    expect(document).toMatchObject({
      valid: false,
      files: [
        {
          path: userFile,
          problems: [
            { line: 3, field: 'api.port' },
            { line: 1, field: 'defualt_model' },
          ],
        },
        { path: projectFile, problems: [{ code: 'ERR_CONFIG_USER_ONLY', line: 1 }] },
        {},
      ],
    });
  });

  it('look at one file that is named', async () => {
    const { run, folder, write } = await bench();
    const file = join(folder, 'mine.toml');
    await write(file, 'x = 1\n');
    expect((await run('config', 'validate', file)).code).toBe(2);
    expect((await run('config', 'validate', `${file}.gone`)).err).toContain('ERR_CONFIG_MISSING');
  });
});

describe('config schema', () => {
  it('is printed, or written to a file that does not exist yet', async () => {
    const { run, folder } = await bench();
    const printed = JSON.parse((await run('config', 'schema')).out) as object;
    expect(
      new Ajv({ strict: false, validateFormats: false }).compile(printed)({ api: { port: 'x' } }),
    ).toBe(false);
    const file = join(folder, 's.json');
    expect((await run('config', 'schema', '-o', file)).out).toContain('#:schema');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(printed);
    expect((await run('config', 'schema', '-o', file)).err).toContain('ERR_OUTPUT_FILE');
  });
});
