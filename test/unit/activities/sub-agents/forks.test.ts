import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSubAgentActivities } from '../../../../src/activities/sub-agents/sub-agent-activities.js';
import { forkOf } from '../../../../src/domain/agent/sub-agents.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import type { WorkspaceRef } from '../../../../src/domain/workspace.js';
import { bareRepository } from '../../../../src/platform/workspace/run-layout.js';
import { openWorkspace } from '../../../../src/platform/workspace/workspace.js';
import { filesOf } from '../../../../src/workflows/agent/task-tool.js';
import { userGit } from '../../../support/ralph-bench.js';
import { swarmBench, type SwarmBench } from '../../../support/swarm-bench.js';

/** Files of a lane belong to the user id of its commands when the tests run as root. */
const SAFE = {
  ...process.env,
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
};

const AUTHOR = { name: 'Ada', email: 'ada@example.org' };

/** A lane with work in it, and what is done with forks of it. */
class ForkBench {
  readonly lane: WorkspaceRef;
  private readonly bench: SwarmBench;
  private readonly activities;

  constructor(bench: SwarmBench) {
    const [lane] = bench.lanes;
    if (lane === undefined) throw new Error('there is no lane');
    this.lane = lane;
    this.bench = bench;
    const freezeAgent = async () => {
      const ref = await bench.dependencies.blobs.put('[]');
      return { prompt: ref, toolset: ref };
    };
    this.activities = createSubAgentActivities({ ...bench.dependencies, freezeAgent });
  }

  get git(): string {
    return bareRepository(this.bench.dependencies.home, this.bench.repository);
  }

  async fork(place: string, from = this.lane, base = this.bench.base) {
    const fork = forkOf(from, place);
    const request = {
      ...this.bench.step(),
      lane: from,
      fork,
      base,
      proven: base,
      branch: 'work',
      author: AUTHOR,
      setup: NO_SETUP,
    };
    const begun = await this.bench.run(() => this.activities.forkLane(request));
    return { fork, base: begun.base };
  }

  merge({ fork, base }: { fork: WorkspaceRef; base: string }, isWanted = true, lane = this.lane) {
    const request = { ...this.bench.step(), lane, fork, base, title: 'the part', isWanted };
    return this.bench.run(() => this.activities.mergeFork(request));
  }

  async write(lane: WorkspaceRef, files: Readonly<Record<string, string | null>>): Promise<void> {
    const root = await this.root(lane);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      if (text === null) await rm(join(root, path));
      else await writeFile(join(root, path), text);
    }
  }

  async root(lane: WorkspaceRef): Promise<string> {
    return (await openWorkspace(this.bench.dependencies.home, lane)).root;
  }

  folder({ id }: WorkspaceRef): string {
    return join(this.bench.dependencies.home, 'workspaces', id);
  }

  /** Everything in the lane but its `.git`, by path. */
  async files(lane = this.lane): Promise<Record<string, string>> {
    const root = await this.root(lane);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .filter((path) => !path.startsWith('.git/'));
    const texts = paths
      .toSorted()
      .map(async (path) => [path, await readFile(join(root, path), 'utf8')]);
    return Object.fromEntries((await Promise.all(texts)) as [string, string][]);
  }
}

async function forkBench(files: Readonly<Record<string, string>> = {}): Promise<ForkBench> {
  const bench = await swarmBench({ 'README.md': 'start\n', '.gitignore': '*.log\n', ...files }, 1);
  await bench.leave(0, {});
  return new ForkBench(bench);
}

describe('a fork of a lane', () => {
  it('begins with the files of its starter as they are, and comes back beside what was changed meanwhile', async () => {
    const bench = await forkBench({ 'old.txt': 'old\n' });
    await bench.write(bench.lane, {
      'new.txt': 'uncommitted\n',
      'old.txt': null,
      'a.log': 'noise',
    });
    const fork = await bench.fork('1');
    expect(await bench.files(fork.fork)).toEqual({
      '.gitignore': '*.log\n',
      'README.md': 'start\n',
      'new.txt': 'uncommitted\n',
    });
    await bench.write(fork.fork, { 'part/b.txt': 'b\n', 'new.txt': null });
    await bench.write(bench.lane, { 'own.txt': 'own\n' });
    expect(await bench.merge(fork)).toEqual({ kind: 'landed', files: ['new.txt', 'part/b.txt'] });
    expect(await bench.files()).toEqual({
      '.gitignore': '*.log\n',
      'README.md': 'start\n',
      // what git ignores is nobody's work: it stays where it was
      'a.log': 'noise',
      'own.txt': 'own\n',
      'part/b.txt': 'b\n',
    });
    expect(existsSync(bench.folder(fork.fork))).toBe(false);
  });

  it('merges changes of both sides in one file', async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
    const bench = await forkBench({ 'list.txt': lines.join('') });
    const fork = await bench.fork('1');
    await bench.write(fork.fork, { 'list.txt': lines.with(1, 'fork\n').join('') });
    await bench.write(bench.lane, { 'list.txt': lines.with(18, 'lane\n').join('') });
    expect(await bench.merge(fork)).toEqual({ kind: 'landed', files: ['list.txt'] });
    const merged = lines.with(1, 'fork\n').with(18, 'lane\n').join('');
    expect((await bench.files())['list.txt']).toBe(merged);
  });

  it('leaves the lane as it is on a conflict, without marks, and keeps its work under a name', async () => {
    const bench = await forkBench({ 'list.txt': 'start\n' });
    const fork = await bench.fork('1');
    await bench.write(fork.fork, { 'list.txt': 'fork\n', 'own.txt': 'fork\n' });
    await bench.write(bench.lane, { 'list.txt': 'lane\n' });
    const before = await bench.files();
    const merged = await bench.merge(fork);
    expect(merged).toEqual({
      kind: 'conflict',
      conflicts: ['list.txt'],
      files: ['list.txt', 'own.txt'],
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      ref: expect.stringMatching(/^refs\/codetether\/runs\/run-1-kept\/lane-1-t1-[0-9a-f]{8}$/),
    });
    expect(await bench.files()).toEqual(before);
    if (merged.kind !== 'conflict') throw new Error('no conflict');
    expect(userGit(bench.git, 'rev-parse', merged.ref)).toBe(merged.commit);
    expect(userGit(bench.git, 'show', `${merged.commit}:own.txt`)).toBe('fork');
  });

  it('that conflicts is taken over by its starter with marks, as the starter is told', async () => {
    const bench = await forkBench({ 'list.txt': 'start\n' });
    const starter = await bench.fork('1');
    // what it has at that moment, whether its git knows it or not
    await bench.write(starter.fork, { 'new.txt': 'new\n' });
    const { fork, base } = await bench.fork('1.1', starter.fork, starter.base);
    await bench.write(fork, { 'list.txt': 'fork\n', 'own.txt': 'fork\n' });
    await bench.write(starter.fork, { 'list.txt': 'lane\n', 'later.txt': 'later\n' });
    const landing = await bench.merge({ fork, base }, true, starter.fork);
    const [command = ''] = /git add .* [0-9a-f]{40}/.exec(filesOf({ landing })) ?? [];
    const cwd = await bench.root(starter.fork);
    // 1 = there are marks
    expect(spawnSync('sh', ['-c', command], { cwd, env: SAFE }).status).toBe(1);
    const { 'list.txt': list = '', ...others } = await bench.files(starter.fork);
    expect(list).toMatch(/^<<<<<<< .*\nlane\n=======\nfork\n>>>>>>> .*\n$/);
    expect(others).toEqual({
      '.gitignore': '*.log\n',
      'README.md': 'start\n',
      'later.txt': 'later\n',
      'new.txt': 'new\n',
      'own.txt': 'fork\n',
    });
  });

  it('of an agent that did not succeed is kept and not taken over', async () => {
    const bench = await forkBench();
    const fork = await bench.fork('1');
    await bench.write(fork.fork, { 'half.txt': 'half\n' });
    expect(await bench.merge(fork, false)).toMatchObject({ kind: 'kept', files: ['half.txt'] });
    expect(Object.keys(await bench.files())).not.toContain('half.txt');
  });

  it('in which nothing was changed leaves nothing', async () => {
    const bench = await forkBench();
    const fork = await bench.fork('1');
    await bench.write(fork.fork, { 'noise.log': 'noise' });
    expect(await bench.merge(fork)).toEqual({ kind: 'empty' });
  });

  it('gives the same when a worker dies before its answer is noted, also after the fork is gone', async () => {
    const bench = await forkBench();
    const fork = await bench.fork('1');
    await bench.write(fork.fork, { 'b.txt': 'b\n' });
    const first = await bench.merge(fork);
    const files = await bench.files();
    expect(await bench.merge(fork)).toEqual(first);
    expect(await bench.files()).toEqual(files);
  });

  it('is made anew for an attempt that comes later: nothing of the one before is in it', async () => {
    const bench = await forkBench();
    const first = await bench.fork('1');
    await bench.write(first.fork, { 'old.txt': 'old\n' });
    await bench.merge(first, false);
    const second = await bench.fork('1');
    await bench.write(second.fork, { 'new.txt': 'new\n' });
    expect(await bench.merge(second)).toEqual({ kind: 'landed', files: ['new.txt'] });
    expect(Object.keys(await bench.files())).toEqual(['.gitignore', 'README.md', 'new.txt']);
  });

  it('can be forked again, and comes back by the way that it went', async () => {
    const bench = await forkBench();
    const outer = await bench.fork('1');
    await bench.write(outer.fork, { 'outer.txt': 'outer\n' });
    const inner = await bench.fork('1.2', outer.fork, outer.base);
    expect(inner.fork.id).toMatch(/lane-1-t1\.2$/);
    expect(Object.keys(await bench.files(inner.fork))).toContain('outer.txt');
    await bench.write(inner.fork, { 'inner.txt': 'inner\n' });
    expect(await bench.merge(inner, true, outer.fork)).toMatchObject({ kind: 'landed' });
    expect(await bench.merge(outer)).toEqual({
      kind: 'landed',
      files: ['inner.txt', 'outer.txt'],
    });
  });
});
