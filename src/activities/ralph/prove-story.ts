import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  evidenceSchema,
  isPassing,
  proofSchema,
  type Check,
  type Evidence,
  type Proof,
  type StepKey,
  type WorkspaceRef,
} from '../../domain/index.js';
import {
  openWorkspace,
  sha256,
  workspaceGit,
  type WorkspaceFolders,
} from '../../platform/index.js';
import type { RalphWork } from './dependencies.js';
import { plantLaneGit } from './lane-git.js';
import { changesOutside, describeStrays } from './path-limits.js';
import { runCheck } from './run-check.js';
import { dropStateEdits, restoreDefinitions, takeTree } from './story-tree.js';
import { ensureWorkdir } from './workdir.js';

const TAIL_LIMIT = 4 * 1024;
const FILES_LIMIT = 200;

/** What {@link proveStory} needs. */
export interface ProveStoryRequest {
  readonly key: StepKey;
  readonly lane: WorkspaceRef;
  readonly proofLane: WorkspaceRef;
  /** Commit the story started from. */
  readonly base: string;
  readonly checks: readonly Check[];
  readonly statePaths: readonly string[];
  readonly allowCheckChanges: boolean;
  /** The only files and folders that the story may change. Default: all. */
  readonly paths?: readonly string[] | undefined;
}

/**
 * The engine's proof of a story: fixes the lane's tree, materialises it in a clean proof lane and runs the checks there.
 * When the story changed check definitions, the checks run again with the base's. Settled checks are not run again by a
 * retry.
 */
export async function proveStory(work: RalphWork, request: ProveStoryRequest): Promise<Proof> {
  const lane = await openWorkspace(work.dependencies.home, request.lane);
  const { base, statePaths } = request;
  const story = await dropStateEdits(lane, base, { ...(await takeTree(lane, base)), statePaths });
  const { tree, diff } = story;
  const facts = { tree, changedFiles: diff.files.map((file) => file.path).slice(0, FILES_LIMIT) };
  if (diff.files.length === 0) {
    const feedback = await work.dependencies.blobs.put(
      'You ended without changing any file. The story needs a change in the repository; do the work, then call story_done.',
    );
    return proofSchema.parse({
      ...facts,
      verdict: 'no-change',
      evidence: [],
      changedDefinitions: [],
      feedback,
    });
  }
  const strays = changesOutside(diff, request.paths);
  if (strays.length > 0) {
    const feedback = await work.dependencies.blobs.put(describeStrays(strays, request.paths ?? []));
    return proofSchema.parse({
      ...facts,
      verdict: 'failed',
      evidence: [],
      changedDefinitions: [],
      feedback,
    });
  }
  const proofLane = await openWorkspace(work.dependencies.home, request.proofLane);
  const prover: Prover = { work, request, proofLane, settled: 0 };
  const evidence = await runChecks(prover, tree, 'story');
  const guarded = await restoreDefinitions(lane, story);
  const needsGuard =
    guarded.tree !== tree && !request.allowCheckChanges && evidence.every(isPassing);
  if (needsGuard) evidence.push(...(await runChecks(prover, guarded.tree, 'base')));
  const isPassed = evidence.every(isPassing);
  return proofSchema.parse({
    ...facts,
    verdict: isPassed ? 'passed' : 'failed',
    evidence,
    changedDefinitions: guarded.changedDefinitions,
    feedback: isPassed
      ? null
      : await work.dependencies.blobs.put(
          await describeFailure(work, evidence, guarded.changedDefinitions),
        ),
  });
}

/** Runs every check on one tree, laid out in the proof lane, and says what the engine saw. */
export async function runChecksOn(
  work: RalphWork,
  request: ProofRequest,
  tree: string,
): Promise<Evidence[]> {
  const proofLane = await openWorkspace(work.dependencies.home, request.proofLane);
  return runChecks({ work, request, proofLane, settled: 0 }, tree, 'story');
}

type ProofRequest = Pick<ProveStoryRequest, 'key' | 'proofLane' | 'base' | 'checks'>;

interface Prover {
  readonly work: RalphWork;
  readonly request: ProofRequest;
  readonly proofLane: WorkspaceFolders;
  /** Checks settled so far; the index of the next one's step key is one more. */
  settled: number;
}

async function runChecks(
  prover: Prover,
  tree: string,
  definitions: Evidence['definitions'],
): Promise<Evidence[]> {
  const { work, request, proofLane } = prover;
  const evidence: Evidence[] = [];
  let isReady = false;
  for (const check of request.checks) {
    prover.settled += 1;
    const settled = await work.dependencies.journal.settle({
      key: { ...request.key, index: prover.settled },
      digest: sha256(JSON.stringify([tree, definitions, check])),
      parse: (stored) => evidenceSchema.parse(stored),
      run: async () => {
        // Tracked files are reset before every check; what the checks before left in ignored files may stay.
        await layOutTree(proofLane, { tree, base: request.base, isClean: !isReady });
        isReady = true;
        return runCheck(work, { check, tree, definitions, proofLane });
      },
    });
    evidence.push(settled.result);
  }
  return evidence;
}

async function layOutTree(
  proofLane: WorkspaceFolders,
  options: { readonly tree: string; readonly base: string; readonly isClean: boolean },
): Promise<void> {
  await rm(join(proofLane.root, '.git'), { recursive: true, force: true });
  await workspaceGit(proofLane).checkoutTree(options.tree, { removeIgnored: options.isClean });
  await ensureWorkdir(proofLane);
  await plantLaneGit(proofLane, {
    commit: options.base,
    branch: 'proof',
    author: { name: 'CodeTether', email: 'codetether@localhost' },
  });
}

async function describeFailure(
  work: RalphWork,
  evidence: readonly Evidence[],
  changedDefinitions: readonly string[],
): Promise<string> {
  const parts: string[] = [];
  for (const item of evidence.filter((candidate) => !isPassing(candidate))) {
    const output = await work.dependencies.blobs.getText(item.output);
    const end = item.isTimedOut
      ? 'did not end within its time limit'
      : `ended with exit code ${item.exitCode ?? 'none (killed)'}`;
    const how =
      item.definitions === 'base'
        ? ' (run with the tests and check scripts as they were before your change)'
        : '';
    parts.push(
      `Check ${item.check}${how}: \`${item.command}\` ${end}. End of its output:\n${output.slice(-TAIL_LIMIT)}`,
    );
  }
  if (evidence.some((item) => item.definitions === 'base')) {
    parts.push(
      `You changed what the checks mean: ${changedDefinitions.slice(0, 20).join(', ')}. Leave existing tests and check scripts as they are, and make the code satisfy them.`,
    );
  }
  return parts.join('\n\n');
}
