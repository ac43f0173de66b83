import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findInputFiles } from '../../../../src/runs/rlm/input-files.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

/** Text up to far behind what a look at the beginning would show, and a zero byte as its last. */
const LATE = Buffer.concat([Buffer.from('line\n'.repeat(200_000)), Buffer.from([0])]);

async function folderWith(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'src'));
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, 'src', name), content);
  return folder;
}

describe('files of an input', () => {
  it('of a folder or a glob are those of text; others are left out and named, wherever their zero byte is', async () => {
    const cwd = await folderWith({ 'a.txt': 'text\n', 'late.dat': LATE });
    for (const word of ['src', 'src/*'])
      expect(await findInputFiles([word], cwd)).toEqual({
        files: [{ name: 'src/a.txt', path: join(cwd, 'src/a.txt') }],
        notes: ['1 binary file is not part of the input: src/late.dat'],
      });
  });

  it('that are named are refused when they are no text', async () => {
    const cwd = await folderWith({ 'late.dat': LATE });
    await expect(findInputFiles(['src/late.dat'], cwd)).rejects.toMatchObject({
      code: 'ERR_RLM_INPUT',
      where: { file: 'src/late.dat' },
    });
    await expect(findInputFiles(['src'], cwd)).rejects.toMatchObject({ code: 'ERR_RLM_INPUT' });
  });

  it('are named in a note that stays one line, however many and however they are called', async () => {
    const names = Array.from({ length: 14 }, (_, index) => `b${index}\n\u{1b}[2J.bin`);
    const files = Object.fromEntries(names.map((name) => [name, Buffer.from([0])]));
    const { notes } = await findInputFiles(['src'], await folderWith({ 'a.txt': 'x', ...files }));
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^14 binary files are not part of the input: .*, … 4 more$/u);
    expect(notes[0]).not.toMatch(/\p{Cc}/u);
  });

  it('are only those that a stranger may see, where that is wanted', async () => {
    const cwd = await folderWith({ 'a.txt': 'x', id_rsa: 'key', '.env': 'KEY=1' });
    const shown = { shownOnly: true };
    for (const word of ['src', 'src/*', 'src/{.env,a.txt,id_rsa}', '.'])
      expect((await findInputFiles([word], cwd, shown)).files.map(({ name }) => name)).toEqual([
        'src/a.txt',
      ]);
    for (const word of ['src/.env', 'src/id_rsa', '/etc/passwd', '../x', 'src/.e*'])
      await expect(findInputFiles([word], cwd, shown)).rejects.toMatchObject({
        code: 'ERR_RLM_INPUT',
      });
    expect((await findInputFiles(['src/.env'], cwd)).files).toHaveLength(1);
  });
});
