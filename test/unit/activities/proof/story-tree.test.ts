import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dropStateEdits, takeTree } from '../../../../src/activities/proof/story-tree.js';
import { begunStory, userGit, type RalphBench } from '../../../support/ralph-bench.js';

const show = (bench: RalphBench, tree: string, path: string): string =>
  userGit(bench.lane.gitDir, 'show', `${tree}:${path}`);

describe('takeTree', () => {
  it('gives the same tree when it is taken again, and leaves the files alone', async () => {
    const bench = await begunStory({});
    await bench.write('sub/a.txt', 'a\n');
    userGit(bench.lane.root, 'init', '--quiet', 'sub');
    const first = await takeTree(bench.lane, bench.base);
    expect(await takeTree(bench.lane, bench.base)).toEqual(first);
    expect(await readFile(join(bench.lane.root, 'sub/a.txt'), 'utf8')).toBe('a\n');
  });
});

describe('dropStateEdits', () => {
  it('puts back a state file that the agent deleted or replaced by a folder, and removes a new one', async () => {
    const bench = await begunStory({ 'prd.json': '{}\n' });
    await rm(join(bench.lane.root, 'prd.json'));
    await bench.write('prd.json/inside.txt', 'x\n');
    await bench.write('progress.txt', 'x\n');
    await bench.write('a.txt', 'a\n');
    const taken = await takeTree(bench.lane, bench.base);
    const story = await dropStateEdits(bench.lane, bench.base, {
      ...taken,
      statePaths: ['prd.json', 'progress.txt'],
    });
    expect(story.diff.files.map(({ path, change }) => [path, change])).toEqual([
      ['a.txt', 'added'],
    ]);
    expect(show(bench, story.tree, 'prd.json')).toBe('{}');
  });

  it('keeps a file whose name only begins like a state file', async () => {
    const bench = await begunStory({});
    await bench.write('prd.json.md', 'x\n');
    const taken = await takeTree(bench.lane, bench.base);
    const story = await dropStateEdits(bench.lane, bench.base, {
      ...taken,
      statePaths: ['prd.json'],
    });
    expect(story).toEqual(taken);
  });
});
