import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findScript, listScripts } from '../../../../src/runs/script/find-script.js';
import { namedScript, scriptFiles, writeFileAt } from '../../../support/script-files.js';

async function setup() {
  const files = await scriptFiles();
  const { repository } = files;
  const find = (wanted: string, cwd = repository) => findScript(wanted, { repository, cwd });
  const names = async () => (await listScripts(repository)).scripts.map(({ meta }) => meta.name);
  return { ...files, find, names };
}

describe('scripts by name', () => {
  it('lie in the repository and with the person; the nearest of a name counts', async () => {
    const { repository, home, save, write, find, names } = await setup();
    expect(await names()).toEqual([]);
    await save('one', namedScript('one', 'return "ours";'));
    await write('.claude/workflows/one.js', namedScript('one', 'return "theirs";'));
    await write('.claude/workflows/two.js', namedScript('two'));
    await writeFileAt(home, '.config/codetether-agent/scripts/three.js', namedScript('three'));
    await write('.codetether/scripts/readme.md', 'no script');
    expect(await names()).toEqual(['one', 'two', 'three']);
    expect(await find('one')).toMatchObject({
      path: join(repository, '.codetether/scripts/one.js'),
      text: expect.stringContaining('ours'),
      meta: { name: 'one', description: 'does one', phases: [] },
    });
    const { scripts } = await listScripts(null);
    expect(scripts.map(({ meta }) => meta.name)).toEqual(['three']);
  });

  it('are called as their meta says, whatever their file is called', async () => {
    const { save, find } = await setup();
    await save('file', namedScript('other'));
    expect((await find('other')).path).toMatch(/file\.js$/);
    await expect(find('file')).rejects.toMatchObject({ code: 'ERR_SCRIPT_UNKNOWN' });
  });

  it('that are broken are told beside the others, and by what is wrong when they are named', async () => {
    const { repository, save, find, names } = await setup();
    await save('good');
    await save('bad', 'const a = ;');
    expect(await names()).toEqual(['good']);
    const { broken } = await listScripts(repository);
    expect(broken).toEqual([
      {
        path: join(repository, '.codetether/scripts/bad.js'),
        problems: [{ line: 1, column: 11, message: 'Unexpected token' }],
      },
    ]);
    await expect(find('bad')).rejects.toMatchObject({ code: 'ERR_SCRIPT_INVALID' });
  });

  it('of which there is none are told with the names that there are', async () => {
    const { save, find } = await setup();
    await expect(find('gone')).rejects.toMatchObject({
      code: 'ERR_SCRIPT_UNKNOWN',
      message: 'there is no script "gone"',
      hint: 'write one into .codetether/scripts/NAME.js, or name a file',
    });
    await save('one');
    await save('two');
    await expect(find('gone')).rejects.toMatchObject({
      hint: 'there are one, two; or name a file',
    });
  });

  it('are at most two hundred, however many files there are', async () => {
    const { save, names } = await setup();
    await Promise.all(Array.from({ length: 230 }, (_, at) => save(`s-${at}`)));
    expect(await names()).toHaveLength(200);
  });

  it('are found though one of their files is a link to nothing, or a folder', async () => {
    const { repository, save, names } = await setup();
    await save('good');
    const place = join(repository, '.codetether/scripts');
    await symlink('/nowhere/at-all.js', join(place, 'dangling.js'));
    await mkdir(join(place, 'folder.js'));
    expect(await names()).toEqual(['good']);
  });
});

describe('a script by its file', () => {
  it('is found from the folder where it is named', async () => {
    const { repository, write, find } = await setup();
    const path = await write('tools/move.js', namedScript('move'));
    for (const [wanted, cwd] of [
      ['tools/move.js', repository],
      ['move.js', join(repository, 'tools')],
      ['./move.js', join(repository, 'tools')],
      [path, '/'],
    ] as const)
      expect((await find(wanted, cwd)).path).toBe(path);
  });

  it.each(['gone.js', './gone', '/nowhere/gone.js'])(
    'that is not there (%s) is told by its path',
    async (wanted) => {
      const { find } = await setup();
      await expect(find(wanted)).rejects.toMatchObject({
        code: 'ERR_SCRIPT_UNKNOWN',
        message: expect.stringMatching(/^there is no file \/.*gone(\.js)?$/),
        hint: 'codetether script list shows the scripts that have a name',
      });
    },
  );

  it('has every problem told with its line and column, at most twenty of them', async () => {
    const { write, find } = await setup();
    await write('two.js', `${namedScript('x')}fetch("a");\nrequire("b");\n`);
    const failure = await find('two.js').catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'ERR_SCRIPT_INVALID',
      message: expect.stringMatching(
        /two\.js has 2 problems\n {2}- line 3, column 1: unknown name fetch: .*\n {2}- line 4, column 1: unknown name require: /,
      ),
      where: { file: expect.stringMatching(/two\.js$/), line: 3 },
      hint: 'correct it, then: codetether script check FILE',
    });
    const many = Array.from({ length: 99 }, (_, at) => `no${at}();`).join('\n');
    await write('many.js', namedScript('x', many));
    const told = await find('many.js').then(
      () => '',
      (error: Error) => error.message,
    );
    expect(told.split('\n')).toHaveLength(21);
  });

  it('that is empty, no text, or far too long is no script, and is not read as a whole', async () => {
    const { repository, write, find } = await setup();
    await write('empty.js', '');
    await expect(find('empty.js')).rejects.toMatchObject({ code: 'ERR_SCRIPT_INVALID' });
    await writeFile(join(repository, 'bytes.js'), Buffer.from([0, 255, 254, 1]));
    await expect(find('bytes.js')).rejects.toMatchObject({ code: 'ERR_SCRIPT_INVALID' });
    const huge = await write('huge.js', '//');
    await truncate(huge, 8 * 1024 ** 3);
    await expect(find('huge.js')).rejects.toMatchObject({
      code: 'ERR_SCRIPT_INVALID',
      message: expect.stringContaining('longer than 256 KiB'),
    });
  });
});
