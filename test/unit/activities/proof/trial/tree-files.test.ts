import { describe, expect, it } from 'vitest';
import { givenTree, hindranceOf } from '../../../../../src/activities/proof/given-tree.js';
import {
  listFiles,
  readTexts,
  rewrite,
} from '../../../../../src/activities/proof/trial/tree-files.js';
import { createGit } from '../../../../../src/platform/git/git.js';
import { ralphBench, userGit } from '../../../../support/ralph-bench.js';

describe('files of a tree', () => {
  it('are listed, read and rewritten without touching the lane', async () => {
    const bench = await ralphBench({ 'a.txt': 'one\n', 'deep/ä b.txt': 'two\n' });
    const git = createGit({ gitDir: bench.lane.gitDir });
    const files = await listFiles(git, bench.base);
    expect([...files.keys()]).toEqual(['README.md', 'a.txt', 'deep/ä b.txt']);
    const objects = [...files.values()].map(({ object }) => object);
    expect([...(await readTexts(git, objects)).values()]).toEqual(['# demo\n', 'one\n', 'two\n']);
    const file = files.get('deep/ä b.txt');
    if (file === undefined) throw new Error('not listed');
    const tree = await rewrite(bench.lane, bench.base, [{ file, text: 'three\n' }]);
    expect(userGit(bench.lane.gitDir, 'cat-file', 'blob', `${tree}:deep/ä b.txt`)).toBe('three');
    expect(userGit(bench.lane.gitDir, 'cat-file', 'blob', `${tree}:a.txt`)).toBe('one');
  });

  it('are left out when they are binary, large or unknown', async () => {
    const bench = await ralphBench({ bin: 'a\0b', 'large.txt': 'x'.repeat(300 * 1024) });
    const git = createGit({ gitDir: bench.lane.gitDir });
    const files = await listFiles(git, bench.base);
    const objects = [...files.values()].map(({ object }) => object);
    expect([...(await readTexts(git, [...objects, '0'.repeat(40)])).values()]).toEqual([
      '# demo\n',
    ]);
    expect(await rewrite(bench.lane, bench.base, [])).toBe(bench.base);
  });
});

describe('a given tree', () => {
  it('is taken as it is, with what it changes', async () => {
    const bench = await ralphBench({ 'a.txt': 'one\n' });
    const git = createGit({ gitDir: bench.lane.gitDir });
    const file = (await listFiles(git, bench.base)).get('a.txt');
    if (file === undefined) throw new Error('not listed');
    const tree = await rewrite(bench.lane, bench.base, [{ file, text: 'two\n' }]);
    const story = await givenTree(bench.lane, { base: bench.base, tree });
    expect(story.tree).toBe(tree);
    expect(story.diff.files.map(({ path, change }) => [path, change])).toEqual([
      ['a.txt', 'modified'],
    ]);
    expect(hindranceOf(story)).toBeUndefined();
  });

  it('cannot be proven when it moves a submodule', () => {
    const entry = { mode: '160000', object: '1'.repeat(40) };
    const file = { path: 'lib', rawPath: Buffer.from('lib'), change: 'added' as const };
    const diff = { files: [{ ...file, before: null, after: entry }] };
    expect(hindranceOf({ tree: 't', diff })).toBe(
      'Submodules were changed, and their content is not part of the tree: lib. Prove them in their own repository.',
    );
  });
});
