import { z } from 'zod';
import { defineStep, journaledFields, planned, type StepRequest } from '../lib/step.js';
import {
  baselineSchema,
  checkSchema,
  isAcceptable,
  proofSchema,
  provesSomething,
  verificationStepSchema,
  workspaceRefSchema,
  workspaceSetupSchema,
  type Proof,
} from '../../domain/index.js';
import { openWorkspace } from '../../platform/index.js';
import type { RalphDependencies, RalphWork } from '../workspace/dependencies.js';
import { describeSetupProblem } from './proof-feedback.js';
import { createProofRounds, existingSchema, headSchema } from './proof-rounds.js';

const proveMergedSchema = z.object({
  ...journaledFields,
  proofLane: workspaceRefSchema,
  /** The run's head, on which the merged tree will be committed. */
  base: z.string(),
  tree: z.string().min(1),
  checks: z.array(checkSchema),
  verificationSteps: z.array(verificationStepSchema),
  setup: workspaceSetupSchema,
  baseline: baselineSchema.nullable(),
  existing: existingSchema,
  head: headSchema.optional(),
});

/** What {@link proveMerged} needs. */
export type ProveMergedRequest = StepRequest<typeof proveMergedSchema>;

/** The checks on a merged tree. */
export const proveMergedStep = defineStep<RalphDependencies>()({
  input: proveMergedSchema,
  journal: { result: proofSchema, identity: ({ base, tree }) => ({ base, tree }) },
  holds: ({ proofLane }) => [proofLane.id],
  claim: (input) => planned(input, ['checks', 'setup']),
  run: (input, work) => proveMerged(work, input),
});

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
    verdict: !isPassed ? 'failed' : provesSomething(evidence) ? 'passed' : 'unverified',
    evidence,
    ...(setup === null ? {} : { setup }),
  });
}
