import {
  isPassing,
  proofSchema,
  type Baseline,
  type Check,
  type Proof,
  type StepKey,
  type VerificationStep,
  type WorkspaceRef,
  type WorkspaceSetup,
} from '../../domain/index.js';
import type { RalphWork } from './dependencies.js';
import { runChecksOn } from './prove-story.js';

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
  const evidence = await runChecksOn(work, request, request.tree);
  const isPassed = evidence.every(isPassing);
  return proofSchema.parse({
    verdict: !isPassed ? 'failed' : evidence.length === 0 ? 'unverified' : 'passed',
    tree: request.tree,
    evidence,
    changedDefinitions: [],
    changedFiles: [],
    feedback: null,
  });
}
