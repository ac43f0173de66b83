import { spawnSync } from 'node:child_process';
import { mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { watchAccessTimes } from '../../../../../src/activities/proof/trial/access-times.js';
import {
  traceLookups,
  type LookupTrace,
} from '../../../../../src/activities/proof/trial/lookups.js';
import { createTraceReader } from '../../../../../src/activities/proof/trial/trace-lines.js';
import {
  hostEnvironment,
  setHostEnvironment,
} from '../../../../../src/platform/process/host-environment.js';
import { ralphBench, type RalphBench } from '../../../../support/ralph-bench.js';

const hasStrace = spawnSync('strace', ['-f', 'true']).status === 0;

async function traced(): Promise<{
  bench: RalphBench;
  lane: RalphBench['lane'];
  trace: LookupTrace;
}> {
  const bench = await ralphBench({});
  const lane = { ...bench.lane, root: await realpath(bench.lane.root) };
  await mkdir(join(lane.state, 'home'), { recursive: true });
  await mkdir(lane.root, { recursive: true });
  const trace = traceLookups(lane);
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
      isCut: false,
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
    await writeFile(trace.file, lines.join('\n'));
    expect(await trace.collect()).toEqual({
      reads: ['found later', 'src/add.js'],
      misses: ['.npmrc', 'src/sub.js'],
      isCut: false,
    });
  });

  it('is found where a process stands, whatever names it uses', async () => {
    const { lane, trace } = await traced();
    await mkdir(join(lane.root, 'sub', 'bin'), { recursive: true });
    const script =
      'PATH=.:bin:/usr/bin:/bin; (cd sub && tool-a; true); cd sub; PATH=:/usr/bin tool-b; env tool-c; true';
    const [program = '', ...options] = trace.wrap;
    spawnSync(program, [...options, 'sh', '-c', script], { cwd: lane.root });
    const { misses = [] } = (await trace.collect()) ?? {};
    expect(misses.filter((path) => path.includes('tool'))).toEqual([
      'sub/bin/tool-a',
      'sub/bin/tool-c',
      'sub/tool-a',
      'sub/tool-b',
      'sub/tool-c',
    ]);
  });

  it('is written down no further than a limit, and the command goes on', async () => {
    const { lane } = await traced();
    const trace = traceLookups(lane, 20_000);
    const [program = '', ...options] = trace?.wrap ?? [];
    const script = 'i=0; while [ $i -lt 2000 ]; do [ -e "miss$i" ]; i=$((i+1)); done; echo done';
    const ran = spawnSync(program, [...options, 'sh', '-c', script], { cwd: lane.root });
    expect({ status: ran.status, said: ran.stdout.toString() }).toEqual({
      status: 0,
      said: 'done\n',
    });
    expect((await stat(trace?.file ?? '')).size).toBe(20_000);
    const found = await trace?.collect();
    expect(found?.isCut).toBe(true);
    expect(found?.misses).toContain('miss1');
    expect(found?.misses).not.toContain('miss1999');
  });

  it('is sought with a program of the machine, never with one of the lane or of a relative folder', async () => {
    const { lane } = await traced();
    await writeFile(join(lane.root, 'strace'), '#!/bin/sh\n', { mode: 0o755 });
    const before = hostEnvironment();
    const here = process.cwd();
    try {
      process.chdir(lane.root);
      setHostEnvironment({ ...before, PATH: `.::${lane.root}` });
      expect(traceLookups(lane)).toBeUndefined();
      setHostEnvironment({ ...before, PATH: `.::${before['PATH'] ?? ''}` });
      expect(traceLookups(lane)?.wrap[0]).toMatch(/^\/(?:usr\/)?(?:local\/)?bin\/strace$/);
    } finally {
      process.chdir(here);
      setHostEnvironment(before);
    }
  });

  it('is unknown when nothing was traced', async () => {
    const { trace } = await traced();
    expect(await trace.collect()).toBeUndefined();
    await writeFile(trace.file, '');
    expect(await trace.collect()).toBeUndefined();
  });
});

describe('the lines of a trace', () => {
  const read = (...lines: readonly string[]): unknown[] => {
    const reader = createTraceReader('/lane');
    return lines.flatMap((line) => reader.read(line) ?? []);
  };

  it('are put together where another process came between', () => {
    expect(
      read(
        '12 openat(AT_FDCWD</lane>, "a.js", O_RDONLY <unfinished ...>',
        '13 openat(AT_FDCWD</lane>, "b.js", O_RDONLY <unfinished ...>',
        '12 <... openat resumed>) = -1 ENOENT (No such file or directory)',
        '13 <... openat resumed>) = 3</lane/b.js>',
      ),
    ).toEqual([
      { path: '/lane/a.js', isMiss: true },
      { path: '/lane/b.js', isMiss: false },
    ]);
  });

  it('follow a process and its children to their folders', () => {
    const found = read(
      '12 chdir("sub") = 0',
      '12 chdir("none") = -1 ENOENT (No such file or directory)',
      '12 clone(child_stack=NULL, flags=SIGCHLD) = 13',
      '13 execve("./tool", ["tool"], 0x1) = -1 ENOENT (No such file or directory)',
      '12 vfork( <unfinished ...>',
      '14 execve("bin/tool", ["tool"], 0x1) = -1 ENOENT (No such file or directory)',
      '12 <... vfork resumed>) = 14',
      '14 +++ exited with 1 +++',
      '12 fchdir(4</lane/other>) = 0',
      '12 stat("x", 0x1) = -1 ENOENT (No such file or directory)',
    ).map((one) => (one as { path: string }).path);
    expect(found).toEqual([
      '/lane/sub',
      '/lane/sub/none',
      '/lane/sub/tool',
      '/lane/sub/bin/tool',
      '/lane/other/x',
    ]);
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
