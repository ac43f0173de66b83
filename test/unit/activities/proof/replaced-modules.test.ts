import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replacedModules } from '../../../../src/activities/proof/replaced-modules.js';
import { takeTree } from '../../../../src/activities/proof/story-tree.js';
import type { SurfaceChange } from '../../../../src/domain/proof/surface/surface-change.js';
import { begunStory } from '../../../support/ralph-bench.js';

const ADD = 'exports.add = (a, b) => a + b;\nexports.label = (a, b) => `${a}+${b}`;\n';
const MAIN = "const { add } = require('./add.js');\nexports.twice = (a) => add(a, a);\n";

/** What is said of a story that removes `src/add.js` and writes these files. */
async function saidOf(
  edits: Readonly<Record<string, string>>,
  difference: readonly SurfaceChange[] = [],
): Promise<string[]> {
  const bench = await begunStory({
    'src/add.js': ADD,
    'src/main.js': MAIN,
    'test/add.test.js': "require('../src/add');\n",
  });
  await rm(join(bench.lane.root, 'src/add.js'));
  for (const [path, text] of Object.entries(edits)) await bench.write(path, text);
  const { diff } = await takeTree(bench.lane, bench.base);
  return replacedModules(bench.lane, diff, difference);
}

describe('a module that tests find where the story removed one', () => {
  it('is not named when it was moved with those that load it', async () => {
    const moved = {
      'src/add/index.js': `${ADD}exports.more = () => 1;\n`,
      'src/main.js': MAIN.replace('./add.js', './add/index.js'),
      'test/add.test.js': "require('../src/add');\nrequire('../src/main');\n",
    };
    expect(await saidOf(moved)).toEqual([]);
  });

  it('is named when the product went elsewhere', async () => {
    const copied = { 'src/add/index.js': ADD, 'src/sum.js': ADD.replace('a + b', 'a - b') };
    expect(await saidOf(copied)).toEqual(['src/add/index.js']);
    const other = { 'src/add/index.js': ADD, 'src/main.js': MAIN.replace('./add.js', './core.js') };
    expect(await saidOf(other)).toEqual(['src/add/index.js']);
  });

  it('is named when the manifest finds the product by other names', async () => {
    const manifest = { path: 'package.json', kind: 'resolution', change: 'changed' } as const;
    expect(await saidOf({ 'src/add/index.js': ADD }, [manifest])).toEqual(['src/add/index.js']);
  });

  it('is not named when nothing took its place', async () => {
    expect(await saidOf({ 'src/sum.js': ADD })).toEqual([]);
  });
});
