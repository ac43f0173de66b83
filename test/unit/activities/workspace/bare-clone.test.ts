import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bareExcludes,
  fetchSource,
  keepPersonalExcludes,
} from '../../../../src/activities/workspace/bare-clone.js';
import { createGit, type Git } from '../../../../src/platform/git/git.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function bareClone(): Promise<Git> {
  const gitDir = join(await temporaryFolder(), 'bare.git');
  await mkdir(gitDir);
  const git = createGit({ gitDir });
  await git.run(['init', '--bare', '--quiet']);
  return git;
}

async function refs(git: Git): Promise<string[]> {
  const { stdout } = await git.run(['for-each-ref', '--format=%(objectname) %(refname)']);
  return stdout.toString('utf8').trim().split('\n').filter(Boolean);
}

describe('the bare clone of a repository', () => {
  it('holds HEAD and every branch, also a HEAD on no branch, and forgets branches that are gone', async () => {
    const repository = await userRepository({ 'a.txt': 'a' });
    const first = userGit(repository, 'rev-parse', 'HEAD');
    userGit(repository, 'checkout', '--quiet', '-b', 'side');
    userGit(repository, 'commit', '--quiet', '--allow-empty', '-m', 'side');
    userGit(repository, 'checkout', '--quiet', '--detach');
    userGit(repository, 'commit', '--quiet', '--allow-empty', '-m', 'nowhere');
    const [side, head] = ['side', 'HEAD'].map((name) => userGit(repository, 'rev-parse', name));
    const git = await bareClone();
    await fetchSource(git, repository);
    expect(await refs(git)).toEqual([
      `${head} refs/codetether/source/HEAD`,
      `${first} refs/codetether/source/heads/main`,
      `${side} refs/codetether/source/heads/side`,
    ]);
    userGit(repository, 'branch', '-D', 'side');
    await fetchSource(git, repository);
    expect(await refs(git)).toHaveLength(2);
  });

  it('takes a repository without a commit, whose HEAD leads nowhere', async () => {
    const repository = await temporaryFolder();
    userGit(repository, 'init', '--quiet');
    const git = await bareClone();
    await fetchSource(git, repository);
    expect(await refs(git)).toEqual([]);
  });

  it('says what is wrong with a folder that is no repository', async () => {
    const git = await bareClone();
    await expect(fetchSource(git, await temporaryFolder())).rejects.toThrow(/repository/);
  });
});

describe('the excludes of a person', () => {
  it('are kept beside the clone, and follow what the person changes', async () => {
    const repository = await userRepository({ 'a.txt': 'a' });
    const gitDir = join(await temporaryFolder(), 'bare.git');
    await writeFile(join(repository, '.git/info/exclude'), 'notes.txt\n');
    await keepPersonalExcludes(gitDir, repository);
    expect(await readFile(bareExcludes(gitDir), 'utf8')).toContain('notes.txt\n');
    await writeFile(join(repository, '.git/info/exclude'), '*.log\n');
    await keepPersonalExcludes(gitDir, repository);
    const text = await readFile(bareExcludes(gitDir), 'utf8');
    expect([text.includes('*.log'), text.includes('notes.txt')]).toEqual([true, false]);
  });
});
