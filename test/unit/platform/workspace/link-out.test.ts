import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseLinkOut } from '../../../../src/platform/workspace/link-out.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('refuseLinkOut', () => {
  it('refuses a link out of the repository, also one to nothing, and lets the others be', async () => {
    const folder = await temporaryFolder();
    const repo = join(folder, 'repo');
    await mkdir(join(repo, '.git'), { recursive: true });
    await mkdir(join(repo, 'app'));
    await writeFile(join(folder, 'outside'), 'x');
    await writeFile(join(repo, 'inside'), 'x');
    const link = async (name: string, target: string): Promise<string> => {
      await symlink(target, join(repo, 'app', name));
      return join(repo, 'app', name);
    };
    const refused = { code: 'ERR_LINK_OUTSIDE', exitCode: 2, where: expect.any(Object) };
    await expect(refuseLinkOut(await link('a', '../../outside'), 'x')).rejects.toMatchObject(
      refused,
    );
    await expect(refuseLinkOut(await link('b', '/etc/hosts'), 'x')).rejects.toMatchObject(refused);
    await expect(refuseLinkOut(await link('c', '/no/such'), 'x')).rejects.toMatchObject(refused);
    await expect(refuseLinkOut(await link('d', '../inside'), 'x')).resolves.toBeUndefined();
    await expect(refuseLinkOut(join(repo, 'inside'), 'x')).resolves.toBeUndefined();
    await expect(refuseLinkOut(join(repo, 'missing'), 'x')).resolves.toBeUndefined();
    await symlink('/etc/hosts', join(folder, 'free'));
    await expect(refuseLinkOut(join(folder, 'free'), 'x')).resolves.toBeUndefined();
  });
});
