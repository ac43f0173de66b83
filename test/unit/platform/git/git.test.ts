import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGit } from '../../../../src/platform/git/git.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const author = { name: 'Ada', email: 'ada@example.org' };
const date = '2026-01-02T03:04:05Z';

describe('git plumbing', () => {
  it('commits a tree reproducibly and reads it back', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'one\n', 'dir/ü b.txt': 'two\n' });
    const git = workspaceGit(workspace);
    const tree = await git.writeTree();
    const request = { tree, parents: [], message: 'feat: one\n', author, date };
    const commit = await git.commitTree(request);
    expect(await git.commitTree(request)).toBe(commit);
    expect((await git.readFile(commit, 'dir/ü b.txt'))?.toString()).toBe('two\n');
    expect(await git.readFile(commit, 'missing')).toBeUndefined();
    expect(await git.resolve(`${commit}^{tree}`)).toBe(tree);
    expect(await git.resolve('refs/heads/none')).toBeUndefined();
  });

  it('moves a ref only from where it is expected, and repeats harmlessly', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'one\n' });
    const git = createGit({ gitDir: workspace.gitDir });
    const tree = await workspaceGit(workspace).writeTree();
    const [first, second, third] = await Promise.all(
      ['1', '2', '3'].map((message) =>
        git.commitTree({ tree, parents: [], message, author, date }),
      ),
    );
    if (first === undefined || second === undefined || third === undefined)
      expect.fail('no commits');
    const ref = 'refs/codetether/x';
    await git.updateRef({ ref, next: first, expected: null });
    await git.updateRef({ ref, next: first, expected: null });
    await git.updateRef({ ref, next: second, expected: first });
    await git.updateRef({ ref, next: second, expected: first });
    await expect(git.updateRef({ ref, next: third, expected: first })).rejects.toMatchObject({
      code: 'ERR_REF_MOVED',
    });
    expect(await git.resolve(ref)).toBe(second);
  });

  it('lists what differs between two trees', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'one\n', 'b.txt': 'b\n' });
    const git = workspaceGit(workspace);
    const before = await git.writeTree();
    await writeFile(join(workspace.root, 'a.txt'), 'one\ntwo\n');
    await writeFile(join(workspace.root, 'new ä.txt'), 'n\n');
    const after = await git.writeTree();
    const { files } = await git.diffTrees(before, after);
    expect(files).toEqual([
      {
        path: 'a.txt',
        rawPath: Buffer.from('a.txt'),
        change: 'modified',
        before: { mode: '100644', object: expect.stringMatching(/^[0-9a-f]{40}$/) },
        after: { mode: '100644', object: expect.stringMatching(/^[0-9a-f]{40}$/) },
      },
      {
        path: 'new ä.txt',
        rawPath: Buffer.from('new ä.txt'),
        change: 'added',
        before: null,
        after: { mode: '100644', object: expect.stringMatching(/^[0-9a-f]{40}$/) },
      },
    ]);
  });

  it('names command and answer when git fails', async () => {
    const { workspace } = await workspaceFixture();
    await expect(
      createGit({ gitDir: workspace.gitDir }).run(['cat-file', 'blob', 'nope']),
    ).rejects.toMatchObject({
      code: 'ERR_GIT_FAILED',
      message: expect.stringContaining('git cat-file blob nope ended with 128: fatal'),
    });
  });
});

describe('a lock file left by a killed git', () => {
  it('is removed when it is older than this process, and respected otherwise', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'one\n' });
    const git = workspaceGit(workspace);
    const lock = join(workspace.state, 'index.lock');
    await writeFile(lock, '');
    await expect(git.writeTree()).rejects.toMatchObject({ code: 'ERR_GIT_FAILED' });
    await utimes(lock, new Date(0), new Date(0));
    expect(await git.writeTree()).toMatch(/^[0-9a-f]{40}$/);
    const tree = await git.writeTree();
    const commit = await git.commitTree({ tree, parents: [], message: 'x', author, date });
    await git.updateRef({ ref: 'refs/codetether/x', next: commit, expected: null });
    const refLock = join(workspace.gitDir, 'refs/codetether/x.lock');
    await writeFile(refLock, '');
    await utimes(refLock, new Date(0), new Date(0));
    const next = await git.commitTree({ tree, parents: [commit], message: 'y', author, date });
    await git.updateRef({ ref: 'refs/codetether/x', next, expected: commit });
    expect(await git.resolve('refs/codetether/x')).toBe(next);
  });
});
