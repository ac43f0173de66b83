import { appendFile, chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginStory } from '../../../../src/activities/workspace/begin-story.js';
import {
  proveStory,
  type ProveStoryRequest,
} from '../../../../src/activities/proof/prove-story.js';
import type { Proof } from '../../../../src/domain/proof/check.js';
import { createGit } from '../../../../src/platform/git/git.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import {
  begunStory,
  ralphBench,
  storyInput,
  userGit,
  type RalphBench,
} from '../../../support/ralph-bench.js';

const check = (command: string, name = 'test') => ({ name, command, timeoutMs: 20_000 });

function prove(bench: RalphBench, changes: Partial<ProveStoryRequest> = {}): Promise<Proof> {
  return proveStory(bench.work, {
    key: { scope: 'story', step: 1, index: 0 },
    lane: bench.prepared.lane,
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [check('true')],
    statePaths: bench.prepared.statePaths,
    allowCheckChanges: false,
    ...changes,
  });
}

async function feedbackOf(bench: RalphBench, proof: Proof): Promise<string> {
  return proof.feedback === null ? '' : bench.dependencies.blobs.getText(proof.feedback);
}

function treeLines(bench: RalphBench, tree: string): string[] {
  return userGit(bench.lane.gitDir, 'ls-tree', '-r', tree)
    .split('\n')
    .map((line) => line.replace(/ [0-9a-f]{40}\t/, ' '));
}

describe('proveStory', () => {
  it('passes no tree to which the story added a secret, whatever its checks say', async () => {
    const bench = await begunStory();
    await bench.write('src/key.js', `export const key = 'ghp_${'a1B2c3D4e5'.repeat(4)}';\n`);
    const proof = await prove(bench);
    expect([proof.verdict, proof.evidence]).toEqual(['failed', []]);
    const feedback = await feedbackOf(bench, proof);
    expect(feedback).toContain('src/key.js:1 (github-token)');
    expect(feedback).not.toContain('a1B2c3D4e5');
  });

  it('passes a tree whose checks all exit with 0, and says what it saw', async () => {
    const bench = await begunStory();
    await bench.write('feature.txt', 'ok\n');
    const proof = await prove(bench, { checks: [check('echo seen; grep -q ok feature.txt')] });
    expect(proof).toEqual({
      verdict: 'passed',
      tree: expect.stringMatching(/^[0-9a-f]{40}$/),
      evidence: [
        {
          check: 'test',
          command: 'echo seen; grep -q ok feature.txt',
          exitCode: 0,
          isTimedOut: false,
          tree: proof.tree,
          definitions: 'story',
          output: expect.any(Object),
          durationMs: expect.any(Number),
          sandbox: bench.dependencies.sandbox.level,
        },
      ],
      changedDefinitions: [],
      changedFiles: ['feature.txt'],
      feedback: null,
      trial: {
        difference: [],
        method: 'names',
        rounds: [{ round: 'story', isGreen: true, durationMs: expect.any(Number) }],
        canaries: [],
        counts: [],
        suspicious: [],
        flags: [],
        reasons: [],
      },
    });
    const [evidence] = proof.evidence;
    expect(evidence && (await bench.dependencies.blobs.getText(evidence.output))).toBe('seen\n');
  });

  it('fails with the end of the output, and runs the other checks too', async () => {
    const bench = await begunStory();
    await bench.write('feature.txt', 'no\n');
    const proof = await prove(bench, {
      checks: [check('echo what is wrong; exit 3'), check('true', 'lint')],
    });
    expect(proof.verdict).toBe('failed');
    expect(proof.evidence.map(({ exitCode }) => exitCode)).toEqual([3, 0]);
    expect(await feedbackOf(bench, proof)).toBe(
      'Check test: `echo what is wrong; exit 3` ended with exit code 3. End of its output:\nwhat is wrong\n',
    );
  });

  it('fails a change outside the paths of the run before any check, and names the files', async () => {
    const bench = await begunStory({ 'src/a.js': 'a\n', 'docs.md': 'd\n' });
    await bench.write('src/a.js', 'b\n');
    await bench.write('docs.md', 'e\n');
    await bench.write('docs.md.old', 'd\n');
    const paths = ['src', 'docs.md'];
    const proof = await prove(bench, { paths, checks: [check('exit 1')] });
    expect(proof).toMatchObject({ verdict: 'failed', evidence: [] });
    expect(await feedbackOf(bench, proof)).toMatch(
      /^You changed files outside paths: docs\.md\.old\./,
    );
    await rm(join(bench.lane.root, 'docs.md.old'));
    const key = { scope: 'story', step: 2, index: 0 };
    expect((await prove(bench, { key, paths })).verdict).toBe('passed');
  });

  it('runs no check when nothing changed', async () => {
    const bench = await begunStory();
    const proof = await prove(bench);
    expect(proof).toMatchObject({ verdict: 'no-change', evidence: [], changedFiles: [] });
    expect(await feedbackOf(bench, proof)).toContain('without changing any file');
  });

  it('drops edits of the PRD and of progress.txt, and counts a story of nothing else as no change', async () => {
    const bench = await begunStory({ 'app/prd.json': '{"passes": false}\n' }, 'app');
    await bench.write('app/prd.json', '{"passes": true}\n');
    await bench.write('app/progress.txt', 'all done\n');
    expect((await prove(bench)).verdict).toBe('no-change');
    await bench.write('app/feature.txt', 'ok\n');
    const proof = await prove(bench, { key: { scope: 'story', step: 2, index: 0 } });
    expect(proof.changedFiles).toEqual(['app/feature.txt']);
    expect(userGit(bench.lane.gitDir, 'show', `${proof.tree}:app/prd.json`)).toBe(
      '{"passes": false}',
    );
  });

  it('runs checks in the folder of the PRD', async () => {
    const bench = await begunStory({ 'app/src/a.txt': 'a\n' }, 'app');
    await bench.write('app/feature.txt', 'ok\n');
    const proof = await prove(bench, { checks: [check('test -f feature.txt && test -d src')] });
    expect(proof.verdict).toBe('passed');
  });

  it('does not see files that git ignores, nor what the agent left outside the tree', async () => {
    const bench = await begunStory({ '.gitignore': 'secret.txt\n' });
    await bench.write('feature.txt', 'ok\n');
    await bench.write('secret.txt', 'ok\n');
    expect((await prove(bench, { checks: [check('test ! -e secret.txt')] })).verdict).toBe(
      'passed',
    );
  });

  it('gives every check the tracked files as they are in the tree', async () => {
    const bench = await begunStory();
    await bench.write('feature.txt', 'ok\n');
    const proof = await prove(bench, {
      checks: [check('echo spoilt > feature.txt'), check('grep -q ok feature.txt', 'after')],
    });
    expect(proof.verdict).toBe('passed');
  });

  it('does not run a settled check again on a retry', async () => {
    const bench = await begunStory();
    await bench.write('feature.txt', 'ok\n');
    const first = await prove(bench, { checks: [check('echo $RANDOM$RANDOM$RANDOM')] });
    const second = await prove(bench, { checks: [check('echo $RANDOM$RANDOM$RANDOM')] });
    expect(second).toEqual(first);
  });

  it('counts a check that does not end in time as failed', async () => {
    const bench = await begunStory();
    await bench.write('feature.txt', 'ok\n');
    const proof = await prove(bench, {
      checks: [{ name: 'test', command: 'sleep 600', timeoutMs: 300 }],
    });
    expect(proof.evidence).toMatchObject([{ isTimedOut: true, exitCode: null }]);
    expect(await feedbackOf(bench, proof)).toContain('did not end within its time limit');
  });
});

describe('check definitions that a story changed', () => {
  const files = { 'test/check.sh': 'grep -q ok feature.txt\n' };
  const checks = [check('bash test/check.sh')];

  it('run again as the base has them, and the base decides', async () => {
    const bench = await begunStory(files);
    await bench.write('feature.txt', 'wrong\n');
    await bench.write('test/check.sh', 'true\n');
    const proof = await prove(bench, { checks });
    expect(proof).toMatchObject({ verdict: 'failed', changedDefinitions: ['test/check.sh'] });
    expect(proof.evidence.map(({ definitions, exitCode }) => [definitions, exitCode])).toEqual([
      ['story', 0],
      ['base', 1],
    ]);
    expect(await feedbackOf(bench, proof)).toContain(
      'The checks pass only with your changes to what they mean: test/check.sh.',
    );
  });

  it('may change when the run allows it', async () => {
    const bench = await begunStory(files);
    await bench.write('feature.txt', 'wrong\n');
    await bench.write('test/check.sh', 'true\n');
    const proof = await prove(bench, { checks, allowCheckChanges: true });
    expect(proof).toMatchObject({ verdict: 'passed', changedDefinitions: ['test/check.sh'] });
  });

  it('are put back when they were deleted, or when a file took the place of their folder', async () => {
    const bench = await begunStory(files);
    await bench.write('feature.txt', 'wrong\n');
    await rm(join(bench.lane.root, 'test'), { recursive: true });
    await bench.write('test', 'true\n');
    const proof = await prove(bench, {
      checks: [check('[ -f test ] || cat test/check.sh | bash')],
    });
    expect(proof).toMatchObject({ verdict: 'failed', changedDefinitions: ['test/check.sh'] });
  });

  it.each([
    ['a newline', 'test/a\nb.sh'],
    ['a tab', 'test/a\tb.sh'],
    ['quotes', 'test/a"b\'c.sh'],
    ['a backslash', 'test/a\\b.sh'],
    ['a glob', 'test/*.sh'],
    ['pathspec magic', 'test/:(top)x.sh'],
    ['letters beyond ASCII', 'test/prüfung.sh'],
  ])('are put back when their name holds %s', async (_, name) => {
    const bench = await begunStory({ [name]: 'grep -q ok feature.txt\n' });
    await bench.write('feature.txt', 'wrong\n');
    await bench.write(name, 'true\n');
    const proof = await prove(bench, {
      checks: [check('for file in test/*; do bash "$file" || exit 1; done')],
    });
    expect(proof).toMatchObject({ verdict: 'failed', changedDefinitions: [name] });
  });

  it('are put back when their name is not valid UTF-8', async () => {
    const name = Buffer.from([...Buffer.from('test/'), 0xff, ...Buffer.from('.sh')]);
    const bench = await ralphBench();
    await mkdir(join(bench.repository, 'test'));
    await writeFile(
      Buffer.concat([Buffer.from(`${bench.repository}/`), name]),
      'grep -q ok feature.txt\n',
    );
    userGit(bench.repository, 'add', '-A');
    userGit(bench.repository, 'commit', '--quiet', '--message', 'second');
    userGit(bench.lane.gitDir, 'fetch', '--quiet', bench.repository, 'HEAD');
    const base = userGit(bench.repository, 'rev-parse', 'HEAD');
    await beginStory(bench.work, storyInput(bench, { base }));
    await bench.write('feature.txt', 'wrong\n');
    await writeFile(Buffer.concat([Buffer.from(`${bench.lane.root}/`), name]), 'true\n');
    const proof = await prove(bench, {
      base,
      checks: [check('for file in test/*; do bash "$file" || exit 1; done')],
    });
    expect(proof.evidence.map(({ definitions, exitCode }) => [definitions, exitCode])).toEqual([
      ['story', 0],
      ['base', 1],
    ]);
    expect(proof.changedDefinitions).toEqual(['test/\uFFFD.sh']);
  });
});

describe('a repository that the agent made inside the lane', () => {
  it('is taken as plain files when it has commits', async () => {
    const bench = await begunStory();
    await bench.write('sub/deep/a.txt', 'a\n');
    userGit(bench.lane.root, 'init', '--quiet', 'sub');
    userGit(join(bench.lane.root, 'sub'), 'add', '-A');
    userGit(join(bench.lane.root, 'sub'), 'commit', '--quiet', '--message', 'inner');
    // What a shell step's snapshot does: the lane's index knows the folder as a repository already.
    await createGit({
      gitDir: bench.lane.gitDir,
      workTree: bench.lane.root,
      indexFile: join(bench.lane.state, 'index'),
    }).writeTree();
    const proof = await prove(bench, { checks: [check('test -f sub/deep/a.txt')] });
    expect(proof).toMatchObject({ verdict: 'passed', changedFiles: ['sub/deep/a.txt'] });
    expect(treeLines(bench, proof.tree)).toEqual([
      '100644 blob README.md',
      '100644 blob sub/deep/a.txt',
    ]);
  });

  it('is taken as plain files when it has no commit, however deep it lies', async () => {
    const bench = await begunStory();
    await bench.write('a/sub/x.txt', 'x\n');
    await bench.write('a/sub/inner/y.txt', 'y\n');
    userGit(bench.lane.root, 'init', '--quiet', 'a/sub');
    userGit(bench.lane.root, 'init', '--quiet', 'a/sub/inner');
    const proof = await prove(bench);
    expect(proof.changedFiles).toEqual(['a/sub/inner/y.txt', 'a/sub/x.txt']);
  });

  it('stays out when git ignores it', async () => {
    const bench = await begunStory({ '.gitignore': 'vendor/\n' });
    await bench.write('feature.txt', 'ok\n');
    await bench.write('vendor/x.txt', 'x\n');
    userGit(bench.lane.root, 'init', '--quiet', 'vendor');
    expect((await prove(bench)).changedFiles).toEqual(['feature.txt']);
    expect(await readFile(join(bench.lane.root, 'vendor/.git/HEAD'), 'utf8')).toContain('ref:');
  });
});

describe('symbolic links in a story', () => {
  it('are kept as links; what they point to is neither read nor changed by the engine', async () => {
    const outside = await temporaryFolder();
    await writeFile(join(outside, 'kept.txt'), 'kept\n');
    const bench = await begunStory({ 'data/a.txt': 'a\n' });
    await rm(join(bench.lane.root, 'data'), { recursive: true });
    await symlink(outside, join(bench.lane.root, 'data'));
    const proof = await prove(bench);
    expect(treeLines(bench, proof.tree)).toEqual(['100644 blob README.md', '120000 blob data']);
    expect(proof.changedFiles).toEqual(['data', 'data/a.txt']);
    // The next story starts from the base again: the link is replaced by the folder, its target untouched.
    await beginStory(bench.work, storyInput(bench));
    expect(await readFile(join(bench.lane.root, 'data/a.txt'), 'utf8')).toBe('a\n');
    expect(await readFile(join(outside, 'kept.txt'), 'utf8')).toBe('kept\n');
  });

  it('do not lead a check into the engine’s own folders', async () => {
    const bench = await begunStory();
    await writeFile(join(bench.dependencies.home, 'token'), 'secret\n');
    await symlink(bench.dependencies.home, join(bench.lane.root, 'way-out'));
    const proof = await prove(bench, { checks: [check('! cat way-out/token')] });
    expect(proof.verdict).toBe(bench.dependencies.sandbox.level === 'none' ? 'failed' : 'passed');
  });

  it('in place of the folder of the PRD fail the checks, which run nowhere else', async () => {
    const outside = await temporaryFolder();
    const bench = await begunStory({ 'app/a.txt': 'a\n' }, 'app');
    await rm(join(bench.lane.root, 'app'), { recursive: true });
    await symlink(outside, join(bench.lane.root, 'app'));
    const proof = await prove(bench, { checks: [check('touch ran')] });
    expect(proof).toMatchObject({ verdict: 'failed', evidence: [{ exitCode: null }] });
    expect(await feedbackOf(bench, proof)).toContain('checks run in app, which is no folder');
    await expect(readFile(join(outside, 'ran'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('in place of .git harm nobody', async () => {
    const outside = await temporaryFolder();
    await writeFile(join(outside, 'HEAD'), 'mine\n');
    const bench = await begunStory();
    await bench.write('feature.txt', 'ok\n');
    await rm(join(bench.lane.root, '.git'), { recursive: true });
    await symlink(outside, join(bench.lane.root, '.git'));
    expect((await prove(bench)).verdict).toBe('passed');
    await beginStory(bench.work, storyInput(bench));
    expect(await readFile(join(outside, 'HEAD'), 'utf8')).toBe('mine\n');
  });
});

describe('the engine', () => {
  it('runs no hook, monitor or filter that the agent planted', async () => {
    const bench = await begunStory();
    const mark = join(bench.lane.state, 'planted');
    await bench.write('feature.txt', 'ok\n');
    await bench.write('.gitattributes', '* filter=planted\n');
    await bench.write('.git/hooks/post-index-change', `#!/bin/sh\ntouch ${mark}\n`);
    await chmod(join(bench.lane.root, '.git/hooks/post-index-change'), 0o755);
    await appendFile(
      join(bench.lane.root, '.git/config'),
      `[core]\n\tfsmonitor = touch ${mark}\n[filter "planted"]\n\tclean = touch ${mark}\n`,
    );
    expect((await prove(bench)).verdict).toBe('passed');
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
