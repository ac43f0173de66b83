import {
  chmod,
  mkdir,
  readFile,
  readlink,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFolder } from '../../../../../src/activities/workspace/caches/copy-folder.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

describe('a copied cache', () => {
  it('keeps modes, times and links, and what was there already', async () => {
    const folder = await temporaryFolder();
    const [from, to] = [join(folder, 'from'), join(folder, 'deep/to')];
    await mkdir(join(from, 'sub'), { recursive: true });
    await writeFile(join(from, 'sub/tool'), 'new');
    await chmod(join(from, 'sub/tool'), 0o751);
    const time = new Date('2026-01-02T03:04:05Z');
    await utimes(join(from, 'sub/tool'), time, time);
    await symlink('/nowhere', join(from, '.link'));
    await writeFile(join(from, 'kept'), 'other');
    await mkdir(to, { recursive: true });
    await writeFile(join(to, 'kept'), 'mine');
    await copyFolder(from, to);
    const facts = await stat(join(to, 'sub/tool'));
    expect([facts.mode & 0o777, facts.mtime]).toEqual([0o751, time]);
    expect(await readlink(join(to, '.link'))).toBe('/nowhere');
    expect(await readFile(join(to, 'kept'), 'utf8')).toBe('mine');
  });

  it('is empty where there is nothing to copy, and that is no failure', async () => {
    const folder = await temporaryFolder();
    await copyFolder(join(folder, 'gone'), join(folder, 'to'));
    expect((await stat(join(folder, 'to'))).isDirectory()).toBe(true);
  });
});
