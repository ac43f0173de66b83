import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSnapshots, workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import { createWorkspace, openWorkspace } from '../../../../src/platform/workspace/workspace.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

describe('snapshots', () => {
  it('restore changed, deleted and stray files and leave ignored ones alone', async () => {
    const { workspace } = await workspaceFixture({
      'a.txt': 'a',
      'dir/b.txt': 'b',
      '.gitignore': 'cache/\n',
    });
    const snapshots = createSnapshots(workspace);
    const base = await snapshots.take('base');
    await writeFile(join(workspace.root, 'a.txt'), 'changed');
    await rm(join(workspace.root, 'dir'), { recursive: true });
    await writeFile(join(workspace.root, 'dir'), 'now a file');
    await mkdir(join(workspace.root, 'cache'));
    await writeFile(join(workspace.root, 'cache/c'), 'kept');
    await writeFile(join(workspace.root, 'stray.txt'), 'stray');
    await snapshots.restore(base.commit);
    expect(await readFile(join(workspace.root, 'a.txt'), 'utf8')).toBe('a');
    expect(await readFile(join(workspace.root, 'dir/b.txt'), 'utf8')).toBe('b');
    expect((await readdir(workspace.root)).toSorted()).toEqual([
      '.gitignore',
      'a.txt',
      'cache',
      'dir',
    ]);
    expect(await snapshots.currentTree()).toBe(base.tree);
  });

  it('make no commit when nothing changed', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'a' });
    const snapshots = createSnapshots(workspace);
    const first = await snapshots.take('one');
    expect(await snapshots.take('two')).toEqual(first);
    expect(await snapshots.message(first.commit)).toBe('one');
  });

  it('take the rest when a folder is a repository without a commit', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'a', 'sub/x.txt': 'x' });
    await workspaceGit({ ...workspace, gitDir: join(workspace.root, 'sub/.git') }).run([
      'init',
      '-q',
      'sub',
    ]);
    const { commit } = await createSnapshots(workspace).take('with a nested repository');
    expect((await workspaceGit(workspace).readFile(commit, 'a.txt'))?.toString()).toBe('a');
  });

  it('never run a hook, filter or monitor that the workspace brought along', async () => {
    const { workspace } = await workspaceFixture({
      'a.txt': 'a',
      '.gitattributes': '* filter=evil\n',
    });
    await mkdir(join(workspace.root, '.git'));
    await writeFile(
      join(workspace.root, '.git/config'),
      '[core]\n\tfsmonitor = "touch ../pwned"\n[filter "evil"]\n\tclean = touch pwned\n',
    );
    await createSnapshots(workspace).take('base');
    expect(await readdir(workspace.root)).not.toContain('pwned');
    expect(await readdir(join(workspace.root, '..'))).not.toContain('pwned');
  });
});

describe('workspaces', () => {
  it('are found again by id, with the git folder stored relative to the home', async () => {
    const { home, workspace } = await workspaceFixture();
    expect(await openWorkspace(home, { id: 'repo/lane-1', workdir: 'sub' })).toEqual({
      ...workspace,
      workdir: 'sub',
    });
    const record: unknown = JSON.parse(
      await readFile(join(home, 'workspaces/repo/lane-1/workspace.json'), 'utf8'),
    );
    expect(record).toEqual({
      version: 1,
      gitDir: 'workspaces/repo/bare.git',
      refPrefix: workspace.refPrefix,
    });
  });

  it('are refused when missing or outside the folder', async () => {
    const { home, workspace } = await workspaceFixture();
    await expect(openWorkspace(home, { id: 'nope', workdir: '.' })).rejects.toMatchObject({
      code: 'ERR_WORKSPACE_MISSING',
    });
    await expect(
      createWorkspace(home, 'a/../../../x', { gitDir: workspace.gitDir, refPrefix: 'refs/x' }),
    ).rejects.toMatchObject({ code: 'ERR_WORKSPACE_INVALID' });
  });
});
