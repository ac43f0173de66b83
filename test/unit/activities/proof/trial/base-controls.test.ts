import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProofRounds } from '../../../../../src/activities/proof/proof-rounds.js';
import {
  controlOn,
  openBase,
  type Controlled,
  type ControlledBase,
} from '../../../../../src/activities/proof/trial/base-controls.js';
import { controlCheck } from '../../../../../src/activities/proof/trial/check-control.js';
import { NO_SETUP } from '../../../../../src/domain/workspace-setup.js';
import { createGit } from '../../../../../src/platform/git/git.js';
import {
  hostEnvironment,
  setHostEnvironment,
} from '../../../../../src/platform/process/host-environment.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';
import { CHECK, FILES, manifest, trialOn, type Trial } from '../../../../support/trial-bench.js';

const hasStrace = spawnSync('strace', ['-f', 'true']).status === 0;
const LIMIT = { timeout: 120_000 };

async function baseOf({ bench }: Trial): Promise<ControlledBase> {
  const tree = await createGit({ gitDir: bench.lane.gitDir }).resolve(`${bench.base}^{tree}`);
  return openBase(bench.proofLane, { tree: tree ?? '', setup: NO_SETUP });
}

/** Rounds of the same lane with something in between. */
function withRounds(trial: Trial, run: ProofRounds['run']): Trial['trialBench'] {
  return { ...trial.trialBench, rounds: { run } };
}

describe('a control whose worker dies', () => {
  it.skipIf(!hasStrace)('between trace and reading it is traced anew', LIMIT, async () => {
    const trial = await trialOn();
    const base = await baseOf(trial);
    const dying = withRounds(trial, async (tree, definitions, options) => {
      const round = await trial.rounds.run(tree, definitions, options);
      if (options?.wrap !== undefined) throw new Error('the worker died');
      return round;
    });
    await expect(controlOn(dying, base, { check: CHECK })).rejects.toThrow('the worker died');
    const { control } = await controlOn(trial.trialBench, base, { check: CHECK });
    expect(control.method).toBe('trace');
    expect(control.reads).toEqual(expect.arrayContaining(['src/add.js', 'test/add.test.js']));
  });

  it('while canaries are tried repeats none of those that are settled', LIMIT, async () => {
    const trial = await trialOn();
    const base = await baseOf(trial);
    let canaries = 0;
    const dying = withRounds(trial, async (tree, definitions, options) => {
      const isCanary = tree !== base.tree;
      if (isCanary && canaries === 1) throw new Error('the worker died');
      canaries += isCanary ? 1 : 0;
      return trial.rounds.run(tree, definitions, options);
    });
    await expect(controlOn(dying, base, { check: CHECK })).rejects.toThrow('the worker died');
    const spent = trial.runs();
    const { control } = await controlOn(trial.trialBench, base, { check: CHECK });
    expect(control.stages.map(({ isRed }) => isRed)).toEqual([true, true]);
    // plain and, where it can be traced, traced; then the one canary that was not settled
    const traced = control.method === 'trace' ? 1 : 0;
    expect(trial.runs() - spent).toBe(1 + traced + 1);
  });
});

describe('a control that is not whole', () => {
  const again = async (trial: Trial, degraded: Trial['trialBench']): Promise<Controlled[]> => {
    const base = await baseOf(trial);
    const first = await controlOn(degraded, base, { check: CHECK });
    const before = trial.runs();
    const second = await controlOn(trial.trialBench, base, { check: CHECK });
    expect(trial.runs()).toBeGreaterThan(before);
    return [first, second];
  };
  const failure = { command: 'npm ci', exitCode: 1, tail: 'no', isTimedOut: false } as never;

  it.skipIf(!hasStrace)('because its trace was lost is never kept', LIMIT, async () => {
    const trial = await trialOn();
    const degraded = withRounds(trial, async (tree, definitions, options) =>
      trial.rounds.run(tree, definitions, { ...options, wrap: [] }),
    );
    const [first, second] = await again(trial, degraded);
    expect(first?.control.method).not.toBe('trace');
    expect(second?.control.method).toBe('trace');
  });

  it('because nothing could be prepared is never kept', LIMIT, async () => {
    const trial = await trialOn();
    const degraded = withRounds(trial, async () => ({ isReady: false, failure }));
    const [first, second] = await again(trial, degraded);
    expect([first?.control.isGreen, second?.control.isGreen]).toEqual([false, true]);
  });

  it('because canaries could not be prepared is never kept', LIMIT, async () => {
    const trial = await trialOn();
    const { tree: plain } = await baseOf(trial);
    const degraded = withRounds(trial, async (tree, definitions, options) =>
      tree === plain
        ? trial.rounds.run(tree, definitions, options)
        : { isReady: false as const, failure },
    );
    const [first, second] = await again(trial, degraded);
    expect([first?.control.stages.length, second?.control.stages.length]).toEqual([0, 2]);
  });

  it('because the check was red once by accident is asked again', LIMIT, async () => {
    const trial = await trialOn();
    let count = 0;
    const degraded = withRounds(trial, async (tree, definitions, options) => {
      const round = await trial.rounds.run(tree, definitions, options);
      count += 1;
      if (count > 1 || !round.isReady) return round;
      return { ...round, evidence: round.evidence.map((item) => ({ ...item, exitCode: 1 })) };
    });
    const { control } = await controlOn(degraded, await baseOf(trial), { check: CHECK });
    expect(control.isGreen).toBe(true);
  });
});

describe('a control that is whole', () => {
  it('where nothing can be traced is kept', LIMIT, async () => {
    const trial = await trialOn();
    const folder = await temporaryFolder();
    const strace = join(folder, 'strace');
    // stands for a machine that forbids it
    await writeFile(
      strace,
      '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done; shift 2; exec "$@"\n',
    );
    await chmod(strace, 0o755);
    await mkdir(folder, { recursive: true });
    const before = hostEnvironment();
    try {
      setHostEnvironment({ ...before, PATH: `${folder}:${before['PATH'] ?? ''}` });
      const base = await baseOf(trial);
      const first = await controlOn(trial.trialBench, base, { check: CHECK });
      const spent = trial.runs();
      expect(await controlOn(trial.trialBench, base, { check: CHECK })).toEqual(first);
      expect(trial.runs()).toBe(spent);
      expect(first.control.method).not.toBe('trace');
    } finally {
      setHostEnvironment(before);
    }
  });

  it('says that its trace was cut, and adds what access times saw', LIMIT, async () => {
    const trial = await trialOn();
    const base = await baseOf(trial);
    const round = await trial.rounds.run(base.tree, 'base');
    const [evidence] = round.isReady ? round.evidence : [];
    if (evidence === undefined) throw new Error('no evidence');
    const plain = { evidence, reads: ['src/add.js'] };
    const lookups = { reads: ['test/add.test.js'], misses: ['.npmrc'], isCut: true };
    const toolCheck = { check: CHECK, tools: [] };
    const facts = { base, plain, lookups };
    expect(await controlCheck(trial.trialBench, toolCheck, facts)).toMatchObject({
      isWhole: true,
      control: {
        method: 'trace',
        reads: ['src/add.js', 'test/add.test.js'],
        misses: ['.npmrc'],
        isTraceCut: true,
      },
    });
  });

  it('tells the tools that the check starts without a look at the repository', LIMIT, async () => {
    const trial = await trialOn({ ...FILES, 'package.json': manifest('node --test') });
    const base = await baseOf(trial);
    const first = await controlOn(trial.trialBench, base, { check: CHECK });
    expect(first.control.tools).toEqual(['node:test', 'npm scripts']);
    const gone = { ...base, proofLane: { ...base.proofLane, gitDir: '/nonexistent' } };
    expect(await controlOn(trial.trialBench, gone, { check: CHECK })).toEqual(first);
    expect(first.tools.map(({ tool }) => tool).toSorted()).toEqual(['node:test', 'npm scripts']);
  });
});
