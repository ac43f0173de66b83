import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGit } from '../../../../src/platform/git/git.js';
import { inspectRepository, readLog } from '../../../../src/platform/git/repository.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const author = { name: 'Ada', email: 'ada@example.org' };

async function repository(): Promise<{ folder: string; commit: string }> {
  const folder = await temporaryFolder();
  const git = createGit({ gitDir: join(folder, '.git'), workTree: folder });
  await git.run(['init', '-q', '-b', 'main', folder]);
  await git.run(['config', 'user.name', 'Ada']);
  await git.run(['config', 'user.email', 'ada@example.org']);
  await writeFile(join(folder, 'a.txt'), 'a\n');
  const commit = await git.commitTree({
    tree: await git.writeTree(),
    parents: [],
    message: 'feat: start\n\nbody line\n',
    author,
    date: '2026-01-02T03:04:05Z',
  });
  await git.updateRef({ ref: 'refs/heads/main', next: commit, expected: null });
  return { folder, commit };
}

describe('inspectRepository', () => {
  it('reports branch, head, dirty files and identity from any folder inside', async () => {
    const { folder, commit } = await repository();
    await createGit({ gitDir: join(folder, '.git') }).run(['branch', 'other']);
    await writeFile(join(folder, 'a.txt'), 'changed\n');
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'sub/new file.txt'), 'n\n');
    expect(await inspectRepository(join(folder, 'sub'))).toEqual({
      topLevel: folder,
      gitDir: join(folder, '.git'),
      headCommit: commit,
      branch: 'main',
      branches: ['main', 'other'],
      checkedOutBranches: ['main'],
      dirtyFiles: [
        { path: 'a.txt', state: 'modified' },
        { path: 'sub/new file.txt', state: 'untracked' },
      ],
      identity: author,
      isBare: false,
      isShallow: false,
      signsCommits: false,
    });
  });

  it('knows detached heads and linked worktrees', async () => {
    const { folder, commit } = await repository();
    const git = createGit({ gitDir: join(folder, '.git'), workTree: folder });
    const linked = join(await temporaryFolder(), 'linked');
    await git.run(['worktree', 'add', '-q', '-b', 'side', linked]);
    await git.run(['checkout', '-q', '--detach', commit]);
    const facts = await inspectRepository(folder);
    expect(facts.branch).toBeNull();
    expect(facts.checkedOutBranches).toEqual(['side']);
    expect((await inspectRepository(linked)).gitDir).toBe(join(folder, '.git'));
  });

  it('accepts a repository without a commit and a bare one', async () => {
    const folder = await temporaryFolder();
    await createGit({ gitDir: folder }).run(['init', '-q', '--bare', '-b', 'main', folder]);
    expect(await inspectRepository(folder)).toMatchObject({
      isBare: true,
      headCommit: null,
      branch: 'main',
      branches: [],
    });
  });

  it('refuses a folder without a repository and a folder that is missing', async () => {
    const folder = await temporaryFolder();
    await expect(inspectRepository(folder)).rejects.toMatchObject({
      code: 'ERR_NOT_A_REPOSITORY',
      exitCode: 2,
    });
    await expect(inspectRepository(join(folder, 'no'))).rejects.toMatchObject({
      code: 'ERR_NOT_A_REPOSITORY',
    });
  });
});

describe('a repository in a format that this git does not know', () => {
  it('is refused in one line, exit 2', async () => {
    const { folder } = await repository();
    const git = createGit({ gitDir: join(folder, '.git') });
    await git.run(['config', 'extensions.storesomewhereelse', 'yes']);
    await git.run(['config', 'core.repositoryformatversion', '1']);
    await expect(inspectRepository(folder)).rejects.toMatchObject({
      code: 'ERR_REPOSITORY_FORMAT',
      exitCode: 2,
      where: { file: folder },
    });
  });
});

describe('readLog', () => {
  it('lists commits with author and body', async () => {
    const { folder, commit } = await repository();
    expect(await readLog(folder, { revision: 'main' })).toEqual([
      {
        commit,
        subject: 'feat: start',
        body: 'body line\n',
        authorName: 'Ada',
        authorEmail: 'ada@example.org',
        committedAt: '2026-01-02T03:04:05+00:00',
      },
    ]);
  });
});

describe('a repository whose configuration names programs', () => {
  it('is planned without starting its file monitor or an index hook, and without writing its index', async () => {
    const folder = await userRepository({ 'a.txt': 'a\n' });
    const mark = join(await temporaryFolder(), 'ran');
    const program = join(await temporaryFolder(), 'program.sh');
    await writeFile(program, `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    userGit(folder, 'config', 'core.fsmonitor', program);
    await writeFile(join(folder, '.git/hooks/post-index-change'), `#!/bin/sh\ntouch ${mark}\n`, {
      mode: 0o755,
    });
    await writeFile(join(folder, 'a.txt'), 'b\n');
    await writeFile(join(folder, 'a.txt'), 'a\n');
    const index = await readFile(join(folder, '.git/index'));
    await inspectRepository(folder);
    await readLog(folder, { revision: 'HEAD' });
    expect(existsSync(mark)).toBe(false);
    expect(await readFile(join(folder, '.git/index'))).toEqual(index);
  });
});
