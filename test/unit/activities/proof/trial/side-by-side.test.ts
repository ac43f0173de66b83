import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProofRounds } from '../../../../../src/activities/proof/proof-rounds.js';
import {
  sideBySide,
  type CanaryTask,
} from '../../../../../src/activities/proof/trial/side-by-side.js';
import {
  createSideLanes,
  type TrialBench,
} from '../../../../../src/activities/proof/trial/side-lanes.js';
import type { TrialOutcome } from '../../../../../src/activities/proof/trial/seen-story.js';
import { tryStory } from '../../../../../src/activities/proof/trial/story-trial.js';
import type { CanaryVerdict } from '../../../../../src/domain/proof/canaries/canary.js';
import type { BlobRef } from '../../../../../src/domain/blob.js';
import { NO_SETUP } from '../../../../../src/domain/workspace-setup.js';
import { createCoreBudget } from '../../../../../src/platform/process/core-budget.js';
import { FILES, trialOn, trialRequest, type Trial } from '../../../../support/trial-bench.js';

const LIMIT = { timeout: 120_000 };

const tried = async (trial: Trial): Promise<TrialOutcome> => tryStory(await trialRequest(trial));

interface Watched extends Trial {
  /** Most rounds that went on at once. */
  readonly most: () => number;
  /** Rounds that were asked for, by how they were asked. */
  readonly asked: {
    readonly lane: string;
    readonly isAlone: boolean;
    readonly isBeside: boolean;
  }[];
}

type Spoil = (round: Awaited<ReturnType<ProofRounds['run']>>) => typeof round;

/** A trial with so many cores; `spoil` changes what comes of a round that had others beside it. */
async function watchedTrial(cores: number, spoil?: Spoil): Promise<Watched> {
  const trial = await trialOn();
  let now = 0;
  let most = 0;
  const asked: Watched['asked'] = [];
  const watch = (rounds: ProofRounds, lane: string): ProofRounds => ({
    async run(tree, definitions, options = {}) {
      const { isAlone = false, isBeside = false } = options;
      asked.push({ lane, isAlone, isBeside });
      now += 1;
      most = Math.max(most, now);
      try {
        const round = await rounds.run(tree, definitions, options);
        return isBeside && spoil !== undefined ? spoil(round) : round;
      } finally {
        now -= 1;
      }
    },
  });
  const { work } = trial.trialBench;
  const dependencies = { ...work.dependencies, cores: createCoreBudget(cores) };
  const busy = { ...work, dependencies };
  const beside = createSideLanes(busy, {
    proofLane: trial.bench.proofLane,
    setup: NO_SETUP,
    roundsIn: (lane) => watch(trial.roundsIn(lane), 'side'),
  });
  const rounds = watch(trial.rounds, 'own');
  const trialBench = { ...trial.trialBench, work: busy, rounds, beside };
  return { ...trial, rounds, trialBench, most: () => most, asked };
}

const facts = (canaries: readonly CanaryVerdict[]): unknown[] =>
  canaries.map(({ kind, is, files }) => [kind, is, files]);

async function changed(trial: Trial): Promise<Trial> {
  await trial.bench.write('src/add.js', FILES['src/add.js'].replace('a + b', 'b + a'));
  await trial.bench.write('test/more.test.js', FILES['test/add.test.js']);
  return trial;
}

const EXPECTED = [
  ['existing-tests', 'noticed', ['test/add.test.js']],
  ['new-case', 'noticed', ['test/add.test.js']],
  ['assertion', 'noticed', ['test/add.test.js']],
  ['broken-product', 'noticed', ['src/add.js']],
];

describe('canaries of one proof', () => {
  it('are tried one after the other where no core is free', LIMIT, async () => {
    const trial = await watchedTrial(1);
    const { isPassed, trial: seen } = await tried(await changed(trial));
    expect({ isPassed, most: trial.most() }).toEqual({ isPassed: true, most: 1 });
    expect(facts(seen.canaries)).toEqual(EXPECTED);
  });

  it('are tried side by side on free cores, with the same result', LIMIT, async () => {
    const trial = await watchedTrial(3);
    const { isPassed, trial: seen } = await tried(await changed(trial));
    expect(isPassed).toBe(true);
    expect(facts(seen.canaries)).toEqual(EXPECTED);
    expect(trial.most()).toBeGreaterThan(1);
    expect(trial.most()).toBeLessThanOrEqual(3);
    expect(trial.asked.some(({ isAlone }) => isAlone)).toBe(false);
    const lanes = await readdir(dirname(dirname(trial.bench.proofLane.state)));
    expect(lanes).toEqual(expect.arrayContaining(['proof', 'proof-beside-1']));
  });

  it('are settled once, however many lanes a retry has', LIMIT, async () => {
    const trial = await watchedTrial(3);
    const first = await tried(await changed(trial));
    const spent = trial.runs();
    const { beside, ...alone } = trial.trialBench;
    expect(beside).toBeDefined();
    const retry = await tried({ ...trial, trialBench: alone });
    expect(retry.trial.canaries).toEqual(first.trial.canaries);
    // the round of the story itself is numbered on by this bench
    expect(trial.runs() - spent).toBeLessThanOrEqual(2);
  });

  it('count against nobody before they were repeated alone', LIMIT, async () => {
    // a check with a fixed port: red, and no test was ever begun
    let noise: BlobRef | undefined;
    const trial = await watchedTrial(3, (round) => {
      if (!round.isReady || noise === undefined) return round;
      const spoilt = { exitCode: 1, output: noise };
      return { ...round, evidence: round.evidence.map((item) => ({ ...item, ...spoilt })) };
    });
    noise = await trial.bench.dependencies.blobs.put('EADDRINUSE');
    const { isPassed, trial: seen } = await tried(await changed(trial));
    expect(isPassed).toBe(true);
    expect(facts(seen.canaries)).toEqual(EXPECTED);
    expect(trial.asked.some(({ isAlone }) => isAlone)).toBe(true);
  });

  it('are done in the proof lane where another lane fails', LIMIT, async () => {
    const trial = await watchedTrial(3);
    const roundsIn = (): ProofRounds => ({
      run: () => Promise.reject(new Error('no room')),
    });
    const { work } = trial.trialBench;
    const company = { proofLane: trial.bench.proofLane, setup: NO_SETUP, roundsIn };
    const beside = createSideLanes(work, company);
    const bench = { ...trial.trialBench, beside };
    const { isPassed, trial: seen } = await tried(await changed({ ...trial, trialBench: bench }));
    expect({ isPassed, canaries: facts(seen.canaries) }).toEqual({
      isPassed: true,
      canaries: EXPECTED,
    });
  });
});

describe('tasks side by side', () => {
  const rounds: ProofRounds = { run: () => Promise.reject(new Error('no rounds')) };
  const bench = { rounds } as unknown as TrialBench;
  const task = (result: number): CanaryTask<number> => ({
    durationMs: 1,
    run: () => Promise.resolve({ result, isCertain: false }),
  });

  it('give their results in order, and are not repeated when nothing was run beside them', async () => {
    expect(await sideBySide(bench, [3, 1, 2].map(task))).toEqual([3, 1, 2]);
    expect(await sideBySide(bench, [])).toEqual([]);
  });

  it('leave their lanes when one of them fails, and fail with it', async () => {
    let open = 0;
    const beside: TrialBench['beside'] = {
      open: () => {
        open += 1;
        return Promise.resolve({ opened: [], close: () => void (open -= 1) });
      },
    };
    const failing: CanaryTask<number> = {
      durationMs: 1,
      run: () => Promise.reject(new Error('broken')),
    };
    await expect(sideBySide({ ...bench, beside }, [task(1), failing])).rejects.toThrow('broken');
    expect(open).toBe(0);
  });
});
