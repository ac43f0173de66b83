import { mkdir, symlink } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromWorkdir, resolveSearchPath } from '../../../../src/tools/search/search-path.js';
import { toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

async function context(workdir = '.') {
  const { workspace } = await workspaceFixture({ 'app/src/a.txt': '' });
  return toolContext({ ...workspace, workdir });
}

describe('where a search begins', () => {
  it.each([
    ['.', undefined, '.'],
    ['.', '', '.'],
    ['app', undefined, 'app'],
    ['app', 'src', 'app/src'],
    ['app', '../app/src/a.txt', 'app/src/a.txt'],
  ])('from the working folder %s, %j is %s of the workspace', async (workdir, path, expected) => {
    expect(await resolveSearchPath(await context(workdir), path)).toEqual({
      isUsable: true,
      path: expected,
    });
  });

  it.each([
    ['gone', 'gone: no such file or folder.'],
    ['..', '..: leads outside the workspace; use a path relative to the working folder'],
  ])('cannot be %s', async (path, reason) => {
    expect(await resolveSearchPath(await context(), path)).toEqual({ isUsable: false, reason });
  });

  it('cannot be a link that leads out, or what is neither file nor folder', async () => {
    const of = await context();
    await mkdir(join(of.workspace.root, 'dir'));
    await symlink('/etc', join(of.workspace.root, 'dir/etc'));
    expect(await resolveSearchPath(of, 'dir/etc')).toMatchObject({ isUsable: false });
    execFileSync('mkfifo', [join(of.workspace.root, 'pipe')]);
    expect(await resolveSearchPath(of, 'pipe')).toEqual({
      isUsable: false,
      reason: 'pipe: neither a file nor a folder.',
    });
  });
});

describe('fromWorkdir', () => {
  it.each([
    ['.', './a.txt', 'a.txt'],
    ['app', 'app/src/a.txt', 'src/a.txt'],
    ['app', 'other/b.txt', '../other/b.txt'],
    ['app', 'app', '.'],
  ])('from %s, %s reads as %s', async (workdir, path, expected) => {
    expect(fromWorkdir(await context(workdir), path)).toBe(expected);
  });
});
