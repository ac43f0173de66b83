import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findWorkplace,
  repositoryNotes,
  type RepositoryFlags,
} from '../../../../src/runs/repository/repository-rules.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const find = (repository: string, flags: RepositoryFlags = {}, folder = '.') =>
  findWorkplace(flags, { prdPath: join(repository, folder, 'prd.json'), cwd: repository });

const LFS = { '.gitattributes': '*.bin filter=lfs\n', 'a.bin': 'version https://git-lfs\n' };

describe('findWorkplace', () => {
  it('starts where the PRD lies, unless told otherwise', async () => {
    const repository = await userRepository({ 'packages/api/a.js': 'a\n', 'docs/b.md': 'b\n' });
    expect((await find(repository, {}, 'docs')).workdir).toBe('docs');
    const flags = { workdir: 'packages/api' };
    expect((await find(repository, flags, 'docs')).workdir).toBe('packages/api');
    expect((await find(repository, { workdir: join(repository, 'docs') })).workdir).toBe('docs');
  });

  it('works in another repository than the one that holds the PRD', async () => {
    const repository = await userRepository({ 'a.js': 'a\n' });
    const prdPath = join(await temporaryFolder(), 'prd.json');
    const place = await findWorkplace({ repo: '.' }, { prdPath, cwd: repository });
    expect([place.facts.topLevel, place.workdir]).toEqual([repository, '.']);
  });

  it('refuses a working folder that is none, or that lies outside', async () => {
    const repository = await userRepository({ 'a.js': 'a\n' });
    await symlink('..', join(repository, 'up'));
    for (const workdir of ['nope', 'a.js', '..', 'up', '/'])
      await expect(find(repository, { workdir })).rejects.toMatchObject({
        code: 'ERR_WORKDIR',
        exitCode: 2,
      });
  });

  it('refuses files in LFS until told that pointers do', async () => {
    const repository = await userRepository(LFS);
    await expect(find(repository)).rejects.toMatchObject({
      code: 'ERR_LFS_UNSUPPORTED',
      message: '1 file is in Git LFS, for example a.bin; lanes hold their pointers only',
      hint: expect.stringContaining('--allow-lfs-pointers'),
    });
    const place = await find(repository, { allowLfsPointers: true });
    expect(repositoryNotes(place, 'x')).toEqual(['files in Git LFS are pointers in lanes (a.bin)']);
  });

  it('takes a repository whose LFS filter no file uses', async () => {
    const repository = await userRepository({ '.gitattributes': '*.bin filter=lfs\n' });
    expect(repositoryNotes(await find(repository), 'x')).toEqual([]);
  });

  it('refuses a partial clone, and one with SHA-256 names', async () => {
    const origin = await userRepository({ 'a.txt': 'a\n' });
    await writeFile(join(origin, 'a.txt'), 'later\n');
    userGit(origin, 'commit', '--quiet', '--all', '--message', 'second');
    userGit(origin, 'config', 'uploadpack.allowFilter', 'true');
    const partial = join(await temporaryFolder(), 'partial');
    userGit(origin, 'clone', '--quiet', '--filter=blob:none', `file://${origin}`, partial);
    await expect(find(partial)).rejects.toMatchObject({ code: 'ERR_PARTIAL_CLONE', exitCode: 2 });
    const modern = await temporaryFolder();
    userGit(modern, 'init', '--quiet', '--object-format=sha256');
    userGit(modern, 'commit', '--quiet', '--allow-empty', '--message', 'first');
    await expect(find(modern)).rejects.toMatchObject({ code: 'ERR_REPOSITORY_FORMAT' });
  });
});

describe('findWorkplace without the right to write', () => {
  // The rights of files do not hold root.
  const isRoot = process.getuid?.() === 0;
  it(isRoot ? 'lets root pass, whom rights do not hold' : 'refuses', async () => {
    const repository = await userRepository({ 'a.txt': 'a\n', 'plans/b.txt': 'b\n' });
    const isRefused = async (folder?: string): Promise<unknown> =>
      find(repository, {}, folder).then(
        () => 'passes',
        (error: unknown) => error,
      );
    const expected = isRoot ? 'passes' : { code: 'ERR_REPOSITORY_READ_ONLY', exitCode: 2 };
    await chmod(join(repository, 'plans'), 0o555);
    const inPlans = await isRefused('plans');
    await chmod(join(repository, '.git/refs'), 0o555);
    const inRefs = await isRefused();
    for (const path of ['plans', '.git/refs']) await chmod(join(repository, path), 0o755);
    expect([inPlans, inRefs]).toMatchObject([expected, expected]);
  });
});

describe('repositoryNotes', () => {
  it('says everything that a person should know', async () => {
    const inner = await userRepository({ 's.txt': 's\n' });
    const origin = await userRepository({
      'a/a.txt': 'a\n',
      '.gitattributes': '*.x filter=lock\n',
    });
    const allow = ['-c', 'protocol.file.allow=always'];
    for (const name of ['1', '2', '3', '4'])
      userGit(origin, ...allow, 'submodule', '--quiet', 'add', inner, `lib/${name}`);
    userGit(origin, 'commit', '--quiet', '--message', 'sub');
    const repository = join(await temporaryFolder(), 'clone');
    userGit(origin, 'clone', '--quiet', '--depth', '1', `file://${origin}`, repository);
    userGit(repository, 'config', 'commit.gpgsign', 'true');
    userGit(repository, 'sparse-checkout', 'set', 'a');
    await mkdir(join(repository, '.git/hooks'), { recursive: true });
    await writeFile(join(repository, '.git/hooks/pre-commit'), '#!/bin/sh\n');
    await chmod(join(repository, '.git/hooks/pre-commit'), 0o755);
    expect(repositoryNotes(await find(repository, { repo: '.' }), 'main')).toEqual([
      'commit.gpgsign is on; commits of a run are not signed',
      'commits of a run skip your hooks (pre-commit); checks take their place',
      'lanes hold files as they are committed; the filters lock are not run',
      'the checkout is sparse; lanes hold every file',
      'the clone is shallow; agents see only the history that is here',
      'main is checked out, so the result will be on main-run-ID; merge it when the run has ended',
    ]);
  });
});
