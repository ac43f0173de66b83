import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  excludePaths,
  listUntracked,
  removeUntracked,
} from '../../../../../src/activities/workspace/setup/untracked.js';
import { workspaceGit } from '../../../../../src/platform/workspace/snapshot.js';
import { ralphBench, type RalphBench } from '../../../../support/ralph-bench.js';

async function bench(): Promise<RalphBench> {
  const own = await ralphBench({ '.gitignore': 'node_modules/\n*.log\n', 'src/a.ts': 'a' });
  await workspaceGit(own.lane).checkoutTree(own.base);
  await own.write('node_modules/x/index.js', '1');
  await own.write('packages/p/node_modules/y/index.js', '1');
  await own.write('build.log', '1');
  await own.write('src/b.ts', 'b');
  return own;
}

describe('what git does not track in a lane', () => {
  it('is listed, ignored or not, whole folders with a slash', async () => {
    const { lane } = await bench();
    expect(await listUntracked(lane)).toEqual([
      'build.log',
      'node_modules/',
      'packages/',
      'src/b.ts',
    ]);
  });

  it('is removed, but for what set-up made, also below a folder that is untracked as a whole', async () => {
    const { lane } = await bench();
    await removeUntracked(lane, ['packages/p/node_modules/', 'node_modules/']);
    expect(await listUntracked(lane)).toEqual(['node_modules/', 'packages/']);
    const kept = join(lane.root, 'packages/p/node_modules/y/index.js');
    expect(await readFile(kept, 'utf8')).toBe('1');
    expect(await readFile(join(lane.root, 'src/a.ts'), 'utf8')).toBe('a');
    await removeUntracked(lane, []);
    expect(await listUntracked(lane)).toEqual([]);
  });
});

describe('excludePaths', () => {
  it('makes git ignore exactly these paths, whatever characters they hold', async () => {
    const bench = await ralphBench();
    const { lane } = bench;
    const names = ['a*b', '!x', '#y', 'with space ', '[c]', 'q?'];
    for (const name of [...names, 'aXb', 'c', 'qq', 'deep/a*b']) await bench.write(name, '1');
    await excludePaths(lane, names);
    const answer = await workspaceGit(lane).run([
      'ls-files',
      '--others',
      '--ignored',
      '--exclude-standard',
      '-z',
    ]);
    const ignored = answer.stdout.toString('utf8').split('\0').filter(Boolean);
    expect(ignored.toSorted()).toEqual(names.toSorted());
  });
});
