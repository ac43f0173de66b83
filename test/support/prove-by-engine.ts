import { homedir } from 'node:os';
import { join } from 'node:path';
import { checkBaseline } from '../../src/activities/proof/check-baseline.js';
import { proveStory } from '../../src/activities/proof/prove-story.js';
import type { Proof } from '../../src/domain/proof/check.js';
import type { CanaryMode } from '../../src/domain/proof/trial.js';
import { detectCaches } from '../../src/domain/build-cache.js';
import { NO_SETUP, type WorkspaceSetup } from '../../src/domain/workspace-setup.js';
import { createCoreBudget } from '../../src/platform/process/core-budget.js';
import { workspaceGit } from '../../src/platform/workspace/snapshot.js';
import type { StoryToProve, Verdict } from '../proof-corpus/evaluate.js';
import { benchOn, userGit } from './ralph-bench.js';

const CHECK_LIMIT_MS = 120_000;
/** Some proofs find one free beside another proof, some do not. */
const CORES = createCoreBudget(3);

/** Proves a story of the corpus as the engine does: lanes, set-up, sandbox, rounds, canaries. */
export async function proveByEngine(
  story: StoryToProve,
  canaries: CanaryMode = 'auto',
): Promise<Verdict & { readonly proof: Proof }> {
  userGit(story.repo, 'checkout', '--quiet', '--force', '--detach', story.head);
  const bench = await benchOn(story.repo);
  const checks = story.checks.map((command, index) => ({
    name: `check-${index + 1}`,
    command: withEnvironment(command, story.environment),
    timeoutMs: CHECK_LIMIT_MS,
  }));
  const setup = setupOf(story);
  const { proofLane, lane } = bench.prepared;
  const key = { scope: `story ${story.head}`, step: 1, index: 0 };
  const work = { ...bench.work, dependencies: { ...bench.dependencies, cores: CORES } };
  await checkBaseline(work, {
    key: { ...key, step: 9 },
    proofLane,
    base: story.approved,
    checks,
    setup,
  });
  await workspaceGit(bench.lane).checkoutTree(story.head);
  const proof = await proveStory(work, {
    key,
    lane,
    proofLane,
    base: story.base,
    approved: story.approved,
    checks,
    setup,
    canaries,
    statePaths: [],
    allowCheckChanges: false,
  });
  const reason =
    proof.feedback === null ? '' : await bench.dependencies.blobs.getText(proof.feedback);
  const flags = proof.trial?.flags ?? [];
  const isFlagged = flags.some(({ code }) => code !== 'suspicious-lines');
  const isPassed = proof.verdict === 'passed';
  return {
    verdict: !isPassed ? 'refused' : isFlagged ? 'flagged' : 'passed',
    reason: `${proof.verdict}: ${[...flags.map(({ text }) => text), reason].join('; ')}`,
    proof,
  };
}

/** The environment of a corpus's tools, in the command itself: lanes have one of their own. */
function withEnvironment(command: string, environment: Readonly<Record<string, string>>): string {
  const path = environment['PATH'];
  const rustup = process.env['RUSTUP_HOME'] ?? join(homedir(), '.rustup');
  if (path === undefined) return command;
  // what npm puts before it is long, and of no use here
  const folders = path
    .split(':')
    .filter((folder) => !/\/(?:node_modules\/\.bin|node-gyp-bin)$/.test(folder));
  return `export PATH='${[...new Set(folders)].join(':')}' RUSTUP_HOME='${rustup}'; ${command}`;
}

/** As a run plans it: with the build caches of the tools that the base uses. */
function setupOf({ repo, approved, setup, environment }: StoryToProve): WorkspaceSetup {
  const paths = userGit(repo, 'ls-tree', '-r', '--name-only', approved).split('\n');
  const { caches } = detectCaches(paths, () => true);
  const plain = { ...NO_SETUP, caches: [...caches] };
  if (setup === '') return plain;
  const step = {
    name: 'packages',
    command: withEnvironment(setup, environment),
    folder: '.',
    timeoutMs: CHECK_LIMIT_MS,
    lockFiles: [],
  };
  return { ...plain, source: 'flag', steps: [step] };
}
