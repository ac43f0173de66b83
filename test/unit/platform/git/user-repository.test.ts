import { existsSync } from 'node:fs';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  branchTip,
  forwardCheckout,
  listWorktrees,
  moveBranch,
  openUserRepository,
} from '../../../../src/platform/git/user-repository.js';
import { createGit } from '../../../../src/platform/git/git.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

/** A person's repository, and a bare clone with one commit more that no ref of it names. */
async function ahead(files: Readonly<Record<string, string>> = { 'a.txt': 'a\n' }) {
  const folder = await userRepository(files);
  const source = join(await temporaryFolder(), 'bare.git');
  userGit(folder, 'clone', '--quiet', '--bare', folder, source);
  const git = createGit({ gitDir: source });
  const blob = (await git.run(['hash-object', '-w', '--stdin'], { stdin: 'next\n' })).stdout;
  const entry = `100644 blob ${blob.toString('utf8').trim()}\ta.txt\n`;
  const tree = (await git.run(['mktree'], { stdin: entry })).stdout.toString('utf8').trim();
  const base = userGit(folder, 'rev-parse', 'HEAD');
  const author = { name: 'Ada', email: 'ada@example.org' };
  const date = '2026-01-02T03:04:05Z';
  const commit = await git.commitTree({ tree, parents: [base], message: 'next', author, date });
  return { folder, base, publication: { source, commit, branch: 'feature/x' } };
}

describe('openUserRepository', () => {
  it('finds the shared folder of a linked worktree and of a separate git folder', async () => {
    const { folder } = await ahead();
    const linked = join(await temporaryFolder(), 'linked tree ü');
    userGit(folder, 'worktree', 'add', '--quiet', '-b', 'side', linked);
    const repository = await openUserRepository(linked);
    expect(repository.commonDir).toBe(join(folder, '.git'));
    expect(await listWorktrees(repository)).toEqual([
      { path: folder, branch: 'main' },
      { path: linked, branch: 'side' },
    ]);
    const parts = await temporaryFolder();
    await mkdir(join(parts, 'files'));
    userGit(join(parts, 'files'), 'init', '--quiet', '--separate-git-dir', join(parts, 'store'));
    expect((await openUserRepository(join(parts, 'files'))).commonDir).toBe(join(parts, 'store'));
  });
});

describe('moveBranch', () => {
  it('creates and forwards a branch by commit id, and never moves it back or aside', async () => {
    const { folder, base, publication } = await ahead();
    const repository = await openUserRepository(folder);
    expect(await moveBranch(repository, publication)).toEqual({ kind: 'moved' });
    expect(await branchTip(repository, 'feature/x')).toBe(publication.commit);
    expect(await moveBranch(repository, { ...publication, commit: base })).toEqual({
      kind: 'other-commits',
    });
    expect(await moveBranch(repository, { ...publication, branch: 'feature/x/y' })).toEqual({
      kind: 'unfit-name',
    });
    expect(await moveBranch(repository, { ...publication, branch: 'main' })).toEqual({
      kind: 'checked-out',
    });
    expect(await branchTip(repository, 'feature/x')).toBe(publication.commit);
  });

  it('works from a linked worktree', async () => {
    const { folder, publication } = await ahead();
    const linked = join(await temporaryFolder(), 'linked');
    userGit(folder, 'worktree', 'add', '--quiet', '-b', 'side', linked);
    expect(await moveBranch(await openUserRepository(linked), publication)).toEqual({
      kind: 'moved',
    });
    expect(userGit(folder, 'rev-parse', 'feature/x')).toBe(publication.commit);
  });
});

describe('a lock that is in the way', () => {
  const hourAgo = new Date(Date.now() - 3_600_000);

  it('of a ref is named with its age, and never removed: it may be a person’s', async () => {
    const { folder, publication } = await ahead();
    const lock = join(folder, '.git/refs/heads/feature/x.lock');
    await mkdir(join(folder, '.git/refs/heads/feature'), { recursive: true });
    await writeFile(lock, '');
    await utimes(lock, hourAgo, hourAgo);
    const move = await moveBranch(await openUserRepository(folder), publication);
    expect(move).toEqual({ kind: 'locked', lock: { path: lock, ageMs: expect.any(Number) } });
    expect(move.kind === 'locked' && Math.round(move.lock.ageMs / 60_000)).toBe(60);
    expect(existsSync(lock)).toBe(true);
  });

  it('of the index is named with its age when a person merges', async () => {
    const { folder, publication } = await ahead();
    const lock = join(folder, '.git/index.lock');
    await writeFile(lock, '');
    await utimes(lock, hourAgo, hourAgo);
    const error: unknown = await forwardCheckout(await openUserRepository(folder), {
      ...publication,
      branch: 'main',
    }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ERR_MERGE_REFUSED',
      message: `git does not move main: the lock file ${lock} is in the way, 60 min old`,
      where: { file: lock },
    });
    expect(existsSync(lock)).toBe(true);
  });
});

describe('a failure that has nothing to do with the branch', () => {
  it('is one, and not a branch with other commits', async () => {
    const { folder, publication } = await ahead();
    const repository = await openUserRepository(folder);
    const missing = { ...publication, source: join(folder, 'gone.git') };
    await expect(moveBranch(repository, missing)).rejects.toMatchObject({ code: 'ERR_GIT_FAILED' });
  });
});

describe('forwardCheckout', () => {
  it('moves the checked-out branch with its files, and runs no hook', async () => {
    const { folder, publication } = await ahead();
    const mark = join(folder, '.git/hook-ran');
    const hook = `#!/bin/sh\ntouch ${mark}\n`;
    await writeFile(join(folder, '.git/hooks/post-merge'), hook, { mode: 0o755 });
    const repository = await openUserRepository(folder);
    await forwardCheckout(repository, { ...publication, branch: 'main' });
    expect(userGit(folder, 'rev-parse', 'main')).toBe(publication.commit);
    expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('next\n');
    expect(userGit(folder, 'status', '--porcelain')).toBe('');
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });
    await forwardCheckout(repository, { ...publication, branch: 'main' });
  });

  it('names the files in the way and changes nothing', async () => {
    const { folder, base, publication } = await ahead();
    await writeFile(join(folder, 'a.txt'), 'mine\n');
    await expect(
      forwardCheckout(await openUserRepository(folder), { ...publication, branch: 'main' }),
    ).rejects.toMatchObject({ code: 'ERR_MERGE_REFUSED', exitCode: 2, data: { files: ['a.txt'] } });
    expect(userGit(folder, 'rev-parse', 'main')).toBe(base);
    expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('mine\n');
  });
});
