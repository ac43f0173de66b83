import { chmod, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeTree } from '../../../../../src/activities/proof/story-tree.js';
import {
  findSurface,
  type DefinitionSurface,
} from '../../../../../src/activities/proof/trial/definition-surface.js';
import type { BaseFacts } from '../../../../../src/domain/proof/surface/classify.js';
import { begunStory, userGit, type RalphBench } from '../../../../support/ralph-bench.js';

const show = (bench: RalphBench, tree: string, path: string): string =>
  userGit(bench.lane.gitDir, 'show', `${tree}:${path}`);
const filesOf = (bench: RalphBench, tree: string): string[] =>
  userGit(bench.lane.gitDir, 'ls-tree', '-r', '--name-only', tree).split('\n').toSorted();

function factsOf(bench: RalphBench): BaseFacts {
  const files = filesOf(bench, bench.base);
  const folders = files.flatMap((path) =>
    path
      .split('/')
      .slice(0, -1)
      .map((_, at, parts) => `${parts.slice(0, at + 1).join('/')}/`),
  );
  return {
    files: new Set(files),
    folders: new Set(folders),
    scripts: new Set(files.filter((path) => path === 'ci/run.py')),
    reads: new Set(['data.txt']),
    misses: new Set(['local.txt']),
  };
}

async function surfaceOf(bench: RalphBench): Promise<DefinitionSurface> {
  const taken = await takeTree(bench.lane, bench.base);
  return findSurface(bench.lane, { ...taken, sinceApproved: taken.diff, facts: factsOf(bench) });
}

describe('the definition of checks that a story changed', () => {
  it('is empty when it adds product, tests aside, and a dependency', async () => {
    const bench = await begunStory({
      'package.json': '{"scripts":{"test":"vitest run"}}',
      'src/a.ts': '',
    });
    await bench.write('package.json', '{"scripts":{"test":"vitest run"},"dependencies":{"a":"1"}}');
    await bench.write('src/b.ts', 'export {};\n');
    const { tree } = await takeTree(bench.lane, bench.base);
    expect(await surfaceOf(bench)).toMatchObject({
      difference: [],
      earlier: [],
      asBase: tree,
      asOwn: tree,
      withBaseTests: tree,
    });
  });

  it('is scripts of a manifest: they are put back, dependencies and new scripts stay', async () => {
    const manifest = { name: 'demo', scripts: { test: 'vitest run' } };
    const bench = await begunStory({ 'package.json': JSON.stringify(manifest) });
    const edited = {
      ...manifest,
      scripts: { test: 'true', dev: 'vite' },
      dependencies: { a: '1' },
    };
    await bench.write('package.json', JSON.stringify(edited));
    const surface = await surfaceOf(bench);
    const wanted = { ...edited, scripts: { test: 'vitest run', dev: 'vite' } };
    expect(surface.difference).toEqual([
      { path: 'package.json', kind: 'manifest', change: 'changed' },
    ]);
    expect(JSON.parse(show(bench, surface.asBase, 'package.json'))).toEqual(wanted);
    expect(JSON.parse(show(bench, surface.asOwn, 'package.json'))).toEqual(wanted);
    expect(JSON.parse(show(bench, surface.withBaseTests, 'package.json'))).toEqual(edited);
  });

  it('is a new hook: gone in one tree, kept as its own configuration in the other', async () => {
    const base = '{"scripts":{"test":"vitest run"}}';
    const bench = await begunStory({ 'package.json': base });
    const story = '{"scripts":{"test":"vitest run","pretest":"node build.js"}}';
    await bench.write('package.json', story);
    const { asBase, asOwn } = await surfaceOf(bench);
    expect(JSON.parse(show(bench, asBase, 'package.json'))).toEqual(JSON.parse(base));
    expect(show(bench, asOwn, 'package.json')).toBe(story);
  });

  it('is a manifest that was deleted, damaged or replaced by a link', async () => {
    const text = '{"scripts":{"test":"vitest run"}}';
    const names = ['a/package.json', 'b/package.json', 'c/package.json'];
    const bench = await begunStory(Object.fromEntries(names.map((name) => [name, text])));
    await rm(join(bench.lane.root, 'a/package.json'));
    await bench.write('b/package.json', '{');
    await rm(join(bench.lane.root, 'c/package.json'));
    await symlink('/etc/hostname', join(bench.lane.root, 'c/package.json'));
    const { difference, asBase, asOwn } = await surfaceOf(bench);
    expect(difference).toEqual([
      { path: 'a/package.json', kind: 'manifest', change: 'removed' },
      { path: 'b/package.json', kind: 'manifest', change: 'changed' },
      { path: 'c/package.json', kind: 'link', change: 'changed' },
    ]);
    for (const tree of [asBase, asOwn])
      expect(names.map((name) => show(bench, tree, name))).toEqual([text, text, text]);
  });

  it('is each kind of file, and each goes where it belongs', async () => {
    const bench = await begunStory({
      'test/a.test.js': 'base\n',
      'data.txt': 'base\n',
      'ci/run.py': 'base\n',
      'src/add.js': 'base\n',
    });
    const edits = {
      'test/a.test.js': 'story\n',
      'test/b.test.js': 'new\n',
      'data.txt': 'story\n',
      'ci/run.py': 'story\n',
      'src/add.js': 'story\n',
      'src/add/index.js': 'new\n',
      'local.txt': 'new\n',
      'vitest.config.ts': 'new\n',
      'bin/node': 'new\n',
    };
    for (const [path, text] of Object.entries(edits)) await bench.write(path, text);
    await chmod(join(bench.lane.root, 'bin/node'), 0o755);
    const surface = await surfaceOf(bench);
    expect(surface.difference).toEqual([
      { path: 'bin/node', kind: 'executable', change: 'added' },
      { path: 'ci/run.py', kind: 'script', change: 'changed' },
      { path: 'data.txt', kind: 'data', change: 'changed' },
      { path: 'local.txt', kind: 'looked-up', change: 'added' },
      { path: 'src/add/index.js', kind: 'shadow', change: 'added' },
      { path: 'test/a.test.js', kind: 'test', change: 'changed' },
      { path: 'test/b.test.js', kind: 'test', change: 'added' },
      { path: 'vitest.config.ts', kind: 'configuration', change: 'added' },
    ]);
    const base = filesOf(bench, bench.base);
    expect(filesOf(bench, surface.asBase)).toEqual(base);
    const own = filesOf(bench, surface.asOwn).filter((path) => !base.includes(path));
    expect(own).toEqual(['bin/node', 'test/b.test.js', 'vitest.config.ts']);
    const texts = (tree: string): string[] =>
      ['ci/run.py', 'data.txt', 'src/add.js', 'test/a.test.js'].map((path) =>
        show(bench, tree, path),
      );
    expect(texts(surface.asBase)).toEqual(['base', 'base', 'story', 'base']);
    expect(texts(surface.asOwn)).toEqual(['base', 'base', 'story', 'base']);
    expect(texts(surface.withBaseTests)).toEqual(['story', 'story', 'story', 'base']);
    expect(surface.mayHoldProduct).toBe(true);
  });

  it('is the execute bit of a check script', async () => {
    const bench = await begunStory({ 'test/check.sh': 'true\n' });
    await chmod(join(bench.lane.root, 'test/check.sh'), 0o755);
    const { difference, asBase } = await surfaceOf(bench);
    expect(difference).toEqual([{ path: 'test/check.sh', kind: 'test', change: 'changed' }]);
    expect(asBase).toBe(userGit(bench.lane.gitDir, 'rev-parse', `${bench.base}^{tree}`));
  });
});

describe('what an earlier story of the run changed', () => {
  it('is as a person approved it, also where this story left it alone', async () => {
    const bench = await begunStory({
      'test/a.test.js': 'approved\n',
      'test/b.test.js': 'approved\n',
    });
    await bench.write('test/a.test.js', 'first story\n');
    await bench.write('test/b.test.js', 'first story\n');
    const first = await takeTree(bench.lane, bench.base);
    await bench.write('test/b.test.js', 'second story\n');
    const both = await takeTree(bench.lane, bench.base);
    const second = both.diff.files
      .filter(({ path }) => path === 'test/b.test.js')
      .map((file) => ({
        ...file,
        before: first.diff.files.find(({ path }) => path === file.path)?.after ?? null,
      }));
    const surface = await findSurface(bench.lane, {
      tree: both.tree,
      diff: { ...both.diff, files: second },
      sinceApproved: both.diff,
      facts: factsOf(bench),
    });
    expect(surface.difference).toEqual([
      { path: 'test/b.test.js', kind: 'test', change: 'changed' },
    ]);
    expect(surface.earlier).toEqual(['test/a.test.js']);
    for (const tree of [surface.asBase, surface.asOwn, surface.withBaseTests])
      expect(['test/a.test.js', 'test/b.test.js'].map((path) => show(bench, tree, path))).toEqual([
        'approved',
        'approved',
      ]);
  });
});
