import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginStory } from '../../../../src/activities/workspace/begin-story.js';
import {
  dropStateEdits,
  restoreDefinitions,
  takeTree,
} from '../../../../src/activities/proof/story-tree.js';
import {
  begunStory,
  ralphBench,
  storyInput,
  userGit,
  type RalphBench,
} from '../../../support/ralph-bench.js';

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

describe('restoreDefinitions', () => {
  it('restores the scripts of a package manifest and keeps its dependencies', async () => {
    const manifest = { name: 'demo', scripts: { test: 'vitest run' } };
    const bench = await begunStory({ 'package.json': JSON.stringify(manifest) });
    const edited = {
      ...manifest,
      scripts: { test: 'true', dev: 'vite' },
      dependencies: { a: '1' },
    };
    await bench.write('package.json', JSON.stringify(edited));
    const guarded = await restoreDefinitions(
      bench.lane,
      await takeTree(bench.lane, bench.base),
      new Set(),
    );
    expect(guarded.changedDefinitions).toEqual(['package.json']);
    expect(JSON.parse(show(bench, guarded.tree, 'package.json'))).toEqual({
      ...edited,
      scripts: { test: 'vitest run', dev: 'vite' },
    });
  });

  it('changes nothing when a story adds tests and dependencies only', async () => {
    const bench = await begunStory({ 'package.json': '{"scripts":{"test":"vitest run"}}' });
    await bench.write('package.json', '{"scripts":{"test":"vitest run"},"dependencies":{"a":"1"}}');
    await bench.write('test/new.test.ts', 'x\n');
    const taken = await takeTree(bench.lane, bench.base);
    expect(await restoreDefinitions(bench.lane, taken, new Set())).toEqual({
      tree: taken.tree,
      changedDefinitions: [],
    });
  });

  it('restores a manifest that was deleted, damaged or replaced by a link', async () => {
    const text = '{"scripts":{"test":"vitest run"}}';
    const bench = await begunStory({
      'a/package.json': text,
      'b/package.json': text,
      'c/package.json': text,
    });
    await rm(join(bench.lane.root, 'a/package.json'));
    await bench.write('b/package.json', '{');
    await rm(join(bench.lane.root, 'c/package.json'));
    await symlink('/etc/hostname', join(bench.lane.root, 'c/package.json'));
    const guarded = await restoreDefinitions(
      bench.lane,
      await takeTree(bench.lane, bench.base),
      new Set(),
    );
    const names = ['a/package.json', 'b/package.json', 'c/package.json'];
    expect(guarded.changedDefinitions).toEqual(names);
    expect(names.map((name) => show(bench, guarded.tree, name))).toEqual([text, text, text]);
  });

  it('restores the execute bit of a check script', async () => {
    const bench = await ralphBench({ 'test/check.sh': 'true\n' });
    userGit(bench.repository, 'update-index', '--chmod=+x', 'test/check.sh');
    userGit(bench.repository, 'commit', '--quiet', '--message', 'executable');
    const base = userGit(bench.repository, 'rev-parse', 'HEAD');
    userGit(bench.lane.gitDir, 'fetch', '--quiet', bench.repository, 'HEAD');
    await beginStory(bench.work, storyInput(bench, { base }));
    await rm(join(bench.lane.root, 'test/check.sh'));
    await mkdir(join(bench.lane.root, 'test'), { recursive: true });
    await bench.write('test/check.sh', 'true\n');
    const taken = await takeTree(bench.lane, base);
    const guarded = await restoreDefinitions(bench.lane, taken, new Set());
    expect(guarded.tree).toBe(userGit(bench.repository, 'rev-parse', `${base}^{tree}`));
    expect(guarded.tree).not.toBe(taken.tree);
  });
});
