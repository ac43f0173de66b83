import { spawnSync } from 'node:child_process';
import { mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { watchAccessTimes } from '../../../../../src/activities/proof/trial/access-times.js';
import { traceLookups } from '../../../../../src/activities/proof/trial/lookups.js';
import { ralphBench, type RalphBench } from '../../../../support/ralph-bench.js';

const hasStrace = spawnSync('strace', ['-f', 'true']).status === 0;

async function traced(): Promise<{
  bench: RalphBench;
  lane: RalphBench['lane'];
  trace: NonNullable<Awaited<ReturnType<typeof traceLookups>>>;
}> {
  const bench = await ralphBench({});
  const lane = { ...bench.lane, root: await realpath(bench.lane.root) };
  await mkdir(join(lane.state, 'home'), { recursive: true });
  await mkdir(lane.root, { recursive: true });
  const trace = await traceLookups(lane);
  if (trace === undefined) throw new Error('no strace');
  return { bench, lane, trace };
}

describe.skipIf(!hasStrace)('what a command looked for', () => {
  it('is what it read, and what it missed, below the folder', async () => {
    const { lane, trace } = await traced();
    await writeFile(join(lane.root, 'read.txt'), 'x');
    await writeFile(join(lane.root, 'unread.txt'), 'x');
    const script =
      'cat read.txt; cat missed.txt sub/deep.txt; touch made; cat made; cat /etc/none; true';
    const [program = '', ...options] = trace.wrap;
    spawnSync(program, [...options, 'sh', '-c', script], { cwd: lane.root });
    expect(await trace.collect()).toEqual({
      reads: ['made', 'read.txt'],
      misses: ['missed.txt', 'sub/deep.txt'],
    });
    expect(await trace.collect()).toBeUndefined();
  });

  it('is read of a trace that was written by hand', async () => {
    const { lane, trace } = await traced();
    const { root } = lane;
    const lines = [
      `12 openat(AT_FDCWD<${root}>, "src/add.js", O_RDONLY) = 3<${root}/src/add.js>`,
      `12 openat(5<${root}/src>, "sub.js", O_RDONLY) = -1 ENOENT (No such file or directory)`,
      `12 stat("${root}/.npmrc", 0x1) = -1 ENOENT (No such file or directory)`,
      `12 access("secret", R_OK) = -1 EACCES (Permission denied)`,
      `12 execve("/usr/bin/node", ["node"], 0x1) = 0`,
      `12 open("../outside", O_RDONLY) = -1 ENOENT (No such file or directory)`,
      `12 open(".git/index", O_RDONLY) = 3`,
      `12 open("odd\\303\\244", O_RDONLY) = 3`,
      `12 open("${'x'.repeat(9000)}", O_RDONLY) = 3`,
      `12 openat(AT_FDCWD<${root}>, "found later", O_RDONLY) = -1 ENOENT (No such file or directory)`,
      `13 openat(AT_FDCWD<${root}>, "found later", O_RDONLY) = 3`,
      '12 +++ exited with 0 +++',
      'nonsense',
    ];
    await writeFile(trace.wrap.at(-1) ?? '', lines.join('\n'));
    expect(await trace.collect()).toEqual({
      reads: ['found later', 'src/add.js'],
      misses: ['.npmrc', 'src/sub.js'],
    });
  });

  it('is unknown when nothing was traced', async () => {
    const { trace } = await traced();
    expect(await trace.collect()).toBeUndefined();
    await writeFile(trace.wrap.at(-1) ?? '', '');
    expect(await trace.collect()).toBeUndefined();
  });
});

describe('access times', () => {
  it('tell what was read since, and leave the time of the last change', async ({ skip }) => {
    const bench = await ralphBench({});
    const { root } = bench.lane;
    await mkdir(root, { recursive: true });
    for (const name of ['a', 'b', 'c']) await writeFile(join(root, name), name);
    const { mtimeMs } = await stat(join(root, 'a'));
    const times = watchAccessTimes(root, ['a', 'b', 'gone', '../outside']);
    await times.reset();
    expect(await times.read()).toEqual([]);
    await readFile(join(root, 'a'));
    await readFile(join(root, 'c'));
    const seen = await times.read();
    // a disk that keeps no access times
    if (seen.length === 0) skip();
    expect(seen).toEqual(['a']);
    expect(Math.round((await stat(join(root, 'a'))).mtimeMs)).toBe(Math.round(mtimeMs));
  });
});
