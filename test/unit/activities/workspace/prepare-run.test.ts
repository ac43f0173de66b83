import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bareRepository, runRef } from '../../../../src/platform/workspace/run-layout.js';
import { insideRepository } from '../../../../src/activities/workspace/layout.js';
import { prepareRun } from '../../../../src/activities/workspace/prepare-run.js';
import { createGit } from '../../../../src/platform/git/git.js';
import { openWorkspace } from '../../../../src/platform/workspace/workspace.js';
import { repositoryKey } from '../../../../src/platform/git/repository-key.js';
import { ralphDependencies, userGit, userRepository } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function setup() {
  const home = await temporaryFolder();
  const repository = await userRepository({ 'app/a.txt': 'a\n' });
  const baseCommit = userGit(repository, 'rev-parse', 'HEAD');
  const prdPath = join(repository, 'app/prd.json');
  const dependencies = await ralphDependencies(home);
  const request = { runId: 'run-1', repository, workdir: 'app', prdPath, baseCommit };
  return { dependencies, request, home, repository };
}

describe('prepareRun', () => {
  it('gives lanes of their own and the files that are the engine’s', async () => {
    const { dependencies, request, repository, home } = await setup();
    const key = repositoryKey(repository);
    const first = {
      lane: { id: `${key}/run-1/lane-1`, workdir: 'app' },
      proofLane: { id: `${key}/run-1/proof`, workdir: 'app' },
    };
    const second = {
      lane: { id: `${key}/run-1/lane-2`, workdir: 'app' },
      proofLane: { id: `${key}/run-1/proof-2`, workdir: 'app' },
    };
    expect(await prepareRun(dependencies, { ...request, lanes: 2 })).toEqual({
      ...first,
      lanes: [first, second],
      statePaths: ['app/prd.json', 'app/progress.txt'],
      sandbox: dependencies.sandbox.level,
      notes: [],
    });
    const lane = await openWorkspace(home, { id: `${key}/run-1/lane-1`, workdir: 'app' });
    const proof = await openWorkspace(home, { id: `${key}/run-1/proof`, workdir: 'app' });
    expect(lane.refPrefix).not.toBe(proof.refPrefix);
    expect(lane.root).not.toBe(proof.root);
  });

  it('only reads the repository of the person', async () => {
    const { dependencies, request, repository } = await setup();
    const before = [await readdir(join(repository, '.git')), userGit(repository, 'for-each-ref')];
    const index = await readFile(join(repository, '.git/index'));
    await prepareRun(dependencies, request);
    expect([await readdir(join(repository, '.git')), userGit(repository, 'for-each-ref')]).toEqual(
      before,
    );
    expect((await readFile(join(repository, '.git/index'))).equals(index)).toBe(true);
  });

  it('leaves the head of a run where it is when it is repeated', async () => {
    const { dependencies, request, repository, home } = await setup();
    const first = await prepareRun(dependencies, request);
    const git = createGit({ gitDir: bareRepository(home, repository) });
    const tree = userGit(repository, 'rev-parse', 'HEAD^{tree}');
    const next = await git.commitTree({
      tree,
      parents: [request.baseCommit],
      message: 'story',
      author: { name: 'Ada', email: 'ada@example.org' },
      date: '2026-01-02T03:04:05Z',
    });
    await git.updateRef({ ref: runRef('run-1'), next, expected: request.baseCommit });
    expect(await prepareRun(dependencies, request)).toEqual(first);
    expect(await git.resolve(runRef('run-1'))).toBe(next);
  });

  it('reaches a commit that only a branch holds, and one of a detached HEAD', async () => {
    const { dependencies, request, repository } = await setup();
    userGit(repository, 'checkout', '--quiet', '--detach');
    userGit(repository, 'commit', '--quiet', '--allow-empty', '--message', 'detached');
    const baseCommit = userGit(repository, 'rev-parse', 'HEAD');
    const prepared = prepareRun(dependencies, { ...request, baseCommit });
    await expect(prepared).resolves.toMatchObject({ statePaths: expect.any(Array) });
  });

  it('refuses a commit that nothing reaches', async () => {
    const { dependencies, request, repository } = await setup();
    await expect(
      prepareRun(dependencies, { ...request, baseCommit: 'a'.repeat(40) }),
    ).rejects.toMatchObject({
      code: 'ERR_BASE_COMMIT_MISSING',
      exitCode: 2,
      where: { file: repository },
    });
  });

  it('works on a shallow clone', async () => {
    const { dependencies, request, repository } = await setup();
    userGit(repository, 'commit', '--quiet', '--allow-empty', '--message', 'second');
    const clone = join(await temporaryFolder(), 'clone');
    userGit(repository, 'clone', '--quiet', '--depth', '1', `file://${repository}`, clone);
    const baseCommit = userGit(clone, 'rev-parse', 'HEAD');
    const prdPath = join(clone, 'prd.json');
    await expect(
      prepareRun(dependencies, { ...request, repository: clone, baseCommit, prdPath }),
    ).resolves.toMatchObject({ statePaths: ['prd.json', 'progress.txt'] });
  });

  it('has no state files inside the repository when the PRD lies elsewhere', async () => {
    const { dependencies, request } = await setup();
    const prdPath = join(await temporaryFolder(), 'prd.json');
    expect((await prepareRun(dependencies, { ...request, prdPath })).statePaths).toEqual([]);
  });
});

describe('insideRepository', () => {
  it('gives the path inside, or nothing for the top and for everything outside', () => {
    expect(
      ['/repo/a/b', '/repo', '/', '/repository/a', '/repo/../x'].map((path) =>
        insideRepository('/repo', path),
      ),
    ).toEqual(['a/b', undefined, undefined, undefined, undefined]);
  });

  it('knows a name that begins with two dots from the way up', () => {
    expect(insideRepository('/repo', '/repo/..notes/prd.json')).toBe('..notes/prd.json');
  });
});
