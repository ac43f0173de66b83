import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckTree, readStoredTree } from '../../../../src/activities/workspace/check-tree.js';
import { ralphBench } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('the files that checks can be found in', () => {
  it('are those of the tree, and what lies down to where checks run', async () => {
    const bench = await ralphBench({ 'app/src/a.ts': 'a', '.gitignore': '*.mk\n' }, 'app');
    await bench.write('top.mk', 'all:\n');
    await bench.write('app/own.mk', 'all:\n');
    await bench.write('app/deep/far.mk', 'all:\n');
    const lane = { ...bench.lane, workdir: 'app' };
    const { paths } = await readCheckTree(lane, `${bench.base}^{tree}`);
    for (const path of ['README.md', 'app/src/a.ts', 'top.mk', 'app/own.mk'])
      expect([...paths]).toContain(path);
    expect([...paths]).not.toContain('app/deep/far.mk');
  });

  it('are read from the lane, never from outside, and not when they are too large', async () => {
    const bench = await ralphBench({ Makefile: 'base\n' });
    await bench.write('Makefile', 'test:\n\ttrue\n');
    await bench.write('large.mk', 'x'.repeat(1024 * 1024 + 1));
    const outside = await temporaryFolder();
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(join(outside, 'secret'), join(bench.lane.root, 'link.mk'));
    const tree = await readCheckTree(bench.lane, bench.base);
    const read = (path: string): Promise<string | undefined> => tree.read(path);
    expect(await Promise.all(['Makefile', 'gone', 'link.mk', 'large.mk', '.'].map(read))).toEqual([
      'test:\n\ttrue\n',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('do not include a folder that a link leads to', async () => {
    const bench = await ralphBench();
    const outside = await temporaryFolder();
    await mkdir(join(outside, 'deep'));
    await writeFile(join(outside, 'justfile'), '');
    await symlink(outside, join(bench.lane.root, 'app'));
    const { paths } = await readCheckTree({ ...bench.lane, workdir: 'app' }, bench.base);
    expect([...paths]).not.toContain('app/justfile');
  });

  it('are none beside the tree where a file took the place of the folder', async () => {
    const bench = await ralphBench({ app: 'a file' });
    await bench.write('app', 'a file');
    const { paths } = await readCheckTree({ ...bench.lane, workdir: 'app/deep' }, bench.base);
    expect([...paths].toSorted()).toEqual(['README.md', 'app']);
  });

  it('of a tree that does not lie in the lane are read from git alone', async () => {
    const bench = await ralphBench({ Makefile: 'base\n', 'large.mk': 'x'.repeat(1024 * 1024 + 1) });
    await bench.write('Makefile', 'changed\n');
    await bench.write('own.mk', 'all:\n');
    const tree = await readStoredTree(bench.lane, bench.base);
    const read = (path: string): Promise<string | undefined> => tree.read(path);
    expect([...tree.paths].toSorted()).toEqual(['Makefile', 'README.md', 'large.mk']);
    expect(await Promise.all(['Makefile', 'own.mk', 'large.mk', '.'].map(read))).toEqual([
      'base\n',
      undefined,
      undefined,
      undefined,
    ]);
  });
});
