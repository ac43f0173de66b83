import { z } from 'zod';
import { defineStep, journaledFields, planned, type StepRequest } from '../lib/step.js';
import {
  isAcceptable,
  isPassing,
  NO_SETUP,
  proofSchema,
  provesSomething,
  baselineSchema,
  checkSchema,
  verificationStepSchema,
  workspaceRefSchema,
  workspaceSetupSchema,
  type Evidence,
  type Proof,
} from '../../domain/index.js';
import { openWorkspace, workspaceGit, type WorkspaceFolders } from '../../platform/index.js';
import { checkScripts } from './check-scripts.js';
import { filesWithMarks } from './conflict-marks.js';
import type { RalphDependencies, RalphWork } from '../workspace/dependencies.js';
import { changesOutside, describeStrays } from './path-limits.js';
import { describeFailure, describeSetupProblem } from './proof-feedback.js';
import { findLeftOut, nameLeftOut } from './left-out.js';
import { createProofRounds, existingSchema, headSchema, type ProofRounds } from './proof-rounds.js';
import { dropStateEdits, restoreDefinitions, takeTree, type StoryTree } from './story-tree.js';

const FILES_LIMIT = 200;

const proveStorySchema = z.object({
  ...journaledFields,
  lane: workspaceRefSchema,
  proofLane: workspaceRefSchema,
  base: z.string(),
  checks: z.array(checkSchema),
  statePaths: z.array(z.string()),
  allowCheckChanges: z.boolean(),
  /** Steps of the story itself. */
  verificationSteps: z.array(verificationStepSchema).default([]),
  setup: workspaceSetupSchema.default(NO_SETUP),
  /** Red checks of the base that may stay red in the same way; null = every check must pass. */
  baseline: baselineSchema.nullable().default(null),
  existing: existingSchema,
  /** Files that had conflict marks when the agent began. */
  conflictFiles: z.array(z.string()).default([]),
  /** The only files and folders that the story may change; absent = all. */
  paths: z.array(z.string()).optional(),
  head: headSchema.optional(),
});

/** What {@link proveStory} needs. */
export type ProveStoryRequest = StepRequest<
  typeof proveStorySchema,
  'verificationSteps' | 'setup' | 'baseline' | 'conflictFiles'
>;

/** The engine's verdict about exactly one tree. */
export const proveStoryStep = defineStep<RalphDependencies>()({
  input: proveStorySchema,
  journal: { result: proofSchema, identity: ({ lane, base }) => ({ lane: lane.id, base }) },
  holds: ({ lane, proofLane }) => [lane.id, proofLane.id],
  claim: (input) => planned(input, ['checks', 'setup']),
  run: (input, work) => proveStory(work, input),
});

/**
 * The engine's proof of a story: fixes the lane's tree, materialises it in a clean proof lane with prepared dependencies and
 * runs checks and verification steps there. When the story changed check definitions, they run again with the base's.
 * Settled checks are not run again by a retry.
 */
export async function proveStory(work: RalphWork, request: ProveStoryRequest): Promise<Proof> {
  const { home } = work.dependencies;
  const lane = await openWorkspace(home, request.lane);
  const proofLane = await openWorkspace(home, request.proofLane);
  const { base, statePaths } = request;
  const story = await dropStateEdits(lane, base, { ...(await takeTree(lane, base)), statePaths });
  const { setup = NO_SETUP, verificationSteps = [], baseline = null } = request;
  const { key, checks, head, existing } = request;
  const plan = { key, base, checks, verificationSteps, setup, baseline, head, existing };
  const prover: Prover = {
    work,
    request,
    lane,
    proofLane,
    rounds: createProofRounds(work, plan, proofLane),
  };
  const leftOut = findLeftOut(lane);
  // It is waited for below; a failure before must not be nobody's.
  leftOut.catch(() => undefined);
  return nameLeftOut(work, await verdictOn(prover, story), await leftOut);
}

async function verdictOn(prover: Prover, story: StoryTree): Promise<Proof> {
  const { request, lane } = prover;
  const { verificationSteps = [] } = request;
  const marked = await filesWithMarks(workspaceGit(lane), story.tree, request.conflictFiles ?? []);
  if (marked.length > 0)
    return refuse(prover, story, `These files still have conflict marks: ${marked.join(', ')}.`);
  const strays = changesOutside(story.diff, request.paths);
  if (strays.length > 0) return refuse(prover, story, describeStrays(strays, request.paths ?? []));
  if (story.diff.files.length > 0) return proveChange(prover, story);
  return verificationSteps.length > 0
    ? proveUnchanged(prover, story)
    : withoutChange(prover, story, { evidence: [], remark: '' });
}

interface Prover {
  readonly work: RalphWork;
  readonly request: ProveStoryRequest;
  readonly lane: WorkspaceFolders;
  readonly proofLane: WorkspaceFolders;
  readonly rounds: ProofRounds;
}

async function proveChange(prover: Prover, story: StoryTree): Promise<Proof> {
  const { work, request, lane, rounds } = prover;
  const facts = factsOf(story);
  const first = await rounds.run(story.tree, 'story');
  if (!first.isReady) return setupFailed(prover, story, first.failure);
  const evidence = [...first.evidence];
  const scripts = await checkScripts(lane, request.base, commandsOf(request));
  const guarded = await restoreDefinitions(lane, story, scripts);
  const needsGuard =
    provesSomething(evidence) &&
    guarded.tree !== story.tree &&
    !request.allowCheckChanges &&
    evidence.every(isAcceptable);
  if (needsGuard) {
    const second = await rounds.run(guarded.tree, 'base');
    if (!second.isReady) return setupFailed(prover, story, second.failure);
    evidence.push(...second.evidence.map((item) => withoutPardon(first.evidence, item)));
  }
  const isPassed = evidence.every(isAcceptable);
  const { changedDefinitions } = guarded;
  const { baseline = null } = request;
  const seen = { evidence, changedDefinitions, baseline, proofLane: prover.proofLane };
  return proofSchema.parse({
    ...facts,
    verdict: !isPassed ? 'failed' : provesSomething(evidence) ? 'passed' : 'unverified',
    evidence,
    changedDefinitions,
    feedback: isPassed
      ? null
      : await work.dependencies.blobs.put(await describeFailure(work, seen)),
    ...(first.setup === null ? {} : { setup: first.setup }),
  });
}

/**
 * A check that was red on the base and is green only with changed definitions was made green by them: that it is red without
 * them is no known failure any more.
 */
function withoutPardon(own: readonly Evidence[], item: Evidence): Evidence {
  const { isKnownFailure, ...rest } = item;
  const turnedGreen = own.some((other) => other.check === item.check && isPassing(other));
  return isKnownFailure === true && turnedGreen ? rest : item;
}

/** Nothing changed, and the story has steps of its own: it is satisfied when they and the checks hold on the base. */
async function proveUnchanged(prover: Prover, story: StoryTree): Promise<Proof> {
  const { work, request } = prover;
  const round = await prover.rounds.run(story.tree, 'story');
  if (!round.isReady) return setupFailed(prover, story, round.failure);
  const { evidence, setup } = round;
  const steps = evidence.filter((item) => item.kind === 'verification');
  if (steps.length > 0 && steps.every(isPassing) && evidence.every(isAcceptable)) {
    return proofSchema.parse({
      ...factsOf(story),
      verdict: 'already-satisfied',
      evidence,
      changedDefinitions: [],
      feedback: null,
      ...(setup === null ? {} : { setup }),
    });
  }
  const { baseline = null } = request;
  const seen = { evidence, changedDefinitions: [], baseline, proofLane: prover.proofLane };
  return withoutChange(prover, story, { evidence, remark: await describeFailure(work, seen) });
}

/** A tree that is not worth a check. */
async function refuse({ work }: Prover, story: StoryTree, text: string): Promise<Proof> {
  return proofSchema.parse({
    ...factsOf(story),
    verdict: 'failed',
    evidence: [],
    changedDefinitions: [],
    feedback: await work.dependencies.blobs.put(text),
  });
}

async function withoutChange(
  { work }: Prover,
  story: StoryTree,
  seen: { readonly evidence: readonly Evidence[]; readonly remark: string },
): Promise<Proof> {
  const text =
    'You ended without changing any file. The story needs a change in the repository; do the work, then call story_done.';
  const feedback = await work.dependencies.blobs.put(
    seen.remark === '' ? text : `${text}\n\n${seen.remark}`,
  );
  return proofSchema.parse({
    ...factsOf(story),
    verdict: 'no-change',
    evidence: seen.evidence,
    changedDefinitions: [],
    feedback,
  });
}

async function setupFailed(
  { work }: Prover,
  story: StoryTree,
  failure: Parameters<typeof describeSetupProblem>[0],
): Promise<Proof> {
  return proofSchema.parse({
    ...factsOf(story),
    verdict: 'setup-failed',
    evidence: [],
    changedDefinitions: [],
    feedback: await work.dependencies.blobs.put(describeSetupProblem(failure)),
  });
}

function factsOf({ tree, diff }: StoryTree): Pick<Proof, 'tree' | 'changedFiles'> {
  return { tree, changedFiles: diff.files.map((file) => file.path).slice(0, FILES_LIMIT) };
}

function commandsOf({ checks, verificationSteps = [] }: ProveStoryRequest): string[] {
  const steps = verificationSteps.flatMap((step) => (step.type === 'shell' ? [step.command] : []));
  return [...checks.map((check) => check.command), ...steps];
}
