import { mkdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  freshenChanges,
  freshenPrepared,
  freshTime,
  isOfThePast,
} from '../../../../../src/activities/workspace/caches/freshen.js';
import { workspaceGit } from '../../../../../src/platform/workspace/snapshot.js';
import { type CacheGeneration } from '../../../../../src/platform/build-cache/generation.js';
import { ralphBench, type RalphBench } from '../../../../support/ralph-bench.js';

/** Made a minute ago. */
const MADE_AT = Date.now() - 60_000;
const OLD = new Date(MADE_AT - 3_600_000);

async function generationOn(bench: RalphBench): Promise<CacheGeneration> {
  const git = workspaceGit(bench.lane);
  await git.checkoutTree(bench.base);
  return {
    version: 1,
    key: 'a'.repeat(64),
    tree: (await git.resolve(`${bench.base}^{tree}`)) ?? '',
    setupKey: '',
    root: bench.lane.root,
    sealedAt: new Date(MADE_AT).toISOString(),
    newestMs: MADE_AT,
    layers: [],
  };
}

const FILES = {
  'src/lib.rs': 'a\n',
  'src/other.rs': 'b\n',
  'CMakeLists.txt': 'c\n',
  'cmake/find.cmake': 'd\n',
};

/** A tree with changes, all of whose files then get an old time; gives the paths that are new again. */
async function renewed(
  change: (bench: RalphBench) => Promise<void>,
): Promise<{ readonly bench: RalphBench; readonly paths: readonly string[] }> {
  const bench = await ralphBench(FILES);
  const generation = await generationOn(bench);
  await change(bench);
  const git = workspaceGit(bench.lane);
  const tree = await git.writeTree();
  const listing = await git.run(['ls-tree', '-r', '-z', '--name-only', tree]);
  const names = [...listing.stdout.toString('utf8').split('\0').filter(Boolean), 'target/object'];
  await mkdir(join(bench.lane.root, 'target'), { recursive: true });
  await writeFile(join(bench.lane.root, 'target/object'), 'x');
  for (const name of names) await utimes(join(bench.lane.root, name), OLD, OLD);
  await freshenChanges(bench.lane, generation, tree);
  const paths: string[] = [];
  for (const name of names) {
    const { mtimeMs } = await stat(join(bench.lane.root, name));
    if (mtimeMs >= freshTime(generation)) paths.push(name);
  }
  return { bench, paths };
}

describe('freshenChanges', () => {
  it('renews what differs from the base, whatever time it was given', async () => {
    const { paths } = await renewed((bench) => bench.write('src/lib.rs', 'changed\n'));
    expect(paths).toEqual(['src/lib.rs']);
  });

  it('leaves everything alone on the tree of the base', async () => {
    expect((await renewed(async () => undefined)).paths).toEqual([]);
  });

  it('renews the files of CMake where files came or went: a pattern may name others now', async () => {
    const came = await renewed((bench) => bench.write('src/new.rs', 'n\n'));
    expect(came.paths).toEqual(['CMakeLists.txt', 'cmake/find.cmake', 'src/new.rs']);
    const went = await renewed((bench) => rm(join(bench.lane.root, 'src/other.rs')));
    expect(went.paths).toEqual(['CMakeLists.txt', 'cmake/find.cmake']);
  });

  it('renews all tracked files where a link leads elsewhere now, and nothing that was built', async () => {
    const { paths } = await renewed(async (bench) => {
      await rm(join(bench.lane.root, 'src/lib.rs'));
      await symlink('other.rs', join(bench.lane.root, 'src/lib.rs'));
    });
    expect(paths).toEqual([
      'CMakeLists.txt',
      'README.md',
      'cmake/find.cmake',
      'src/lib.rs',
      'src/other.rs',
    ]);
  });
});

describe('freshenPrepared', () => {
  it('renews what set-up made, but for fetched packages', async () => {
    const bench = await ralphBench(FILES);
    const generation = await generationOn(bench);
    const files = ['gen/a.rs', 'node_modules/p/a.js', 'web/node_modules/p/a.js', '.venv/x.py'];
    for (const file of files) {
      await bench.write(file, 'x');
      await utimes(join(bench.lane.root, file), OLD, OLD);
    }
    await freshenPrepared(bench.lane, generation, ['gen/', 'node_modules/', 'web/', '.venv/']);
    const times = await Promise.all(files.map((file) => stat(join(bench.lane.root, file))));
    expect(times.map(({ mtimeMs }) => mtimeMs >= freshTime(generation))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the time of a generation', () => {
  it('is a whole second after its newest file', () => {
    expect(freshTime({ newestMs: 1_500 } as CacheGeneration)).toBe(2_000);
    expect(freshTime({ newestMs: 2_000 } as CacheGeneration)).toBe(3_000);
  });

  it('may lie no further ahead than that: a clock was set back', () => {
    expect(isOfThePast({ newestMs: Date.now() } as CacheGeneration)).toBe(true);
    expect(isOfThePast({ newestMs: Date.now() + 5_000 } as CacheGeneration)).toBe(false);
  });
});
