import { lstat, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureWorkdir, findWorkdir } from '../../../../src/activities/workspace/workdir.js';
import { engineWrites } from '../../../../src/platform/sandbox/ownership.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

async function lane(workdir: string, files: Readonly<Record<string, string>> = {}) {
  return { ...(await workspaceFixture(files)).workspace, workdir };
}

describe('the folder where commands start', () => {
  it('is made when the files do not have it, and that counts as a write of the engine', async () => {
    const own = await lane('docs/prd');
    expect(await findWorkdir(own)).toBeUndefined();
    const before = engineWrites();
    await ensureWorkdir(own);
    expect(engineWrites()).toBeGreaterThan(before);
    expect(await findWorkdir(own)).toBe(join(own.root, 'docs/prd'));
    const after = engineWrites();
    await ensureWorkdir(own);
    expect(engineWrites()).toBe(after);
  });

  it.each([
    ['a file', 'docs', 'docs'],
    ['a file on the way', 'docs', 'docs/prd'],
  ])('is not put in the place of %s', async (_what, file, workdir) => {
    const own = await lane(workdir, { [file]: 'mine' });
    await ensureWorkdir(own);
    expect((await lstat(join(own.root, file))).isFile()).toBe(true);
    expect(await findWorkdir(own)).toBeUndefined();
  });

  it('is no link that leads out of the lane', async () => {
    const own = await lane('out/deep');
    const outside = await temporaryFolder();
    await symlink(outside, join(own.root, 'out'));
    await ensureWorkdir(own);
    await expect(lstat(join(outside, 'deep'))).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(join(outside, 'deep'));
    expect(await findWorkdir(own)).toBeUndefined();
  });

  it('may lie behind a link that stays inside, but is no link itself', async () => {
    const own = await lane('link/deep', { 'real/deep/a.txt': '' });
    await symlink('real', join(own.root, 'link'));
    expect(await findWorkdir(own)).toBe(join(own.root, 'real/deep'));
    // Its target could be another one when a command starts there.
    expect(await findWorkdir({ ...own, workdir: 'link' })).toBeUndefined();
  });
});
