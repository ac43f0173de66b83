import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginStory } from '../../../../src/activities/workspace/begin-story.js';
import { checkBaseline } from '../../../../src/activities/proof/check-baseline.js';
import { proveStory } from '../../../../src/activities/proof/prove-story.js';
import { publicAddress } from '../../../../src/activities/workspace/run-refs.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { type Check } from '../../../../src/domain/proof/check.js';
import {
  benchOn,
  storyInput,
  userGit,
  userRepository,
  type RalphBench,
} from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const HEAD = {
  branch: 'feature/work',
  author: { name: 'Ada', email: 'ada@example.org' },
  subject: 'feat(US-001): Make a.txt',
};

function check(command: string): Check {
  return { name: 'check', command, timeoutMs: 60_000 };
}

async function baseSays(bench: RalphBench, command: string): Promise<[number | null, string]> {
  const { evidence } = await checkBaseline(bench.work, {
    key: { scope: `base ${command}`, step: 1, index: 0 },
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [check(command)],
    setup: NO_SETUP,
    head: HEAD,
  });
  const [first] = evidence;
  if (first === undefined) throw new Error('no evidence');
  return [first.exitCode, (await bench.dependencies.blobs.getText(first.output)).trim()];
}

async function resultSays(bench: RalphBench, command: string): Promise<[number | null, string]> {
  const { evidence } = await proveStory(bench.work, {
    key: { scope: `story ${command}`, step: 1, index: 0 },
    lane: bench.prepared.lane,
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [check(command)],
    statePaths: bench.prepared.statePaths,
    allowCheckChanges: false,
    head: HEAD,
  });
  const [first] = evidence;
  if (first === undefined) throw new Error('no evidence');
  return [first.exitCode, (await bench.dependencies.blobs.getText(first.output)).trim()];
}

/** A clone whose base is behind its remote-tracking branch by nothing and has a tag, as after `git clone`. */
async function clonedRepository(): Promise<string> {
  const origin = await userRepository({ 'README.md': '# demo\n' });
  userGit(origin, 'tag', '--annotate', 'v1.2.3', '--message', 'v1.2.3');
  userGit(origin, 'tag', 'light');
  userGit(origin, 'branch', 'topic');
  const folder = join(await temporaryFolder(), 'clone');
  userGit(origin, 'clone', '--quiet', origin, folder);
  return folder;
}

describe('git in lanes and proofs', () => {
  it('describes the base by its tag, for checks of the base and of the result', async () => {
    const bench = await benchOn(await clonedRepository());
    expect(await baseSays(bench, 'git describe --tags')).toEqual([0, 'v1.2.3']);
    await beginStory(bench.work, storyInput(bench));
    await bench.write('a.txt', 'made\n');
    const [exit, text] = await resultSays(bench, 'git describe --tags --dirty');
    expect([exit, text.replace(/g[0-9a-f]+$/, 'gID')]).toEqual([0, 'v1.2.3-1-gID']);
  });

  it('shows an agent tags, the base branch and its remote-tracking branch', async () => {
    const bench = await benchOn(await clonedRepository());
    await beginStory(bench.work, storyInput(bench));
    const { root } = bench.lane;
    expect(userGit(root, 'for-each-ref', '--format=%(refname) %(symref)').split('\n')).toEqual([
      'refs/heads/feature/work ',
      'refs/heads/main ',
      'refs/remotes/origin/HEAD refs/remotes/origin/main',
      'refs/remotes/origin/main ',
      'refs/tags/light ',
      'refs/tags/v1.2.3',
    ]);
    expect(userGit(root, 'describe', '--tags', '--exact-match')).toBe('v1.2.3');
    expect(userGit(root, 'cat-file', '-t', 'v1.2.3')).toBe('tag');
    expect(userGit(root, 'merge-base', 'HEAD', 'origin/HEAD')).toBe(bench.base);
    expect(userGit(root, 'rev-parse', '--abbrev-ref', 'main@{upstream}')).toBe('origin/main');
    expect(userGit(root, 'fsck', '--no-dangling')).toBe('');
  });

  it('names the changed files by every way that tools compare with the base', async () => {
    const bench = await benchOn(await clonedRepository());
    await beginStory(bench.work, storyInput(bench));
    await bench.write('a.txt', 'made\n');
    const command = [
      'git diff --name-only origin/main...HEAD',
      'git diff --name-only "$(git merge-base main HEAD)"',
      'git diff --name-only HEAD~1 HEAD',
      'git log -1 --format="%s by %an %ae"',
      'git symbolic-ref --short HEAD',
    ].join(' && ');
    expect(await resultSays(bench, command)).toEqual([
      0,
      'a.txt\na.txt\na.txt\nfeat(US-001): Make a.txt by Ada ada@example.org\nfeature/work',
    ]);
  });

  it('shows checks a clean checkout, nothing staged', async () => {
    const bench = await benchOn(await clonedRepository());
    const command =
      'test -z "$(git status --porcelain)" && git diff --cached --quiet && git diff --quiet HEAD';
    expect(await baseSays(bench, command)).toEqual([0, '']);
    await beginStory(bench.work, storyInput(bench));
    await bench.write('a.txt', 'made\n');
    expect(await resultSays(bench, command)).toEqual([0, '']);
  });

  it('shows a clean checkout where line ends would be converted', async () => {
    const files = { '.gitattributes': '* text=auto eol=crlf\n*.bin filter=lfs\n' };
    const repository = await userRepository({ ...files, 'a.txt': 'a\n', 'b.bin': 'b\n' });
    const bench = await benchOn(repository);
    const command = 'touch a.txt b.bin && test -z "$(git status --porcelain)"';
    expect(await baseSays(bench, command)).toEqual([0, '']);
  });

  it('still tells a check that generates files what it changed', async () => {
    const bench = await benchOn(await clonedRepository());
    await beginStory(bench.work, storyInput(bench));
    await bench.write('a.txt', 'made\n');
    const command = 'echo more >> README.md; echo new > b.txt; git status --porcelain';
    expect(await resultSays(bench, command)).toEqual([0, 'M README.md\n?? b.txt']);
  });

  it('lets a test commit', async () => {
    const bench = await benchOn(await clonedRepository());
    await beginStory(bench.work, storyInput(bench));
    await bench.write('a.txt', 'made\n');
    const command = 'echo b > b && git add b && git commit -qm b && git log -1 --format=%an';
    expect(await resultSays(bench, command)).toEqual([0, 'Ada']);
  });

  it('takes the newest state of tags at the start of a run, and none that came later', async () => {
    const repository = await clonedRepository();
    const bench = await benchOn(repository);
    userGit(repository, 'tag', 'later');
    expect(await baseSays(bench, 'git tag -l')).toEqual([0, 'light\nv1.2.3']);
  });

  it('works beside branches whose names git could not keep beside the run’s', async () => {
    const repository = await clonedRepository();
    userGit(repository, 'branch', 'feature');
    const bench = await benchOn(repository);
    await beginStory(bench.work, storyInput(bench));
    expect(userGit(bench.lane.root, 'commit', '--allow-empty', '-qm', 'x')).toBe('');
    await beginStory(bench.work, storyInput(bench, { branch: 'feature' }));
    userGit(repository, 'branch', '-D', 'feature');
    userGit(repository, 'branch', 'feature/deep');
    const second = await benchOn(repository);
    await beginStory(second.work, storyInput(second, { branch: 'feature' }));
    expect(userGit(second.lane.root, 'commit', '--allow-empty', '-qm', 'x')).toBe('');
  });

  it('begins where a tag names an object that is gone', async () => {
    const repository = await clonedRepository();
    await mkdir(join(repository, '.git/refs/tags'), { recursive: true });
    await writeFile(join(repository, '.git/refs/tags/broken'), `${'1'.repeat(40)}\n`);
    const bench = await benchOn(repository);
    expect(await baseSays(bench, 'git describe --tags')).toEqual([0, 'v1.2.3']);
  });

  it('has the tags of a shallow clone and ends its history where it ends', async () => {
    const origin = await userRepository({ 'README.md': '# demo\n' });
    userGit(origin, 'commit', '--allow-empty', '-qm', 'second');
    userGit(origin, 'tag', 'v2');
    const folder = join(await temporaryFolder(), 'clone');
    userGit(origin, 'clone', '--quiet', '--depth=1', `file://${origin}`, folder);
    const bench = await benchOn(folder);
    expect(await baseSays(bench, 'git describe --tags && git log --oneline | wc -l')).toEqual([
      0,
      'v2\n1',
    ]);
  });

  it('is quick with ten thousand tags', async () => {
    const repository = await clonedRepository();
    const head = userGit(repository, 'rev-parse', 'HEAD');
    const packed = Array.from({ length: 10_000 }, (_, at) => `${head} refs/tags/t${at}\n`).sort();
    await writeFile(join(repository, '.git/packed-refs'), `# pack-refs with: \n${packed.join('')}`);
    userGit(repository, 'tag', '--force', '--annotate', 'v9', '--message', 'v9');
    const bench = await benchOn(repository);
    expect(await baseSays(bench, 'git tag -l | wc -l; git describe; ls .git/refs/tags')).toEqual([
      2,
      "10001\nv9\nls: cannot access '.git/refs/tags': No such file or directory",
    ]);
  });
});

describe('a red base', () => {
  it('keeps the last lines that its red checks printed', async () => {
    const bench = await benchOn(await userRepository({ 'README.md': '# demo\n' }));
    const { tails } = await checkBaseline(bench.work, {
      key: { scope: 'red', step: 1, index: 0 },
      proofLane: bench.prepared.proofLane,
      base: bench.base,
      checks: [
        { name: 'green', command: 'echo fine', timeoutMs: 60_000 },
        { name: 'red', command: 'seq 1 1000; exit 3', timeoutMs: 60_000 },
      ],
      setup: NO_SETUP,
    });
    const last = Array.from({ length: 20 }, (_, at) => String(981 + at)).join('\n');
    expect(tails).toEqual({ red: last });
  });
});

describe('publicAddress', () => {
  it.each([
    ['https://ada:secret@example.org/a.git?token=x', 'https://example.org/a.git'],
    ['ssh://git@example.org/a.git', 'ssh://git@example.org/a.git'],
    ['ssh://git:pass@example.org/a.git', 'ssh://git@example.org/a.git'],
    ['git@example.org:a/b.git', 'git@example.org:a/b.git'],
    ['/srv/a.git', undefined],
    ['../a.git', undefined],
    ['file:///srv/a.git', undefined],
  ])('%s', (address, expected) => {
    expect(publicAddress(address)).toBe(expected);
  });
});
