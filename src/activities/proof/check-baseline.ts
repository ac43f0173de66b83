import {
  baselineSchema,
  isPassing,
  trimEndOf,
  type Baseline,
  type Check,
  type StepKey,
  type WorkspaceRef,
  type WorkspaceSetup,
} from '../../domain/index.js';
import { openWorkspace, workspaceGit } from '../../platform/index.js';
import type { RalphWork } from '../workspace/dependencies.js';
import { createProofRounds, failuresOf, type ShownHead } from './proof-rounds.js';
import { setupFailed } from '../workspace/setup/setup-failed.js';

const TAIL_LIMIT = 3 * 1024;
const TAIL_LINES = 20;

/** What {@link checkBaseline} needs. */
export interface CheckBaselineRequest {
  readonly key: StepKey;
  readonly proofLane: WorkspaceRef;
  /** Commit that the run starts from. */
  readonly base: string;
  readonly checks: readonly Check[];
  readonly setup: WorkspaceSetup;
  /** What git shows in the proof lane. Default: a branch `proof`. */
  readonly head?: ShownHead | undefined;
}

/**
 * Prepares dependencies and runs every check on the untouched base. Settled checks are not run again by a retry. Throws
 * InvalidInputError `ERR_SETUP_FAILED`; red checks are an answer.
 */
export async function checkBaseline(
  work: RalphWork,
  request: CheckBaselineRequest,
): Promise<Baseline> {
  const { key, base, checks, setup, head } = request;
  const proofLane = await openWorkspace(work.dependencies.home, request.proofLane);
  const tree = (await workspaceGit(proofLane).resolve(`${base}^{tree}`)) ?? base;
  const plan = { key, base, checks, verificationSteps: [], setup, baseline: null, head };
  const round = await createProofRounds(work, plan, proofLane).run(tree, 'story');
  if (!round.isReady) throw setupFailed(round.failure);
  const { evidence } = round;
  const failures: Record<string, string[]> = {};
  const tails: Record<string, string> = {};
  for (const item of evidence.filter((candidate) => !isPassing(candidate))) {
    failures[item.check] = await failuresOf(work, item, proofLane);
    tails[item.check] = lastLines(await work.dependencies.blobs.getText(item.output));
  }
  return baselineSchema.parse({ base, evidence, setup: round.setup, failures, tails });
}

/** What a person needs to see why a check is red, without asking for the report. */
function lastLines(output: string): string {
  const lines = trimEndOf(output.slice(-TAIL_LIMIT), '\n').split('\n').slice(-TAIL_LINES);
  return lines.map((line) => line.trimEnd()).join('\n');
}
