import { isAcceptable, proofSchema, type Proof, type WorkspaceRef } from '../../domain/index.js';
import { openWorkspace } from '../../platform/index.js';
import type { RalphWork } from '../workspace/dependencies.js';
import { describeSetupProblem } from './proof-feedback.js';
import { createProofRounds, type ProofPlan } from './proof-rounds.js';

/** What {@link proveMerged} needs. */
export interface ProveMergedRequest extends ProofPlan {
  readonly proofLane: WorkspaceRef;
  readonly tree: string;
}

const PROBLEM_LIMIT = 2000;

/** Runs the checks on a merged tree: both sides were proven alone, which says nothing about them together. */
export async function proveMerged(work: RalphWork, request: ProveMergedRequest): Promise<Proof> {
  const { tree } = request;
  const proofLane = await openWorkspace(work.dependencies.home, request.proofLane);
  const round = await createProofRounds(work, request, proofLane).run(tree, 'story');
  const facts = { tree, changedDefinitions: [], changedFiles: [], feedback: null };
  if (!round.isReady) {
    const problem = describeSetupProblem(round.failure);
    return proofSchema.parse({
      ...facts,
      verdict: 'setup-failed',
      evidence: [],
      problem: problem.length <= PROBLEM_LIMIT ? problem : `…${problem.slice(1 - PROBLEM_LIMIT)}`,
    });
  }
  const { evidence, setup } = round;
  const isPassed = evidence.every(isAcceptable);
  return proofSchema.parse({
    ...facts,
    verdict: !isPassed ? 'failed' : evidence.length === 0 ? 'unverified' : 'passed',
    evidence,
    ...(setup === null ? {} : { setup }),
  });
}
