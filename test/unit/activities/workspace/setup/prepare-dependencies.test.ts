import { appendFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginStory } from '../../../../../src/activities/workspace/begin-story.js';
import { checkBaseline } from '../../../../../src/activities/proof/check-baseline.js';
import { prepareRun } from '../../../../../src/activities/workspace/prepare-run.js';
import { proveStory } from '../../../../../src/activities/proof/prove-story.js';
import { takeTree } from '../../../../../src/activities/proof/story-tree.js';
import {
  NO_SETUP,
  type SetupStep,
  type WorkspaceSetup,
} from '../../../../../src/domain/workspace-setup.js';
import { type Proof } from '../../../../../src/domain/proof/check.js';
import type { RalphWork } from '../../../../../src/activities/workspace/dependencies.js';
import { detectSandbox } from '../../../../../src/platform/sandbox/detect.js';
import {
  ralphBench,
  storyInput,
  userGit,
  type RalphBench,
} from '../../../../support/ralph-bench.js';

/** A package manager in one line: what the lock file names is installed, and each run is noted among the packages. */
const INSTALL =
  'mkdir -p deps && cp deps.lock deps/installed && mkdir -p "$CARGO_HOME" && echo run >> "$CARGO_HOME/runs"';
const FILES = { 'deps.lock': 'one\n', '.gitignore': 'deps/\nbuild/\n' };

function setup(command = INSTALL, changes: Partial<SetupStep> = {}): WorkspaceSetup {
  const step = {
    name: 'install',
    command,
    folder: '.',
    timeoutMs: 20_000,
    lockFiles: ['deps.lock'],
  };
  return { ...NO_SETUP, source: 'detected', steps: [{ ...step, ...changes }] };
}

const check = (command: string, name = 'test') => ({ name, command, timeoutMs: 20_000 });
const sandbox = await detectSandbox();
let step = 0;

function prove(
  bench: RalphBench,
  command: string,
  changes: { setup?: WorkspaceSetup; work?: RalphWork } = {},
): Promise<Proof> {
  step += 1;
  return proveStory(changes.work ?? bench.work, {
    key: { scope: 'setup', step, index: 0 },
    lane: bench.prepared.lane,
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [check(command)],
    statePaths: [],
    allowCheckChanges: false,
    canaries: 'off',
    setup: changes.setup ?? setup(),
  });
}

async function begin(bench: RalphBench, wanted = setup()): Promise<void> {
  await beginStory(bench.work, storyInput(bench, { setup: wanted }));
}

interface CountingBench extends RalphBench {
  /** How often the package manager ran over all lanes of the bench. */
  installs(): number;
}

async function countingBench(files: Readonly<Record<string, string>>): Promise<CountingBench> {
  const bench = await ralphBench(files);
  let count = 0;
  const progress = (details: object): void => {
    if ('setup' in details) count += 1;
  };
  const heartbeat = { ...bench.work.heartbeat, progress };
  return { ...bench, work: { ...bench.work, heartbeat }, installs: () => count };
}

describe('set-up of a lane', () => {
  it('runs once for the same lock files, and is found by the agent', async () => {
    const bench = await countingBench(FILES);
    await begin(bench);
    await begin(bench);
    expect(await readFile(join(bench.lane.root, 'deps/installed'), 'utf8')).toBe('one\n');
    expect(bench.installs()).toBe(1);
  });

  it('runs again when an earlier agent spoilt or removed what it had made', async () => {
    const bench = await countingBench(FILES);
    await begin(bench);
    await appendFile(join(bench.lane.root, 'deps/installed'), 'spoilt\n');
    await begin(bench);
    expect(await readFile(join(bench.lane.root, 'deps/installed'), 'utf8')).toBe('one\n');
    await rm(join(bench.lane.root, 'deps'), { recursive: true });
    await begin(bench);
    expect(bench.installs()).toBe(3);
  });

  it('keeps the other ignored files of earlier stories warm', async () => {
    const bench = await ralphBench(FILES);
    await begin(bench);
    await bench.write('build/out', 'warm\n');
    await appendFile(join(bench.lane.root, 'deps/installed'), 'spoilt\n');
    await begin(bench);
    expect(await readFile(join(bench.lane.root, 'build/out'), 'utf8')).toBe('warm\n');
  });

  it('leaves nothing in the tree of a story: neither files that git does not ignore nor changes of tracked ones', async () => {
    const bench = await ralphBench({ 'deps.lock': 'one\n', 'made here/x': 'x\n' });
    await begin(
      bench,
      setup(
        'mkdir "a [b] !c"; echo 1 > "a [b] !c/#d"; echo new >> deps.lock; echo 2 > "made here/y"',
      ),
    );
    expect((await takeTree(bench.lane, bench.base)).diff.files).toEqual([]);
    expect(await readFile(join(bench.lane.root, 'a [b] !c/#d'), 'utf8')).toBe('1\n');
    expect(userGit(bench.lane.root, 'status', '--porcelain')).toBe('');
    await bench.write('made here/z', 'z\n');
    const { diff } = await takeTree(bench.lane, bench.base);
    expect(diff.files.map(({ path }) => path)).toEqual(['made here/z']);
  });

  it('stays in the lane when a story no longer ignores it', async () => {
    const bench = await ralphBench(FILES);
    await begin(bench);
    await bench.write('.gitignore', '');
    const { diff } = await takeTree(bench.lane, bench.base);
    expect(diff.files.map(({ path }) => path)).toEqual(['.gitignore']);
  });

  it('refuses to start the agent when it fails, with command, exit code, end of the output and advice', async () => {
    const bench = await ralphBench(FILES);
    await expect(begin(bench, setup('echo it is broken; exit 7'))).rejects.toMatchObject({
      code: 'ERR_SETUP_FAILED',
      exitCode: 2,
      isRetryable: false,
      message:
        'set-up command `echo it is broken; exit 7` ended with exit code 7. End of its output:\nit is broken',
      data: {
        command: 'echo it is broken; exit 7',
        exitCode: 7,
        isTimedOut: false,
        isNetwork: false,
      },
    });
  });

  it('puts a virtual environment first on PATH, for set-up, checks and agents', async () => {
    const bench = await ralphBench(FILES);
    const venv =
      'mkdir -p .venv/bin && printf "#!/bin/sh\\necho from the venv\\n" > .venv/bin/tool && chmod +x .venv/bin/tool';
    const wanted = setup(venv);
    wanted.steps.push({ ...(wanted.steps[0] as SetupStep), command: 'tool' });
    await begin(bench, wanted);
    await bench.write('feature.txt', 'ok\n');
    const proof = await prove(bench, 'tool && [ "$VIRTUAL_ENV" = "$PWD/.venv" ]', {
      setup: wanted,
    });
    expect(proof.verdict).toBe('passed');
  });
});

describe('a proof with set-up', () => {
  it('runs it for the tree at hand, once, and says what it took', async () => {
    const bench = await countingBench(FILES);
    await begin(bench);
    await bench.write('feature.txt', 'ok\n');
    const first = await prove(bench, 'grep -q one deps/installed');
    expect(first).toMatchObject({
      verdict: 'passed',
      setup: { commands: [INSTALL], isReused: false, bytes: 4, durationMs: expect.any(Number) },
    });
    expect((await prove(bench, 'true')).setup).toMatchObject({ isReused: true, bytes: 4 });
    expect(bench.installs()).toBe(2);
    await bench.write('deps.lock', 'two\n');
    expect((await prove(bench, 'grep -q two deps/installed')).verdict).toBe('passed');
    expect(bench.installs()).toBe(3);
  });

  it('does not count what an earlier story changed in the prepared folders, even with its times put back', async () => {
    const bench = await ralphBench(FILES);
    await begin(bench);
    await bench.write('feature.txt', 'ok\n');
    const spoil =
      'stamp=$(stat -c %Y deps/installed); printf "0ne\\n" > deps/installed; touch -d "@$stamp" deps/installed';
    await prove(bench, spoil);
    expect((await prove(bench, 'grep -q one deps/installed')).verdict).toBe('passed');
  });

  it('does not count what an earlier story left beside them or in the private home', async () => {
    const bench = await countingBench(FILES);
    await begin(bench);
    await bench.write('feature.txt', 'ok\n');
    const plant =
      'mkdir -p deps/more build; touch deps/more/x deps/stray build/out "$HOME/planted"';
    expect((await prove(bench, plant)).verdict).toBe('passed');
    const clean = '[ "$(ls deps)" = installed ] && [ ! -e build ] && [ ! -e "$HOME/planted" ]';
    expect((await prove(bench, clean)).verdict).toBe('passed');
    expect(bench.installs()).toBe(2);
  });

  it('keeps what set-up put into the private home', async () => {
    const bench = await ralphBench(FILES);
    await bench.write('feature.txt', 'ok\n');
    const wanted = setup('mkdir -p "$HOME/.cache" && echo browser > "$HOME/.cache/tool"');
    await begin(bench, wanted);
    await bench.write('feature.txt', 'ok\n');
    await prove(bench, 'echo spoilt > "$HOME/.cache/tool"', { setup: wanted });
    const proof = await prove(bench, 'grep -q browser "$HOME/.cache/tool"', { setup: wanted });
    expect(proof.verdict).toBe('passed');
  });

  it('fails as setup-failed with the end of the output when the tree cannot be set up', async () => {
    const bench = await ralphBench(FILES);
    const wanted = setup('grep -q one deps.lock || { echo no such package; exit 4; }');
    await begin(bench, wanted);
    await bench.write('deps.lock', 'unheard of\n');
    const proof = await prove(bench, 'true', { setup: wanted });
    expect(proof).toMatchObject({
      verdict: 'setup-failed',
      evidence: [],
      changedFiles: ['deps.lock'],
    });
    const feedback = proof.feedback && (await bench.dependencies.blobs.getText(proof.feedback));
    expect(feedback).toContain('ended with exit code 4. End of its output:\nno such package');
  });

  it('stops a set-up at its time limit, and keeps only the ends of a flood', async () => {
    const bench = await ralphBench(FILES);
    await begin(bench, setup('true'));
    await bench.write('deps.lock', 'two\n');
    const hang = await prove(bench, 'true', { setup: setup('sleep 600', { timeoutMs: 300 }) });
    expect(hang.verdict).toBe('setup-failed');
    expect(hang.feedback && (await bench.dependencies.blobs.getText(hang.feedback))).toContain(
      'did not end within its time limit of 0 s',
    );
    const flood = await prove(bench, 'true', {
      setup: setup('yes | head -c 30000000; echo end; exit 1'),
    });
    const text = flood.feedback && (await bench.dependencies.blobs.getText(flood.feedback));
    expect(text).toContain('\nend\n');
    expect(text?.length).toBeLessThan(6000);
  });

  it.skipIf(!sandbox.kinds.includes('read-only-root'))(
    'gives checks no network and no way to write the package cache',
    async () => {
      const bench = await ralphBench(FILES);
      await begin(bench);
      await bench.write('feature.txt', 'ok\n');
      const proof = await prove(bench, 'test -f "$CARGO_HOME/runs" && ! touch "$CARGO_HOME/new"');
      expect(proof.verdict).toBe('passed');
    },
  );
});

describe('a set-up whose surroundings fail', () => {
  const patient = (bench: RalphBench, changes = {}): RalphWork => ({
    ...bench.work,
    dependencies: { ...bench.dependencies, setupPausesMs: [1, 1], ...changes },
  });

  it('is tried again when a registry did not answer, and no more than that', async () => {
    const bench = await countingBench(FILES);
    await begin(bench);
    await bench.write('deps.lock', 'two\n');
    const flaky = `${INSTALL}; [ $(wc -l < "$CARGO_HOME/runs") -ge 3 ] || { echo read ECONNRESET registry; exit 1; }`;
    const work = patient(bench);
    expect((await prove(bench, 'true', { setup: setup(flaky), work })).verdict).toBe('passed');
    expect(bench.installs()).toBe(4);
    const dead = `${INSTALL}; echo read ECONNRESET registry; exit 1`;
    // No verdict about the story: the workflow waits, and no attempt is used.
    await expect(prove(bench, 'true', { setup: setup(dead), work })).rejects.toMatchObject({
      code: 'ERR_SETUP_OFFLINE',
      isRetryable: false,
      message: expect.stringContaining(
        'a network or a registry did not answer, also after retries',
      ),
    });
    expect(bench.installs()).toBe(7);
  });

  it('is not started on a full disk, and stopped when it fills the disk', async () => {
    const bench = await ralphBench(FILES);
    await begin(bench);
    await bench.write('deps.lock', 'two\n');
    const full = patient(bench, { freeBytes: async () => 10 });
    await expect(prove(bench, 'true', { work: full })).rejects.toMatchObject({
      code: 'ERR_DISK_FULL',
      isRetryable: false,
    });
    let looks = 0;
    const filling = patient(bench, { freeBytes: async () => (looks++ === 0 ? 1e12 : 10) });
    const hang = setup('sleep 600');
    await expect(prove(bench, 'true', { setup: hang, work: filling })).rejects.toMatchObject({
      code: 'ERR_DISK_FULL',
      message: expect.stringContaining('`sleep 600` filled it'),
    });
    const says = setup('echo "write error: No space left on device"; exit 1');
    await expect(prove(bench, 'true', { setup: says })).rejects.toMatchObject({
      code: 'ERR_DISK_FULL',
    });
  });
});

describe('checkBaseline', () => {
  const baseline = (bench: RalphBench, command: string, wanted = setup()) =>
    checkBaseline(bench.work, {
      key: { scope: 'baseline', step: 1, index: 0 },
      proofLane: bench.prepared.proofLane,
      base: bench.base,
      checks: [check(command), check('true', 'lint')],
      setup: wanted,
    });

  it('prepares the base, runs every check there and names the failures of the red ones', async () => {
    const bench = await ralphBench(FILES);
    const answer = await baseline(
      bench,
      'cat deps/installed; echo "FAILED $PWD/test_3.py:12 in 0.5s"; exit 3',
    );
    expect(answer).toMatchObject({
      base: bench.base,
      evidence: [
        { check: 'test', exitCode: 3 },
        { check: 'lint', exitCode: 0 },
      ],
      setup: { isReused: false },
      failures: { test: ['FAILED ./test_3.py:# in DURATION'] },
    });
  });

  it('fails when the base cannot be set up', async () => {
    const bench = await ralphBench(FILES);
    await expect(baseline(bench, 'true', setup('exit 9'))).rejects.toMatchObject({
      code: 'ERR_SETUP_FAILED',
      exitCode: 2,
    });
  });

  it('does not run settled checks again on a retry', async () => {
    const bench = await ralphBench(FILES);
    const first = await baseline(bench, 'echo $RANDOM$RANDOM; exit 1');
    const second = await baseline(bench, 'echo $RANDOM$RANDOM; exit 1');
    expect(second.evidence).toEqual(first.evidence);
  });
});

describe('copied files', () => {
  async function withCopies(copy: string[], prepare: (repository: string) => Promise<void>) {
    const bench = await ralphBench({ '.gitignore': '.env*\nlocal/\n' });
    await prepare(bench.repository);
    const wanted = { ...NO_SETUP, copy };
    const run = prepareRun(bench.dependencies, {
      runId: 'run-1',
      repository: bench.repository,
      workdir: '.',
      prdPath: bench.prdPath,
      baseCommit: bench.base,
      setup: wanted,
    });
    return { bench, wanted, run };
  }

  it('are in the lane and in the proof lane, and in no tree', async () => {
    const { bench, wanted, run } = await withCopies(['.env.test', 'local'], async (repository) => {
      await writeFile(join(repository, '.env.test'), 'KEY=1\n');
      await mkdir(join(repository, 'local/deep'), { recursive: true });
      await writeFile(join(repository, 'local/deep/x'), 'x\n');
    });
    await run;
    await begin(bench, wanted);
    expect(await readFile(join(bench.lane.root, '.env.test'), 'utf8')).toBe('KEY=1\n');
    await bench.write('feature.txt', 'ok\n');
    const proof = await prove(bench, 'grep -q KEY .env.test && test -f local/deep/x', {
      setup: wanted,
    });
    expect(proof).toMatchObject({ verdict: 'passed', changedFiles: ['feature.txt'] });
  });

  it.each([
    ['missing', 'there is no such file in your checkout'],
    ['../outside', 'it is no path inside the repository'],
    ['.git/config', 'it is no path inside the repository'],
    ['local', 'it is a symbolic link that leads out of the repository'],
  ])('refuses %s', async (path, reason) => {
    const { run } = await withCopies([path], async (repository) => {
      await mkdir(join(repository, 'local'));
      await symlink('/etc/hostname', join(repository, 'local/link'));
    });
    await expect(run).rejects.toMatchObject({
      code: 'ERR_SETUP_COPY',
      message: expect.stringContaining(reason),
    });
  });
});
