import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import { givenCommits, type CommitFlags } from '../../../../src/runs/proof/given-commits.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function commit(folder: string, text: string): Promise<string> {
  await writeFile(join(folder, 'a.txt'), text);
  userGit(folder, 'commit', '--quiet', '--all', '--message', text);
  return userGit(folder, 'rev-parse', 'HEAD');
}

const find = (topLevel: string, flags: CommitFlags = {}, isShallow = false) =>
  givenCommits({ topLevel, isShallow }, flags);

async function refusal(work: Promise<unknown>): Promise<InvalidInputError> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof InvalidInputError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

describe('givenCommits', () => {
  it('takes the place where the head left the default branch', async () => {
    const folder = await userRepository({ 'a.txt': 'one' });
    const base = userGit(folder, 'rev-parse', 'HEAD');
    userGit(folder, 'checkout', '--quiet', '-b', 'work');
    await commit(folder, 'two');
    const head = await commit(folder, 'three');
    userGit(folder, 'checkout', '--quiet', 'main');
    await commit(folder, 'main went on');
    userGit(folder, 'checkout', '--quiet', 'work');
    const tree = (name: string) => userGit(folder, 'rev-parse', `${name}^{tree}`);
    expect(await find(folder)).toEqual({
      base: { name: 'merge base with main', commit: base, tree: tree(base) },
      head: { name: 'HEAD', commit: head, tree: tree(head) },
    });
  });

  it('takes the default branch of the remote before a local one of that name', async () => {
    const origin = await userRepository({ 'a.txt': 'one' });
    const folder = join(await temporaryFolder(), 'clone');
    userGit(origin, 'clone', '--quiet', origin, folder);
    const base = userGit(folder, 'rev-parse', 'HEAD');
    await commit(folder, 'two');
    expect((await find(folder)).base).toMatchObject({
      name: 'merge base with origin/main',
      commit: base,
    });
  });

  it('takes the commit before on the default branch itself', async () => {
    const folder = await userRepository({ 'a.txt': 'one' });
    const base = userGit(folder, 'rev-parse', 'HEAD');
    await commit(folder, 'two');
    expect((await find(folder)).base).toMatchObject({
      name: 'the commit before HEAD',
      commit: base,
    });
  });

  it('takes what is named, tags as well, and the HEAD of a linked work tree', async () => {
    const folder = await userRepository({ 'a.txt': 'one' });
    userGit(folder, 'tag', '--annotate', '--message', 'first', 'v1');
    const linked = join(await temporaryFolder(), 'linked');
    userGit(folder, 'worktree', 'add', '--quiet', '-b', 'work', linked);
    const head = await commit(linked, 'two');
    expect(await find(linked, { base: 'v1' })).toMatchObject({
      base: { name: 'v1', commit: userGit(folder, 'rev-parse', 'v1^{commit}') },
      head: { name: 'HEAD', commit: head },
    });
  });

  it.each(['nope', '--upload-pack=x', '', 'HEAD:a.txt', 'a\0b'])(
    'refuses %j, which is no commit',
    async (name) => {
      const folder = await userRepository({ 'a.txt': 'one' });
      expect(await refusal(find(folder, { head: name, base: 'HEAD' }))).toMatchObject({
        code: 'ERR_REVISION_UNKNOWN',
        exitCode: 2,
        where: { file: folder, field: '--head' },
      });
    },
  );

  it('says how to fetch the rest of a shallow clone', async () => {
    const folder = await userRepository({ 'a.txt': 'one' });
    const unknown = await refusal(find(folder, { base: 'origin/main' }, true));
    expect(unknown.hint).toContain('fetch-depth: 0');
    const alone = await refusal(find(folder, {}, true));
    expect({ code: alone.code, hint: alone.hint }).toEqual({
      code: 'ERR_PROOF_BASE',
      hint: expect.stringContaining('fetch-depth: 0'),
    });
  });

  it('refuses commits with the same files, and a repository without any', async () => {
    const folder = await userRepository({ 'a.txt': 'one' });
    userGit(folder, 'commit', '--quiet', '--allow-empty', '--message', 'nothing');
    expect(await refusal(find(folder))).toMatchObject({
      code: 'ERR_NOTHING_TO_PROVE',
      exitCode: 2,
    });
    const empty = join(await temporaryFolder(), 'empty');
    userGit('.', 'init', '--quiet', empty);
    expect(await refusal(find(empty))).toMatchObject({ code: 'ERR_NO_COMMIT', exitCode: 2 });
  });
});
