import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bearBranch,
  firstCommitOf,
  makeFirstCommit,
} from '../../../../src/platform/git/first-commit.js';
import { openUserRepository } from '../../../../src/platform/git/user-repository.js';
import { userGit } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const author = { name: 'Ada', email: 'ada@example.org' };

/** A repository without a commit, and the place of the engine's clone of it. */
async function unborn(files: Readonly<Record<string, string>>) {
  const root = await temporaryFolder();
  const topLevel = join(root, 'repo');
  await mkdir(topLevel);
  userGit(topLevel, 'init', '--quiet', '--initial-branch', 'main');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(topLevel, path, '..'), { recursive: true });
    await writeFile(join(topLevel, path), text);
  }
  const gitDir = join(root, 'bare.git');
  return { topLevel, gitDir, make: () => makeFirstCommit({ gitDir, topLevel, author }) };
}

describe('makeFirstCommit', () => {
  it('has an empty root and the files as they are, byte for byte, and changes nothing of the repository', async () => {
    const { topLevel, gitDir, make } = await unborn({
      'README.md': 'a\r\n',
      '.gitattributes': '* text=auto\n*.md filter=lfs\n',
      '.gitignore': 'out/\n',
      'out/a': '1',
      'ü b/run.sh': '#!/bin/sh\n',
    });
    await chmod(join(topLevel, 'ü b/run.sh'), 0o755);
    await symlink('README.md', join(topLevel, 'link'));
    userGit(topLevel, 'add', '.gitignore');
    const before = userGit(topLevel, 'status', '--porcelain');
    const first = await make();
    expect({ files: [...first.files].sort(), leftOut: first.leftOut }).toEqual({
      files: ['.gitattributes', '.gitignore', 'README.md', 'link', 'ü b/run.sh'],
      leftOut: [],
    });
    expect(userGit(gitDir, 'log', '--format=%s|%an|%cn', first.commit).split('\n')).toEqual([
      'chore: files as they were before the first run|Ada|CodeTether',
      'chore: empty root|CodeTether|CodeTether',
    ]);
    expect(userGit(gitDir, 'ls-tree', `${first.commit}^`)).toBe('');
    expect(
      userGit(gitDir, '-c', 'core.quotePath=false', 'ls-tree', '-r', first.commit)
        .split('\n')
        .map((line) => line.replace(/ blob \S+\t/, ' ')),
    ).toEqual([
      '100644 .gitattributes',
      '100644 .gitignore',
      '100644 README.md',
      '120000 link',
      '100755 ü b/run.sh',
    ]);
    const readme = userGit(gitDir, 'cat-file', '-s', `${first.commit}:README.md`);
    expect(readme).toBe('3');
    expect(userGit(topLevel, 'status', '--porcelain')).toBe(before);
  });

  it('leaves out what nobody commits unseen, and names it', async () => {
    const { make } = await unborn({
      '.env': 'KEY=1',
      '.env.local': 'KEY=1',
      '.env.example': 'KEY=',
      'keys/server.pem': 'x',
      'keys/id_ed25519': 'x',
      'keyboard.ts': 'x',
      'node_modules/a/index.js': 'x',
      'src/.venv/bin/python': 'x',
    });
    const { files, leftOut } = await make();
    expect({ files: [...files].sort(), leftOut: [...leftOut].sort() }).toEqual({
      files: ['.env.example', 'keyboard.ts'],
      leftOut: [
        '.env',
        '.env.local',
        'keys/id_ed25519',
        'keys/server.pem',
        'node_modules/a/index.js',
        'src/.venv/bin/python',
      ],
    });
  });

  it('is the empty root where there is no file, the same in every repository', async () => {
    const [one, other] = [await unborn({}), await unborn({ '.env': '1' })];
    const [first, second] = [await one.make(), await other.make()];
    expect(first.commit).toBe(second.commit);
    expect(first.files).toEqual([]);
  });

  it('is the same commit for the same files, and another one for others', async () => {
    const { topLevel, make } = await unborn({ 'a.txt': 'a' });
    const time = new Date('2026-01-02T03:04:05.678Z');
    await utimes(join(topLevel, 'a.txt'), time, time);
    const first = await make();
    expect((await make()).commit).toBe(first.commit);
    await writeFile(join(topLevel, 'a.txt'), 'b');
    await utimes(join(topLevel, 'a.txt'), time, time);
    expect((await make()).commit).not.toBe(first.commit);
  });

  it('refuses more files than are taken unseen', async () => {
    const files = Object.fromEntries(Array.from({ length: 2001 }, (_, at) => [`f/${at}`, '']));
    const { topLevel, make } = await unborn(files);
    await expect(make()).rejects.toMatchObject({
      name: 'InvalidInputError',
      code: 'ERR_NO_COMMIT',
      where: { file: topLevel },
    });
  });

  it('leaves a repository inside out', async () => {
    const { topLevel, make } = await unborn({ 'a.txt': 'a', 'inner/b.txt': 'b' });
    userGit(join(topLevel, 'inner'), 'init', '--quiet');
    expect(await make()).toMatchObject({ files: ['a.txt'], leftOut: ['inner/'] });
  });
});

describe('bearBranch', () => {
  it('gives the branch the first commit without touching a file, and takes it back', async () => {
    const { topLevel, gitDir, make } = await unborn({ 'a.txt': 'a\n', '.env': '1' });
    const { commit } = await make();
    expect(await firstCommitOf(gitDir, commit)).toBe(commit);
    expect(await firstCommitOf(gitDir, 'f'.repeat(40))).toBeUndefined();
    await writeFile(join(topLevel, 'a.txt'), 'changed\n');
    const repository = await openUserRepository(topLevel);
    const undo = await bearBranch(repository, { source: gitDir, commit, branch: 'main' });
    expect(userGit(topLevel, 'rev-parse', 'HEAD')).toBe(commit);
    expect(userGit(topLevel, 'status', '--porcelain')).toBe('M a.txt\n?? .env');
    await undo();
    expect(userGit(topLevel, 'status', '--porcelain')).toBe('?? .env\n?? a.txt');
    expect(existsSync(join(topLevel, '.git/refs/heads/main'))).toBe(false);
    expect(await readFile(join(topLevel, 'a.txt'), 'utf8')).toBe('changed\n');
  });

  it('never moves a branch that was born meanwhile', async () => {
    const { topLevel, gitDir, make } = await unborn({ 'a.txt': 'a\n' });
    const { commit } = await make();
    userGit(topLevel, 'add', '-A');
    userGit(topLevel, 'commit', '-qm', 'mine');
    const mine = userGit(topLevel, 'rev-parse', 'HEAD');
    const repository = await openUserRepository(topLevel);
    await expect(
      bearBranch(repository, { source: gitDir, commit, branch: 'main' }),
    ).rejects.toMatchObject({ code: 'ERR_REF_MOVED' });
    expect(userGit(topLevel, 'rev-parse', 'HEAD')).toBe(mine);
    expect(userGit(topLevel, 'status', '--porcelain')).toBe('');
  });
});
