import {
  isAcceptable,
  proofSchema,
  type Baseline,
  type Check,
  type Proof,
  type StepKey,
  type VerificationStep,
  type WorkspaceRef,
  type WorkspaceSetup,
} from '../../domain/index.js';
import { openWorkspace } from '../../platform/index.js';
import type { RalphWork } from './dependencies.js';
import { createProofRounds } from './proof-rounds.js';

/** What {@link proveMerged} needs. */
export interface ProveMergedRequest {
  readonly key: StepKey;
  readonly proofLane: WorkspaceRef;
  readonly base: string;
  readonly tree: string;
  readonly checks: readonly Check[];
  readonly verificationSteps: readonly VerificationStep[];
  readonly setup: WorkspaceSetup;
  readonly baseline: Baseline | null;
}

/** Runs the checks on a merged tree: both sides were proven alone, which says nothing about them together. */
export async function proveMerged(work: RalphWork, request: ProveMergedRequest): Promise<Proof> {
  const { tree } = request;
  const proofLane = await openWorkspace(work.dependencies.home, request.proofLane);
  const round = await createProofRounds(work, request, proofLane).run(tree, 'story');
  const facts = { tree, changedDefinitions: [], changedFiles: [], feedback: null };
  if (!round.isReady) return proofSchema.parse({ ...facts, verdict: 'setup-failed', evidence: [] });
  const { evidence, setup } = round;
  const isPassed = evidence.every(isAcceptable);
  return proofSchema.parse({
    ...facts,
    verdict: !isPassed ? 'failed' : evidence.length === 0 ? 'unverified' : 'passed',
    evidence,
    ...(setup === null ? {} : { setup }),
  });
}
