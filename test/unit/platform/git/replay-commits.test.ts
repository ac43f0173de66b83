import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGit } from '../../../../src/platform/git/git.js';
import { mergeTrees } from '../../../../src/platform/git/merge-trees.js';
import { replayCommits } from '../../../../src/platform/git/replay-commits.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';

const committer = { name: 'Engine', email: 'engine@example.org' };
const date = '2026-03-04T05:06:07Z';

/** A repository whose branches `main` and `work` went apart. */
async function forked() {
  const folder = await userRepository({ 'a.txt': '1\n2\n3\n4\n5\n', 'b.txt': 'b\n' });
  const commit = async (files: Record<string, string | null>, message: string): Promise<string> => {
    for (const [path, content] of Object.entries(files)) {
      if (content === null) await rm(join(folder, path));
      else await writeFile(join(folder, path), content);
    }
    userGit(folder, 'add', '-A');
    userGit(
      folder,
      'commit',
      '--quiet',
      '--message',
      message,
      '--date',
      '2020-01-01T10:00:00+0200',
    );
    return userGit(folder, 'rev-parse', 'HEAD');
  };
  const base = userGit(folder, 'rev-parse', 'HEAD');
  return { folder, commit, base, git: createGit({ gitDir: join(folder, '.git') }) };
}

describe('replayCommits', () => {
  it('makes commits again with author, date, message and trailers, and touches neither files nor refs', async () => {
    const { folder, commit, git } = await forked();
    userGit(folder, 'checkout', '--quiet', '-b', 'work');
    const first = await commit({ 'a.txt': 'one\n2\n3\n4\n5\n' }, 'feat: 1\n\nCodetether-Story: 1');
    const second = await commit({ 'new file.txt': 'n\n' }, 'feat: 2');
    userGit(folder, 'checkout', '--quiet', 'main');
    const onto = await commit({ 'a.txt': '1\n2\n3\n4\nfive\n' }, 'main moved');
    const before = [userGit(folder, 'for-each-ref'), userGit(folder, 'status', '--porcelain')];
    const replay = await replayCommits(git, { commits: [first, second], onto, committer, date });
    if (replay.kind !== 'replayed') throw new Error('a conflict');
    expect(replay.commits.map(({ from }) => from)).toEqual([first, second]);
    expect(userGit(folder, 'show', `${replay.head}:a.txt`)).toBe('one\n2\n3\n4\nfive');
    expect(
      userGit(folder, 'log', '-2', '--reverse', '--format=%an %ae %aI %cn %cI|%B', replay.head),
    ).toBe(
      'Ada ada@example.org 2020-01-01T10:00:00+02:00 Engine 2026-03-04T05:06:07+00:00|feat: 1\n\nCodetether-Story: 1\n\nAda ada@example.org 2020-01-01T10:00:00+02:00 Engine 2026-03-04T05:06:07+00:00|feat: 2',
    );
    expect(userGit(folder, 'rev-parse', `${replay.head}~2`)).toBe(onto);
    expect([userGit(folder, 'for-each-ref'), userGit(folder, 'status', '--porcelain')]).toEqual(
      before,
    );
    expect(await replayCommits(git, { commits: [first, second], onto, committer, date })).toEqual(
      replay,
    );
  });

  it('keeps commits that stand there already, and leaves out those that change nothing any more', async () => {
    const { folder, commit, git, base } = await forked();
    const first = await commit({ 'a.txt': 'x\n' }, 'one');
    const second = await commit({ 'b.txt': null }, 'two');
    const same = await replayCommits(git, {
      commits: [first, second],
      onto: base,
      committer,
      date,
    });
    expect(same).toMatchObject({ kind: 'replayed', head: second });
    const again = await replayCommits(git, { commits: [first], onto: second, committer, date });
    expect(again).toEqual({ kind: 'replayed', head: second, commits: [] });
    expect(userGit(folder, 'rev-parse', 'main')).toBe(second);
  });

  it('names the commit and the files that do not fit', async () => {
    const { folder, commit, git, base } = await forked();
    const fine = await commit({ 'b.txt': 'bb\n' }, 'fine');
    const clash = await commit({ 'a.txt': 'theirs\n' }, 'clash');
    userGit(folder, 'checkout', '--quiet', '--detach', base);
    const onto = await commit({ 'a.txt': 'ours\n' }, 'main moved');
    expect(await replayCommits(git, { commits: [fine, clash], onto, committer, date })).toEqual({
      kind: 'conflict',
      commit: clash,
      files: ['a.txt'],
    });
  });
});

describe('mergeTrees', () => {
  it('knows a file that one side deleted and the other changed', async () => {
    const { folder, commit, git, base } = await forked();
    const ours = await commit({ 'b.txt': null }, 'ours');
    userGit(folder, 'checkout', '--quiet', '--detach', base);
    const theirs = await commit({ 'b.txt': 'changed\n' }, 'theirs');
    expect(await mergeTrees(git, { base, ours, theirs })).toEqual({
      kind: 'conflict',
      files: ['b.txt'],
    });
  });
});
