import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginStory } from '../../../../src/activities/workspace/begin-story.js';
import { checkBaseline } from '../../../../src/activities/proof/check-baseline.js';
import { proveStory } from '../../../../src/activities/proof/prove-story.js';
import {
  bringSubmodules,
  layOutSubmodules,
} from '../../../../src/activities/workspace/submodules.js';
import { createGit } from '../../../../src/platform/git/git.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import { NO_SETUP, type WorkspaceSetup } from '../../../../src/domain/workspace-setup.js';
import { hostOfUrl, resolveModuleUrl } from '../../../../src/platform/git/submodules.js';
import {
  benchOn,
  storyInput,
  userGit,
  userRepository,
  type RalphBench,
} from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const LOCAL = ['-c', 'protocol.file.allow=always'];
const SETUP: WorkspaceSetup = {
  ...NO_SETUP,
  source: 'config',
  steps: [
    {
      name: 'install',
      command: 'cp vendor/lib/x.txt vendor/lib/built.o',
      folder: '.',
      timeoutMs: 60_000,
      lockFiles: [],
    },
  ],
};

/** A repository with submodule `vendor/lib`, which has one of its own, `deep`. */
async function withSubmodules(): Promise<string> {
  const deep = await userRepository({ 'deep.txt': 'deep\n' });
  const lib = await userRepository({ 'x.txt': 'x\n', '.gitignore': '*.o\n' });
  userGit(lib, ...LOCAL, 'submodule', '--quiet', 'add', deep, 'deep');
  userGit(lib, 'commit', '--quiet', '--message', 'deep');
  const repository = await userRepository({ 'README.md': '# demo\n' });
  userGit(repository, ...LOCAL, 'submodule', '--quiet', 'add', lib, 'vendor/lib');
  userGit(repository, ...LOCAL, 'submodule', '--quiet', 'update', '--init', '--recursive');
  userGit(repository, 'commit', '--quiet', '--message', 'lib');
  return repository;
}

async function base(
  bench: RalphBench,
  command: string,
  setup: WorkspaceSetup = NO_SETUP,
): Promise<(number | null)[]> {
  const { evidence } = await checkBaseline(bench.work, {
    key: { scope: command, step: 1, index: 0 },
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [
      { name: 'first', command, timeoutMs: 60_000 },
      { name: 'second', command, timeoutMs: 60_000 },
    ],
    setup,
  });
  return evidence.map(({ exitCode }) => exitCode);
}

const WHOLE = 'grep -q x vendor/lib/x.txt && grep -q deep vendor/lib/deep/deep.txt';

describe('submodules', () => {
  it('lie in proofs and lanes without any network, those within submodules too', async () => {
    const bench = await benchOn(await withSubmodules());
    expect(bench.prepared.notes).toEqual([]);
    expect(await base(bench, `${WHOLE} && test -z "$(git status --porcelain)"`)).toEqual([0, 0]);
    await beginStory(bench.work, storyInput(bench));
    expect(userGit(bench.lane.root, 'status', '--porcelain')).toBe('');
    await bench.write('a.txt', 'made\n');
    await bench.write('vendor/lib/x.txt', 'of the agent\n');
    const proof = await proveStory(bench.work, {
      key: { scope: 'story', step: 1, index: 0 },
      lane: bench.prepared.lane,
      proofLane: bench.prepared.proofLane,
      base: bench.base,
      checks: [{ name: 'check', command: WHOLE, timeoutMs: 60_000 }],
      statePaths: bench.prepared.statePaths,
      allowCheckChanges: false,
    });
    expect([proof.verdict, proof.changedFiles]).toEqual(['passed', ['a.txt']]);
  });

  it('are as they were committed for every check, whatever the one before did', async () => {
    const bench = await benchOn(await withSubmodules());
    const command = `${WHOLE} && echo bad > vendor/lib/x.txt && rm -r vendor/lib/deep`;
    expect(await base(bench, command)).toEqual([0, 0]);
  });

  it('keep what set-up made in them', async () => {
    const bench = await benchOn(await withSubmodules());
    expect(await base(bench, `${WHOLE} && grep -q x vendor/lib/built.o`, SETUP)).toEqual([0, 0]);
  });

  it('are never laid out through a link that leads outside', async () => {
    const bench = await benchOn(await withSubmodules());
    await beginStory(bench.work, storyInput(bench));
    const outside = await temporaryFolder();
    await writeFile(join(outside, 'mine.txt'), 'mine\n');
    await rm(join(bench.lane.root, 'vendor'), { recursive: true });
    await symlink(outside, join(bench.lane.root, 'vendor'));
    await beginStory(bench.work, storyInput(bench));
    expect(userGit(bench.lane.root, 'status', '--porcelain')).toBe('');
    expect(await readdir(outside)).toEqual(['mine.txt']);
  });

  it('are empty and named where nobody may ask for them', async () => {
    const repository = await withSubmodules();
    await rm(join(repository, '.git/modules'), { recursive: true });
    await rm(join(repository, 'vendor/lib/.git'));
    const bench = await benchOn(repository);
    expect(bench.prepared.notes).toEqual([
      'submodule vendor/lib stays an empty folder: its commit is not in .git/modules, and its address is no host of this repository’s remotes (git submodule update --init --recursive brings it to your checkout)',
    ]);
    expect(await base(bench, 'test -d vendor/lib && test -z "$(ls vendor/lib)"')).toEqual([0, 0]);
  });
});

describe('addresses of submodules', () => {
  it.each([
    ['../lib.git', 'https://example.org/a/b.git', 'https://example.org/a/lib.git'],
    ['../../lib.git', 'https://example.org/a/b.git', 'https://example.org/lib.git'],
    ['./lib.git', 'git@example.org:a/b.git', 'git@example.org:a/b.git/lib.git'],
    ['../lib.git', 'git@example.org:a/b.git', 'git@example.org:a/lib.git'],
    ['https://other.org/x.git', 'https://example.org/a/b.git', 'https://other.org/x.git'],
    ['../lib.git', undefined, undefined],
  ])('%s of %s', (url, parent, expected) => {
    expect(resolveModuleUrl(url, parent)).toBe(expected);
  });

  it.each([
    ['https://ada:x@example.org:8443/a.git', 'example.org'],
    ['git@example.org:a.git', 'example.org'],
    ['ssh://git@example.org/a.git', 'example.org'],
    ['/srv/a.git', undefined],
    ['file:///srv/a.git', undefined],
    ['ext::sh -c evil', undefined],
    ['--upload-pack=evil', undefined],
  ])('%s is on %s', (url, expected) => {
    expect(hostOfUrl(url)).toBe(expected);
  });
});

describe('the files of submodules', () => {
  it('are laid out without a `.git`, and not behind a link that somebody put in their way', async () => {
    const bench = await benchOn(await withSubmodules());
    const git = createGit({ gitDir: bench.lane.gitDir });
    const { repository, base } = bench;
    expect(await bringSubmodules(git, { repository, base })).toEqual([]);
    await workspaceGit(bench.lane).checkoutTree(base);
    const outside = await temporaryFolder();
    await rm(join(bench.lane.root, 'vendor'), { recursive: true, force: true });
    await symlink(outside, join(bench.lane.root, 'vendor'));
    const folders = await layOutSubmodules(bench.lane, base, { removesOthers: true });
    expect(folders).toEqual(['vendor/lib/']);
    expect((await readdir(join(bench.lane.root, 'vendor/lib'))).toSorted()).toEqual([
      '.gitignore',
      '.gitmodules',
      'deep',
      'x.txt',
    ]);
    expect(await readdir(outside)).toEqual([]);
  });

  it('keep what set-up made beside them, unless nothing may stay', async () => {
    const bench = await benchOn(await withSubmodules());
    const git = createGit({ gitDir: bench.lane.gitDir });
    const { repository, base } = bench;
    await bringSubmodules(git, { repository, base });
    await workspaceGit(bench.lane).checkoutTree(base);
    const built = async (removesOthers: boolean): Promise<boolean> => {
      await layOutSubmodules(bench.lane, base, { removesOthers });
      return (await readdir(join(bench.lane.root, 'vendor/lib'))).includes('built.o');
    };
    await layOutSubmodules(bench.lane, base, { removesOthers: true });
    await writeFile(join(bench.lane.root, 'vendor/lib/built.o'), 'built');
    expect([await built(false), await built(true)]).toEqual([true, false]);
  });

  it('are none in a repository without any', async () => {
    const bench = await benchOn(await userRepository({ 'a.txt': '' }));
    const git = createGit({ gitDir: bench.lane.gitDir });
    const { repository, base } = bench;
    expect(await bringSubmodules(git, { repository, base })).toEqual([]);
    expect(await layOutSubmodules(bench.lane, base, { removesOthers: true })).toEqual([]);
  });
});
