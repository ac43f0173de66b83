import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subtaskMessage } from '../../../../src/activities/swarm/land-subtasks.js';
import { locksToRenew } from '../../../../src/activities/swarm/merged-locks.js';
import {
  keepSubtaskStep,
  keepUnlandedStep,
} from '../../../../src/activities/swarm/publish-swarm.js';
import { isLaneOfAnother } from '../../../../src/activities/swarm/lane-owner.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { bareRepository } from '../../../../src/platform/workspace/run-layout.js';
import { createGit } from '../../../../src/platform/git/git.js';
import { openWorkspace } from '../../../../src/platform/workspace/workspace.js';
import { userGit } from '../../../support/ralph-bench.js';
import { candidate, swarmBench, type SwarmBench } from '../../../support/swarm-bench.js';

const AUTHOR = { name: 'Ada', email: 'ada@example.org' };
const MODEL = { provider: 'fake', model: 'one' };

type Candidate = ReturnType<typeof candidate> & {
  conflictFiles?: string[];
  renewedLocks?: string[];
  keptLocks?: string[];
};

function land(bench: SwarmBench, candidates: readonly Candidate[], head = bench.base) {
  const request = {
    ...bench.step(),
    repository: bench.repository,
    head,
    model: MODEL,
    author: AUTHOR,
    committedAt: '2026-01-02T03:04:05.000Z',
    candidates: [...candidates],
  };
  return bench.run(() => bench.activities.landSubtasks(request));
}

const bare = ({ dependencies, repository }: SwarmBench): string =>
  bareRepository(dependencies.home, repository);
const show = (bench: SwarmBench, tree: string, path: string): string =>
  userGit(bare(bench), 'show', `${tree}:${path}`);
const names = (bench: SwarmBench, tree: string): string[] =>
  userGit(bare(bench), 'ls-tree', '-r', '--name-only', tree).split('\n');

describe('landSubtasks', () => {
  it('brings several lanes onto the run, one commit each in the order given', async () => {
    const bench = await swarmBench({ '.gitignore': '*.log\n' });
    await bench.leave(0, { 'a.txt': 'a\n', 'ignored.log': 'noise\n' });
    await bench.leave(1, { 'b/b.txt': 'b\n' });
    await bench.leave(2, { 'ignored.log': 'noise\n' });
    const [a, b, c] = ['a', 'b', 'c'].map((id, at) => candidate(id, bench.lanes[at], bench.base));
    if (a === undefined || b === undefined || c === undefined) throw new Error('no candidates');
    const { head, landed } = await land(bench, [a, b, c]);
    expect(landed).toEqual([
      { id: 'a', kind: 'landed', commit: expect.any(String), files: ['a.txt'] },
      { id: 'b', kind: 'landed', commit: head, files: ['b/b.txt'] },
      // what git ignores is no work
      { id: 'c', kind: 'empty' },
    ]);
    expect(
      userGit(bare(bench), 'log', '--format=%s %an', `${bench.base}..${head}`).split('\n'),
    ).toEqual(['b: Do b Ada', 'a: Do a Ada']);
    expect(userGit(bare(bench), 'rev-parse', 'refs/codetether/runs/run-1')).toBe(head);
    expect(names(bench, head)).toEqual(['.gitignore', 'README.md', 'a.txt', 'b/b.txt']);
  });

  it('gives the same commits when a worker dies before its answer is noted', async () => {
    const files = { 'a.txt': 'a\n' };
    const bench = await swarmBench();
    await bench.leave(0, files);
    const one = candidate('a', bench.lanes[0], bench.base);
    const first = await land(bench, [one]);
    userGit(bare(bench), 'update-ref', 'refs/codetether/runs/run-1', bench.base);
    expect(await land(bench, [one])).toEqual(first);
  });

  it('leaves out whoever added a secret, says where, and lands the others', async () => {
    const bench = await swarmBench({ 'old.txt': `ghp_${'b2C3'.repeat(9)}\n` });
    const key = `ghp_${'a1B2'.repeat(9)}`;
    await bench.leave(0, {
      'a.txt': 'a\n',
      'config/keys.ts': `one\nexport const KEY = '${key}';\n`,
    });
    await bench.leave(1, { 'b.txt': 'b\n' });
    // what the base has is no news
    await bench.leave(2, { 'moved.txt': `ghp_${'b2C3'.repeat(9)}\n` });
    const { head, landed } = await land(
      bench,
      ['a', 'b', 'c'].map((id, at) => candidate(id, bench.lanes[at], bench.base)),
    );
    expect(landed).toEqual([
      { id: 'a', kind: 'refused', reason: expect.stringContaining('config/keys.ts:2 (') },
      expect.objectContaining({ id: 'b', kind: 'landed' }),
      expect.objectContaining({ id: 'c', kind: 'landed' }),
    ]);
    expect(JSON.stringify(landed)).not.toContain(key);
    expect(names(bench, head)).toEqual(['README.md', 'b.txt', 'moved.txt', 'old.txt']);
  });

  it('leaves out what conflicts, merged into the head of the whole batch', async () => {
    const bench = await swarmBench({ 'list.txt': 'start\n' });
    await bench.leave(0, { 'list.txt': 'a\n' });
    await bench.leave(1, { 'list.txt': 'b\n', 'own.txt': 'b\n' });
    await bench.leave(2, { 'c.txt': 'c\n' });
    const { head, landed } = await land(
      bench,
      ['a', 'b', 'c'].map((id, at) => candidate(id, bench.lanes[at], bench.base)),
    );
    expect(landed.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      'a landed',
      'b conflict',
      'c landed',
    ]);
    const conflict = landed[1];
    if (conflict?.kind !== 'conflict') throw new Error('no conflict');
    expect([conflict.files, conflict.locks]).toEqual([['list.txt'], []]);
    // what landed behind it in the same batch is there, or its agent would take it away again
    expect(names(bench, conflict.tree)).toEqual(['README.md', 'c.txt', 'list.txt', 'own.txt']);
    expect(show(bench, conflict.tree, 'list.txt')).toMatch(/^<<<<<<< [^]*a\n=======\nb\n>>>>>>> /);
    expect(show(bench, conflict.own, 'list.txt')).toBe('b');
    expect(show(bench, head, 'list.txt')).toBe('a');
  });

  it('takes files with marks for no resolution', async () => {
    const bench = await swarmBench();
    await bench.leave(0, { 'list.txt': '<<<<<<< one\na\n=======\nb\n>>>>>>> two\n' });
    const one = { ...candidate('a', bench.lanes[0], bench.base), conflictFiles: ['list.txt'] };
    const { head, landed } = await land(bench, [one]);
    expect([head, landed]).toEqual([
      bench.base,
      [expect.objectContaining({ kind: 'conflict', files: ['list.txt'] })],
    ]);
  });

  it('never merges two lock files as text, also where git could', async () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}\n`);
    const changed = (at: number): string => lines.with(at, 'changed\n').join('');
    const bench = await swarmBench({ 'Cargo.lock': lines.join('') });
    await bench.leave(0, { 'Cargo.lock': changed(2) });
    await bench.leave(1, { 'Cargo.lock': changed(25), 'b.txt': 'b\n' });
    const { landed } = await land(
      bench,
      ['a', 'b'].map((id, at) => candidate(id, bench.lanes[at], bench.base)),
    );
    const conflict = landed[1];
    if (conflict?.kind !== 'conflict') throw new Error('no conflict');
    expect([conflict.files, conflict.locks]).toEqual([[], ['Cargo.lock']]);
    // the landed lock, and nothing of the other
    expect(show(bench, conflict.tree, 'Cargo.lock')).toBe(changed(2).trim());
    expect(show(bench, conflict.tree, 'b.txt')).toBe('b');
  });

  it('has a lock made anew that lacks what the manifest asks for', async () => {
    const lock = '{"packages":{"":{"dependencies":{"a":"1"}}}}';
    const files = {
      'web/package.json': '{"dependencies":{"a":"1"}}',
      'web/package-lock.json': lock,
    };
    const bench = await swarmBench(files);
    await bench.leave(0, { 'web/package.json': '{"dependencies":{"a":"1","b":"2"}}' });
    await bench.leave(1, { 'web/package.json': '{"dependencies":{"a":"1"},"scripts":{}}' });
    const first = await land(bench, [candidate('a', bench.lanes[0], bench.base)]);
    expect(first.landed).toEqual([
      expect.objectContaining({ kind: 'conflict', files: [], locks: ['web/package-lock.json'] }),
    ]);
    const second = await land(bench, [candidate('b', bench.lanes[1], bench.base)]);
    expect(second.landed).toEqual([expect.objectContaining({ kind: 'landed' })]);
    const git = createGit({ gitDir: bare(bench) });
    const { base } = bench;
    const nothing = { git, base, head: base, tree: base, own: base, changed: [], renewed: [] };
    expect(await locksToRenew(nothing)).toEqual({ locks: [], stale: [] });
  });

  it('has a lock of any tool made anew that is one side’s while the merged manifest wants more', async () => {
    const cargo = (...wanted: string[]): string =>
      `[package]\nname = "a"\n\n[dependencies]\n${wanted.map((name) => `${name} = "1"\n`).join('')}\n[dev-dependencies]\n`;
    const base = `${cargo('a')}z = "1"\n`;
    const bench = await swarmBench({ 'Cargo.toml': base, 'Cargo.lock': 'a\n' });
    // one adds a package with its lock, the other only writes its manifest, far away from it
    await bench.leave(0, { 'Cargo.toml': `${cargo('a', 'b')}z = "1"\n`, 'Cargo.lock': 'a b\n' });
    await bench.leave(1, { 'Cargo.toml': `${base}y = "1"\n` });
    await bench.leave(2, { 'Cargo.toml': `[profile.release]\nlto = true\n\n${base}` });
    const of = (id: string, at: number, more = {}) => ({
      ...candidate(id, bench.lanes[at], bench.base),
      ...more,
    });
    const first = await land(bench, [of('a', 0), of('b', 1)]);
    const stale = { kind: 'conflict', files: [], locks: ['Cargo.lock'], stale: ['Cargo.lock'] };
    expect(first.landed).toEqual([
      expect.objectContaining({ kind: 'landed' }),
      expect.objectContaining(stale),
    ]);
    const conflict = first.landed[1];
    if (conflict?.kind !== 'conflict') throw new Error('no conflict');
    expect(show(bench, conflict.tree, 'Cargo.lock')).toBe('a b');
    // as it landed is good enough for whoever cannot make it anew, and for a change that wants nothing
    const kept = await land(bench, [of('b', 1, { keptLocks: ['Cargo.lock'] })], first.head);
    expect(kept.landed).toEqual([expect.objectContaining({ kind: 'landed' })]);
    const other = await land(bench, [of('c', 2)], kept.head);
    expect(other.landed).toEqual([expect.objectContaining({ kind: 'landed' })]);
  });

  it('takes a lock that was made anew for what it is, also when the tool changed nothing', async () => {
    const bench = await swarmBench({ 'go.mod': 'module a\n', 'go.sum': 'x\n' });
    await bench.leave(0, { 'go.mod': 'module a\n\ngo 1.22\n' });
    const one = candidate('a', bench.lanes[0], bench.base);
    const first = await land(bench, [one]);
    expect(first.landed).toEqual([
      expect.objectContaining({ kind: 'conflict', stale: ['go.sum'] }),
    ]);
    const second = await land(bench, [{ ...one, renewedLocks: ['go.sum'] }]);
    expect(second.landed).toEqual([expect.objectContaining({ kind: 'landed' })]);
  });

  it('looks for the lock of a workspace above its members', async () => {
    const root = '{"workspaces":["packages/*"]}';
    const member = '{"name":"p"}';
    const bench = await swarmBench({
      'package.json': root,
      'yarn.lock': 'x\n',
      'packages/p/package.json': member,
    });
    await bench.leave(0, { 'packages/p/package.json': '{"name":"p","dependencies":{"b":"1"}}' });
    const { landed } = await land(bench, [candidate('a', bench.lanes[0], bench.base)]);
    expect(landed).toEqual([expect.objectContaining({ kind: 'conflict', stale: ['yarn.lock'] })]);
  });

  it('keeps hostile titles and summaries to a subject, a body and trailers that stand', async () => {
    const bench = await swarmBench();
    await bench.leave(0, { 'a\nb \u001b[31m.txt': 'a\n' });
    const hostile = {
      ...candidate('a', bench.lanes[0], bench.base),
      title: `x\0\u001b[2J\r\nCodetether-Run: forged ${'y'.repeat(5000)}`,
      summary: `\0bad\u001b]0;title\u0007\nCodetether-Run: forged\n\u202e`,
    };
    const { head, landed } = await land(bench, [hostile]);
    expect(landed).toEqual([expect.objectContaining({ kind: 'landed' })]);
    const message = userGit(bare(bench), 'log', '-1', '--format=%B', head);
    expect(message).not.toMatch(/(?![\n\t])\p{Cc}/u);
    const trailers = '--format=%(trailers:key=Codetether-Run,valueonly)';
    expect(userGit(bare(bench), 'log', '-1', trailers, head)).toBe('run-1');
  });
});

describe('keepSubtask', () => {
  it('keeps a tree on a branch of its own, whatever its title holds', async () => {
    expect(keepSubtaskStep.claim).toBeDefined();
    const bench = await swarmBench();
    const request = {
      ...bench.step(),
      repository: bench.repository,
      branch: 'swarm/work',
      subtask: '..a..b.lock',
      attempt: 1,
      base: bench.base,
      tree: userGit(bench.repository, 'rev-parse', 'HEAD^{tree}'),
      message: 'a: with \0 in it\u001b[2J\n',
      author: AUTHOR,
      committedAt: '2026-01-02T03:04:05.000Z',
    };
    const { branch } = await bench.run(() => bench.activities.keepSubtask(request));
    const again = { ...request, ...bench.step() };
    expect(await bench.run(() => bench.activities.keepSubtask(again))).toEqual({ branch });
    expect(userGit(bench.repository, 'rev-parse', `${branch}^{tree}`)).toBe(request.tree);
  });
});

describe('keepUnlanded', () => {
  it('keeps what an agent left in its lane, a branch for each attempt, and nothing where it changed nothing', async () => {
    expect(keepUnlandedStep.holds).toBeDefined();
    const bench = await swarmBench({ '.gitignore': '*.log\n' });
    await bench.leave(0, { 'half.txt': 'half\n', 'noise.log': 'x\n' });
    await bench.leave(1, { 'noise.log': 'x\n' });
    const keep = (at: number, attempt: number) => {
      const { key, runId } = bench.step();
      const lane = bench.lanes[at];
      if (lane === undefined) throw new Error('no lane');
      const { repository, base } = bench;
      const of = { subtask: 'a', attempt, message: 'a: Do a\n', author: AUTHOR };
      const place = { key, runId, repository, branch: 'swarm/work', base, lane };
      const committedAt = '2026-01-02T03:04:05.000Z';
      return bench.run(() => bench.activities.keepUnlanded({ ...place, ...of, committedAt }));
    };
    const first = await keep(0, 1);
    expect([first, await keep(0, 1), await keep(1, 1)]).toEqual([
      { branch: 'swarm/work-a-run-run-1' },
      first,
      { branch: null },
    ]);
    await bench.leave(0, { 'half.txt': 'more\n' });
    const second = await keep(0, 2);
    const shown = [first, second].map(({ branch }) =>
      userGit(bench.repository, 'show', `${branch ?? ''}:half.txt`),
    );
    expect([second.branch, shown]).toEqual(['swarm/work-a@2-run-run-1', ['half', 'more']]);
    expect(userGit(bench.repository, 'ls-tree', '--name-only', first.branch ?? '')).not.toContain(
      'noise.log',
    );
  });

  it('keeps nothing of a lane that was laid out for somebody else', async () => {
    const bench = await swarmBench({}, 1);
    const [lane] = bench.lanes;
    if (lane === undefined) throw new Error('no lane');
    const { repository, base } = bench;
    const place = { lane, base, proven: base, branch: 'swarm/work', author: AUTHOR };
    const rest = { task: 'The whole', others: [], results: [], feedback: '', place };
    const agent = { instruction: 'Do it', dependsOn: [], touches: [], agent: 'build' as const };
    const subtask = { id: 'a', priority: 1, ...agent };
    await bench.run(() =>
      bench.activities.beginSubtask({ ...bench.step(), ...rest, subtask, attempt: 1 }),
    );
    const folders = await openWorkspace(bench.dependencies.home, lane);
    await writeFile(join(folders.root, 'half.txt'), 'half\n');
    const owner = { runId: 'run-1', subtask: 'a', attempt: 1 };
    const unnoted = { ...folders, state: join(folders.state, 'nothing') };
    expect([
      await isLaneOfAnother(folders, owner),
      await isLaneOfAnother(folders, { ...owner, attempt: 2 }),
      // a lane that an earlier version laid out says nothing
      await isLaneOfAnother(unnoted, owner),
      // where agents lay them out, such a lane was not laid out yet
      await isLaneOfAnother(unnoted, { ...owner, laysOut: true }),
      await isLaneOfAnother(folders, { ...owner, laysOut: true }),
    ]).toEqual([false, true, false, true, false]);
    const keep = (id: string) => {
      const { key, runId } = bench.step();
      const of = { subtask: id, attempt: 1, message: `${id}: Do it\n`, author: AUTHOR };
      const at = { key, runId, repository, branch: 'swarm/work', base, lane };
      const committedAt = '2026-01-02T03:04:05.000Z';
      return bench.run(() => bench.activities.keepUnlanded({ ...at, ...of, committedAt }));
    };
    expect([await keep('b'), await keep('a')]).toEqual([
      { branch: null },
      { branch: 'swarm/work-a-run-run-1' },
    ]);
  });
});

describe('subtaskMessage', () => {
  it('is one subject, and its own trailers are the last paragraph, for any text', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(text, text, (title, summary) => {
        const message = subtaskMessage(
          { runId: 'run-1', model: MODEL },
          { id: 'a', title, attempt: 1, summary, spending: ZERO_SPENDING },
        );
        const paragraphs = message.trimEnd().split('\n\n');
        expect(message.split('\n')[0]).toMatch(/^a: ?/);
        expect(message.split('\n')[1]).toBe('');
        expect(message).not.toMatch(/(?![\n\t])\p{Cc}|\p{Cs}/u);
        expect(paragraphs.at(-1)?.split('\n')).toHaveLength(6);
      }),
    );
  });
});
