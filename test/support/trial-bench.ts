import { searchAdded } from '../../src/activities/proof/added/search-added.js';
import { takeTree } from '../../src/activities/proof/story-tree.js';
import type { TrialRequest } from '../../src/activities/proof/trial/seen-story.js';
import { createProofRounds, type ProofRounds } from '../../src/activities/proof/proof-rounds.js';
import { openSecrets } from '../../src/activities/proof/trial/canary-tree.js';
import type { TrialBench } from '../../src/activities/proof/trial/side-lanes.js';
import type { Check } from '../../src/domain/proof/check.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import type { WorkspaceFolders } from '../../src/platform/workspace/workspace.js';
import { begunStory, type RalphBench } from './ralph-bench.js';

/** The one check of the project. */
export const CHECK: Check = { name: 'test', command: 'npm test', timeoutMs: 60_000 };
/** A package.json with this test script. */
export const manifest = (test: string): string =>
  JSON.stringify({ name: 'demo', scripts: { test } });
/** A product of two functions with a test each. */
export const FILES = {
  'package.json': manifest('node --test'),
  'src/add.js': 'exports.add = (a, b) => a + b;\nexports.label = () => "sum";\n',
  'test/add.test.js': `const { test } = require('node:test');
const assert = require('node:assert');
const { add, label } = require('../src/add.js');
test('adds', () => assert.strictEqual(add(1, 2), 3));
test('names', () => assert.strictEqual(label(), 'sum'));
`,
};

/** A begun story on the project, and what tries it. */
export interface Trial {
  readonly bench: RalphBench;
  readonly rounds: ProofRounds;
  readonly roundsIn: (lane: WorkspaceFolders) => ProofRounds;
  readonly trialBench: TrialBench;
  /** How many checks were run so far. */
  readonly runs: () => number;
}

/** A story begun on `files`; proof rounds of one check on it, counted. */
export async function trialOn(files: Readonly<Record<string, string>> = FILES): Promise<Trial> {
  const bench = await begunStory(files);
  const { work, proofLane } = bench;
  let count = 0;
  const heartbeat = { progress: () => (count += 1), stop: () => undefined };
  const counted = { ...work, heartbeat };
  const plan = {
    key: { scope: 'story', step: 1, index: 0 },
    base: bench.base,
    checks: [CHECK],
    verificationSteps: [],
    setup: NO_SETUP,
    baseline: null,
  };
  const roundsIn = (lane: WorkspaceFolders): ProofRounds => createProofRounds(counted, plan, lane);
  const rounds = roundsIn(proofLane);
  const secrets = await openSecrets(work, 'story');
  const trialBench = { work: counted, lane: proofLane, rounds, secrets };
  return { bench, rounds, roundsIn, trialBench, runs: () => count };
}

/** The story as it lies in the lane, with its green round, to be tried. */
export async function trialRequest(
  { bench, rounds, trialBench }: Trial,
  changes: Partial<TrialRequest> = {},
): Promise<TrialRequest> {
  const story = await takeTree(bench.lane, bench.base);
  const own = await rounds.run(story.tree, 'story');
  if (!own.isReady) throw new Error('not ready');
  return {
    work: trialBench.work,
    lane: bench.lane,
    proofLane: bench.proofLane,
    rounds,
    ...(trialBench.beside === undefined ? {} : { beside: trialBench.beside }),
    scope: 'story',
    base: bench.base,
    approved: bench.base,
    added: await searchAdded(bench.lane, { base: bench.base, diff: story.diff }),
    story,
    checks: [CHECK],
    commands: [CHECK.command],
    setup: NO_SETUP,
    allowCheckChanges: false,
    canaries: 'auto',
    evidence: own.evidence,
    ...changes,
  };
}
