import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeFolder } from '../../../../src/platform/storage/remove-folder.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('removeFolder', () => {
  it('removes folders that may not be written to, and nothing behind links', async () => {
    const root = await temporaryFolder();
    const outside = join(root, 'outside.txt');
    await writeFile(outside, 'stays\n');
    const folder = join(root, 'lanes');
    await mkdir(join(folder, 'cache/deep'), { recursive: true });
    await writeFile(join(folder, 'cache/deep/file'), 'x');
    await symlink(root, join(folder, 'link'));
    await chmod(join(folder, 'cache/deep'), 0o555);
    await chmod(join(folder, 'cache'), 0o500);
    await removeFolder(folder);
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(outside, 'utf8')).toBe('stays\n');
    await removeFolder(folder);
  });
});
