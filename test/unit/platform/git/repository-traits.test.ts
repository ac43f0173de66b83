import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectTraits } from '../../../../src/platform/git/repository-traits.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const PLAIN = {
  objectFormat: 'sha1',
  isSparse: false,
  lacksObjects: false,
  submodules: [],
  lfsFiles: [],
  filters: [],
  commitHooks: [],
  isWritable: true,
};

describe('inspectTraits', () => {
  it('finds nothing in a plain repository', async () => {
    expect(await inspectTraits(await userRepository({ 'a.txt': 'a\n' }))).toEqual(PLAIN);
  });

  it('names files in LFS and other filters, wherever the attributes stand', async () => {
    const folder = await userRepository({
      'assets/.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'assets/a b.bin': 'version https://git-lfs.github.com/spec/v1\n',
      'other.bin': 'plain\n',
      '.gitattributes': '# filter=none\nsecret.txt filter=git-crypt\n',
    });
    expect(await inspectTraits(folder)).toEqual({
      ...PLAIN,
      lfsFiles: ['assets/a b.bin'],
      filters: ['git-crypt'],
    });
  });

  it('names submodules by their folders', async () => {
    const inner = await userRepository({ 's.txt': 's\n' });
    const folder = await userRepository({ 'a.txt': 'a\n' });
    const allow = ['-c', 'protocol.file.allow=always'];
    userGit(folder, ...allow, 'submodule', '--quiet', 'add', inner, 'lib/sub');
    userGit(folder, 'commit', '--quiet', '--message', 'sub');
    expect((await inspectTraits(folder)).submodules).toEqual(['lib/sub']);
  });

  it('knows sparse checkouts', async () => {
    const folder = await userRepository({ 'a/a.txt': 'a\n', 'b/b.txt': 'b\n' });
    userGit(folder, 'sparse-checkout', 'set', 'a');
    expect((await inspectTraits(folder)).isSparse).toBe(true);
  });

  it('tells a partial clone that lacks objects from one that was completed', async () => {
    const origin = await userRepository({ 'a.txt': 'a\n' });
    await writeFile(join(origin, 'a.txt'), 'later\n');
    userGit(origin, 'commit', '--quiet', '--all', '--message', 'second');
    userGit(origin, 'config', 'uploadpack.allowFilter', 'true');
    const folder = join(await temporaryFolder(), 'partial');
    userGit(origin, 'clone', '--quiet', '--filter=blob:none', `file://${origin}`, folder);
    expect((await inspectTraits(folder)).lacksObjects).toBe(true);
    userGit(folder, 'fetch', '--quiet', '--refetch', '--no-filter');
    expect((await inspectTraits(folder)).lacksObjects).toBe(false);
  });

  it('lists hooks that take part in a commit, from the folder that is configured', async () => {
    const folder = await userRepository({ '.husky/pre-commit': '#!/bin/sh\n', 'x/commit-msg': '' });
    expect((await inspectTraits(folder)).commitHooks).toEqual([]);
    userGit(folder, 'config', 'core.hooksPath', '.husky');
    expect((await inspectTraits(folder)).commitHooks).toEqual([]);
    await chmod(join(folder, '.husky/pre-commit'), 0o755);
    expect((await inspectTraits(folder)).commitHooks).toEqual(['pre-commit']);
  });

  it('knows repositories with SHA-256 names', async () => {
    const folder = await temporaryFolder();
    userGit(folder, 'init', '--quiet', '--object-format=sha256');
    await writeFile(join(folder, 'a.txt'), 'a\n');
    userGit(folder, 'add', '-A');
    userGit(folder, 'commit', '--quiet', '--message', 'first');
    expect((await inspectTraits(folder)).objectFormat).toBe('sha256');
  });
});
