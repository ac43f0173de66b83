import { lstat, mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  copyInto,
  stageCopies,
} from '../../../../../src/activities/workspace/setup/copied-files.js';
import { copiesBeside } from '../../../../../src/activities/workspace/layout.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';
import { workspaceFixture } from '../../../../support/workspace-fixture.js';

async function checkout(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

describe('copies of ignored files', () => {
  it('are taken once: what the checkout becomes later does not show', async () => {
    const repository = await checkout({ '.env': 'A=1', 'certs/deep/ca.pem': 'pem' });
    await symlink('deep/ca.pem', join(repository, 'certs/link'));
    const { workspace } = await workspaceFixture({ '.env': 'of the agent' });
    await stageCopies(repository, ['.env', 'certs'], copiesBeside(workspace));
    await writeFile(join(repository, '.env'), 'A=2');
    await copyInto(workspace, ['.env', 'certs']);
    expect(await readFile(join(workspace.root, '.env'), 'utf8')).toBe('A=1');
    expect(await readFile(join(workspace.root, 'certs/deep/ca.pem'), 'utf8')).toBe('pem');
    expect(await readlink(join(workspace.root, 'certs/link'))).toBe('deep/ca.pem');
  });

  it.each([
    ['absent.txt', 'there is no such file in your checkout'],
    ['../beside', 'it is no path inside the repository'],
    ['.', 'it is no path inside the repository'],
    ['/etc/passwd', 'it is no path inside the repository'],
    ['.git/config', 'it is no path inside the repository'],
    ['out/secret', 'a symbolic link on the way leads outside the repository'],
    ['folder', 'it is a symbolic link that leads out of the repository'],
    ['absolute', 'it is a symbolic link that leads out of the repository'],
  ])('are not made of %s', async (path, reason) => {
    const repository = await checkout({ 'folder/a': '', '.git/config': '' });
    const outside = await checkout({ secret: 'secret' });
    await symlink(outside, join(repository, 'out'));
    await symlink('../../etc', join(repository, 'folder/up'));
    await symlink(join(repository, 'folder'), join(repository, 'absolute'));
    const staged = join(await temporaryFolder(), 'staged');
    await expect(stageCopies(repository, [path], staged)).rejects.toMatchObject({
      code: 'ERR_SETUP_COPY',
      where: { field: 'workspace.copy' },
      message: expect.stringContaining(reason),
    });
  });

  it('are not laid behind a link that leads out of the lane', async () => {
    const repository = await checkout({ 'conf/.env': 'A=1' });
    const { workspace } = await workspaceFixture();
    await stageCopies(repository, ['conf/.env'], copiesBeside(workspace));
    const outside = await temporaryFolder();
    await symlink(outside, join(workspace.root, 'conf'));
    await expect(copyInto(workspace, ['conf/.env'])).rejects.toMatchObject({
      code: 'ERR_SETUP_COPY',
    });
    await expect(lstat(join(outside, '.env'))).rejects.toMatchObject({ code: 'ENOENT' });
    await rm(join(workspace.root, 'conf'));
    await copyInto(workspace, ['conf/.env']);
    expect(await readFile(join(workspace.root, 'conf/.env'), 'utf8')).toBe('A=1');
  });
});
