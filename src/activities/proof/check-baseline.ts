import { z } from 'zod';
import { defineStep, journaledFields, planned, type StepRequest } from '../lib/step.js';
import {
  baselineSchema,
  canaryModeSchema,
  hasCanary,
  isRed,
  trimEndOf,
  type Baseline,
  type Check,
  type Evidence,
  checkSchema,
  workspaceRefSchema,
  workspaceSetupSchema,
} from '../../domain/index.js';
import { openWorkspace, workspaceGit, type WorkspaceFolders } from '../../platform/index.js';
import type { RalphDependencies, RalphWork } from '../workspace/dependencies.js';
import { createProofRounds, failuresOf, headSchema, type ProofRounds } from './proof-rounds.js';
import {
  controlOn,
  createReadWatch,
  openBase,
  type ControlledBase,
  type ReadWatch,
} from './trial/base-controls.js';
import { openSecrets } from './trial/canary-tree.js';
import { createSideLanes, type TrialBench } from './trial/side-lanes.js';
import { createSteadyRounds } from './steady-rounds.js';
import { openRunCaches, sealRunCaches } from './run-caches.js';
import { setupFailed } from '../workspace/setup/setup-failed.js';

const TAIL_LIMIT = 3 * 1024;
const TAIL_LINES = 20;
const NAME_LIMIT = 200;
const BLIND_LIMIT = 100;
const FLAKY_LIMIT = 20;

const checkBaselineSchema = z.object({
  ...journaledFields,
  proofLane: workspaceRefSchema,
  base: z.string(),
  checks: z.array(checkSchema),
  setup: workspaceSetupSchema,
  head: headSchema.optional(),
  /** Absent in inputs of earlier versions = off. */
  canaries: canaryModeSchema.optional(),
});

/** What {@link checkBaseline} needs. */
export type CheckBaselineRequest = StepRequest<typeof checkBaselineSchema>;

/**
 * Set-up and checks on the untouched base, before anything is paid. Fails with `ERR_SETUP_FAILED` (not retried); red
 * checks are an answer.
 */
export const checkBaselineStep = defineStep<RalphDependencies>()({
  input: checkBaselineSchema,
  journal: {
    result: baselineSchema,
    identity: ({ proofLane, base }) => ({ lane: proofLane.id, base }),
  },
  holds: ({ proofLane }) => [proofLane.id],
  claim: (input) => planned(input, ['checks', 'setup']),
  run: (input, work) => checkBaseline(work, input),
});

/**
 * Prepares dependencies and runs every check on the untouched base; what they built is kept for the proofs. Settled checks are
 * not run again by a retry. Throws InvalidInputError `ERR_SETUP_FAILED`; red checks are an answer.
 */
export async function checkBaseline(
  work: RalphWork,
  request: CheckBaselineRequest,
): Promise<Baseline> {
  const { key, base, checks, setup, head } = request;
  const proofLane = await openWorkspace(work.dependencies.home, request.proofLane);
  const tree = (await workspaceGit(proofLane).resolve(`${base}^{tree}`)) ?? base;
  // Nothing existed before the base.
  const existing: readonly string[] = [];
  const rest = { verificationSteps: [], baseline: null, isUntouched: true };
  const plan = { key, base, checks, setup, head, existing, ...rest };
  const filling = { lane: proofLane, tree, setup, checks };
  const caches = await openRunCaches(work, filling);
  const rounds = createSteadyRounds(createProofRounds(work, plan, proofLane));
  const controlled = await openBase(proofLane, { tree, setup });
  const watch = createReadWatch(controlled);
  const round = await rounds.run(tree, 'story', { around: watch });
  if (!round.isReady) throw setupFailed(round.failure);
  const { evidence } = round;
  if (caches !== undefined) await sealRunCaches(filling, { caches, evidence });
  const failures: Record<string, string[]> = {};
  const tails: Record<string, string> = {};
  for (const item of evidence.filter(isRed)) {
    failures[item.check] = await failuresOf(work, item, proofLane);
    tails[item.check] = lastLines(await work.dependencies.blobs.getText(item.output));
  }
  // One lane fills what all find; two at once would have each other's half-written packages mounted.
  const besidePlan = { ...plan, isUntouched: false };
  const roundsIn = (lane: WorkspaceFolders): ProofRounds =>
    createProofRounds(work, besidePlan, lane);
  const beside = createSideLanes(work, { proofLane, setup, roundsIn });
  const secrets = await openSecrets(work, key.scope);
  const bench = { work, lane: proofLane, rounds, secrets, beside };
  const { canaries = 'off' } = request;
  const cannotFail =
    canaries === 'off' ? [] : await findBlind(bench, controlled, { evidence, checks, watch });
  return baselineSchema.parse({
    base,
    evidence,
    setup: round.setup,
    failures,
    tails,
    ...(cannotFail.length === 0 ? {} : { cannotFail }),
    ...(rounds.flags().length === 0
      ? {}
      : {
          flaky: rounds
            .flags()
            .slice(0, FLAKY_LIMIT)
            .map(({ text }) => text),
        }),
  });
}

interface BaseRound {
  readonly evidence: readonly Evidence[];
  readonly checks: readonly Check[];
  readonly watch: ReadWatch;
}

/** Checks that are green here and would be whatever happened to the files: better said before anything is paid. */
async function findBlind(
  bench: TrialBench,
  base: ControlledBase,
  { evidence, checks, watch }: BaseRound,
): Promise<string[]> {
  const blind: string[] = [];
  for (const check of checks) {
    const own = evidence.find((item) => item.check === check.name);
    if (own === undefined || isRed(own)) continue;
    const reads = watch.readsOf(own);
    // after a crash the check is settled, and nobody watched it: then it runs once more
    const plain = reads === undefined ? undefined : { evidence: own, reads };
    const { control } = await controlOn(bench, base, { check, plain });
    if (control.isGreen && !hasCanary(control)) blind.push(check.name.slice(0, NAME_LIMIT));
  }
  return blind.slice(0, BLIND_LIMIT);
}

/** What a person needs to see why a check is red, without asking for the report. */
function lastLines(output: string): string {
  const lines = trimEndOf(output.slice(-TAIL_LIMIT), '\n').split('\n').slice(-TAIL_LINES);
  return lines.map((line) => line.trimEnd()).join('\n');
}
