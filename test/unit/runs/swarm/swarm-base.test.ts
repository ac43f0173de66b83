import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import { outlineOf, planSwarmBase } from '../../../../src/runs/swarm/swarm-base.js';
import type { SwarmFlags } from '../../../../src/runs/swarm/swarm-flags.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function base(cwd: string, flags: SwarmFlags = {}, isTable = false) {
  const home = await temporaryFolder();
  const config = await loadConfig({
    project: cwd,
    environment: { HOME: home, CODETETHER_HOME: home },
  });
  return planSwarmBase(flags, { config, cwd, branch: 'swarm/x', isTable });
}

describe('where a swarm works', () => {
  it('is the commit of the repository, without what is not committed', async () => {
    const cwd = await userRepository({ 'README.md': 'Read me\n', 'src/a.js': 'a\n' });
    await writeFile(join(cwd, 'src', 'new.js'), 'new\n');
    const planned = await base(cwd, { checks: false });
    expect(planned).toMatchObject({
      repository: cwd,
      hasFiles: true,
      workdir: '.',
      branch: 'swarm/x',
      baseCommit: userGit(cwd, 'rev-parse', 'HEAD'),
      checks: [],
      dirtyFiles: ['src/new.js'],
      outline: {
        files: [
          { path: 'README.md', bytes: 8 },
          { path: 'src/a.js', bytes: 2 },
        ],
        fileCount: 2,
        readme: 'Read me\n',
      },
    });
    expect(planned.notes).toEqual(
      expect.arrayContaining([
        'no check is known here, so nobody checks the merged result',
        '1 uncommitted files are not part of the swarm',
      ]),
    );
  });

  it('is nowhere without a repository, and for a table; a folder that was named has to be one', async () => {
    const cwd = await temporaryFolder();
    expect(await base(cwd)).toMatchObject({
      hasFiles: false,
      baseCommit: '',
      outline: null,
      notes: ['there is no git repository here: agents answer, and have no files'],
    });
    const repository = await userRepository({ 'a.txt': 'a\n' });
    expect(await base(repository, {}, true)).toMatchObject({ hasFiles: false, notes: [] });
    await expect(base(cwd, { repo: '.' })).rejects.toMatchObject({ code: 'ERR_NOT_A_REPOSITORY' });
  });

  it('begins with a commit of its own where there is none yet', async () => {
    const cwd = await temporaryFolder();
    userGit(cwd, 'init', '-q', '-b', 'main');
    await writeFile(join(cwd, 'a.txt'), 'a\n');
    const { baseCommit, outline } = await base(cwd, { checks: false });
    expect([baseCommit, outline?.files]).toEqual([
      expect.stringMatching(/^[0-9a-f]{40}$/),
      [{ path: 'a.txt', bytes: 2 }],
    ]);
  });

  it('refuses a branch that cannot stand beside the others', async () => {
    const cwd = await userRepository({ 'a.txt': 'a\n' });
    userGit(cwd, 'branch', 'swarm');
    await expect(base(cwd)).rejects.toMatchObject({ code: 'ERR_BRANCH_CONFLICT' });
  });
});

describe('what a model that plans is shown', () => {
  it('is cut to what a message carries, and counts the rest', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 5_010 }, (_, index) => [`f/${index}.txt`, '']),
    );
    const cwd = await userRepository({ ...files, 'readme.md': 'x'.repeat(10_000) });
    const {
      files: shown,
      fileCount,
      readme,
    } = await outlineOf(cwd, userGit(cwd, 'rev-parse', 'HEAD'));
    expect([shown.length, fileCount, readme.length]).toEqual([5000, 5011, 4096]);
  });

  it('has no README where there is none at the top', async () => {
    const cwd = await userRepository({ 'docs/README.md': 'no' });
    await mkdir(join(cwd, 'empty'));
    expect(await outlineOf(cwd, userGit(cwd, 'rev-parse', 'HEAD'))).toMatchObject({ readme: '' });
  });
});
