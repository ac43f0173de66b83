import { chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginStory } from '../../../../src/activities/workspace/begin-story.js';
import { landStory } from '../../../../src/activities/landing/land-story.js';
import { prepareRun } from '../../../../src/activities/workspace/prepare-run.js';
import { proveStory } from '../../../../src/activities/proof/prove-story.js';
import { parseModelReference } from '../../../../src/domain/agent/model.js';
import { type Proof } from '../../../../src/domain/proof/check.js';
import {
  attemptRecord,
  benchOn,
  storyInput,
  userGit,
  userRepository,
  type RalphBench,
} from '../../../support/ralph-bench.js';
import { story } from '../../../support/stories.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

/** One story on the repository, from a fresh lane to a published branch. */
async function work(bench: RalphBench, act: () => Promise<void>): Promise<Proof> {
  await beginStory(bench.work, storyInput(bench));
  await act();
  const proof = await proveStory(bench.work, {
    key: { scope: 'story', step: 1, index: 0 },
    lane: bench.prepared.lane,
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [{ name: 'test', command: 'git status --porcelain', timeoutMs: 20_000 }],
    statePaths: bench.prepared.statePaths,
    allowCheckChanges: false,
  });
  if (proof.verdict === 'passed') await land(bench, proof.tree);
  return proof;
}

function land(bench: RalphBench, tree: string) {
  return landStory(bench.dependencies, {
    runId: 'run-1',
    repository: bench.repository,
    branch: 'feature/work',
    prdPath: bench.prdPath,
    story: story('US-001'),
    attempt: attemptRecord(),
    model: parseModelReference('double/scripted'),
    author: { name: 'Ada', email: 'ada@example.org' },
    parent: bench.base,
    tree,
    isVerified: true,
    committedAt: '2026-01-02T03:04:05.000Z',
  });
}

const feature = (bench: RalphBench) => () => bench.write('feature.txt', 'ok\n');
const changed = (bench: RalphBench): string[] =>
  userGit(bench.repository, 'diff', '--name-only', '-z', 'main', 'feature/work')
    .split('\0')
    .filter((path) => path !== '');

describe('a story in', () => {
  it('a repository whose line ends do not fit its attributes: nothing else changes', async () => {
    const repository = await userRepository({ 'crlf.txt': 'a\r\nb\r\n', 'unix.txt': 'a\nb\n' });
    await writeFile(join(repository, '.gitattributes'), '* text\nunix.txt eol=crlf\n*.id ident\n');
    userGit(repository, 'add', '.gitattributes');
    userGit(repository, 'commit', '--quiet', '--message', 'attributes');
    const idle = await benchOn(repository);
    expect((await work(idle, async () => undefined)).verdict).toBe('no-change');
    const bench = await benchOn(repository);
    expect((await work(bench, feature(bench))).changedFiles).toEqual(['feature.txt']);
    expect(await readFile(join(bench.lane.root, 'crlf.txt'), 'utf8')).toBe('a\r\nb\r\n');
    expect(changed(bench)).toEqual(['feature.txt']);
  });

  it('a repository whose filters are not run: the files stay as they are committed', async () => {
    const repository = await userRepository({
      'secret.txt': 'cipher\n',
      '.gitattributes': 'secret.txt filter=lock\n',
    });
    const mark = join(repository, '../filter-ran');
    for (const direction of ['clean', 'smudge'])
      userGit(repository, 'config', `filter.lock.${direction}`, `sh -c 'touch ${mark}; cat'`);
    userGit(repository, 'config', 'filter.lock.required', 'true');
    const bench = await benchOn(repository);
    await work(bench, feature(bench));
    expect(changed(bench)).toEqual(['feature.txt']);
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('a repository with submodules: their commits stay, whatever the agent does there', async () => {
    const inner = await userRepository({ 's.txt': 's\n' });
    const repository = await userRepository({ 'a.txt': 'a\n' });
    const add = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add'];
    userGit(repository, ...add, inner, 'lib/one');
    userGit(repository, ...add, inner, 'lib/two');
    userGit(repository, 'commit', '--quiet', '--message', 'submodules');
    const bench = await benchOn(repository);
    const proof = await work(bench, async () => {
      expect(await readdir(join(bench.lane.root, 'lib/one'))).toEqual(['s.txt']);
      await rm(join(bench.lane.root, 'lib/one'), { recursive: true });
      await rm(join(bench.lane.root, 'lib/two'), { recursive: true });
      userGit(bench.lane.root, 'clone', '--quiet', inner, 'lib/two');
      userGit(join(bench.lane.root, 'lib/two'), 'commit', '--quiet', '--allow-empty', '-m', 'own');
      await feature(bench)();
    });
    expect(proof.verdict).toBe('passed');
    expect(changed(bench)).toEqual(['feature.txt']);
  });

  it('a linked worktree, where .git is a file', async () => {
    const repository = await userRepository({ 'a.txt': 'a\n' });
    const linked = join(await temporaryFolder(), 'linked');
    userGit(repository, 'worktree', 'add', '--quiet', '-b', 'side', linked);
    const bench = await benchOn(linked);
    expect((await work(bench, feature(bench))).verdict).toBe('passed');
    expect(changed(bench)).toEqual(['feature.txt']);
  });

  it('a work tree whose git folder lies elsewhere', async () => {
    const parts = await temporaryFolder();
    const repository = join(parts, 'files');
    await mkdir(repository);
    const store = join(parts, 'store');
    userGit(repository, 'init', '-q', '--initial-branch', 'main', '--separate-git-dir', store);
    userGit(repository, 'config', 'core.worktree', repository);
    userGit(repository, 'commit', '--quiet', '--allow-empty', '--message', 'first');
    const bench = await benchOn(repository);
    await work(bench, feature(bench));
    expect(changed(bench)).toEqual(['feature.txt']);
  });

  it('a repository with unusual names of files, two of which differ in case only', async () => {
    const files = {
      'ü b/詳.txt': 'x\n',
      'a\nb': 'x\n',
      '"q" $(id)': 'x\n',
      Read: 'R\n',
      read: 'r\n',
    };
    const bench = await benchOn(await userRepository(files));
    await work(bench, () => bench.write('tab\there', 'ok\n'));
    expect(changed(bench)).toEqual(['tab\there']);
  });

  it('a shallow clone', async () => {
    const origin = await userRepository({ 'a.txt': 'a\n' });
    userGit(origin, 'commit', '--quiet', '--allow-empty', '--message', 'second');
    const clone = join(await temporaryFolder(), 'with space ü');
    userGit(origin, 'clone', '--quiet', '--depth', '1', `file://${origin}`, clone);
    const bench = await benchOn(clone);
    await work(bench, feature(bench));
    expect(changed(bench)).toEqual(['feature.txt']);
    expect(userGit(clone, 'rev-list', '--count', 'feature/work')).toBe('2');
  });

  const isRoot = process.getuid?.() === 0;
  it.skipIf(!isRoot)(
    'a repository of another user that the person trusts (needs root to make one)',
    async () => {
      const repository = await userRepository({ 'a.txt': 'a\n' });
      const bench = await benchOn(repository);
      const give = async (owner: number): Promise<void> => {
        for (const path of ['.', '.git']) await chown(join(repository, path), owner, owner);
      };
      await give(12_345);
      const { prdPath, base: baseCommit } = bench;
      const request = { runId: 'run-2', repository, workdir: '.', prdPath, baseCommit };
      await prepareRun(bench.dependencies, request);
      await work(bench, feature(bench));
      await give(0);
      expect(changed(bench)).toEqual(['feature.txt']);
    },
  );
});

describe('prepareRun again', () => {
  it('follows branches that took the place of others', async () => {
    const repository = await userRepository({ 'a.txt': 'a\n' });
    userGit(repository, 'branch', 'topic');
    const bench = await benchOn(repository);
    userGit(repository, 'branch', '-m', 'topic', 'topic/one');
    const request = {
      runId: 'run-2',
      repository,
      workdir: '.',
      prdPath: bench.prdPath,
      baseCommit: bench.base,
    };
    await expect(prepareRun(bench.dependencies, request)).resolves.toMatchObject({
      statePaths: ['prd.json', 'progress.txt'],
    });
  });
});
