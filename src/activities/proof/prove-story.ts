import { z } from 'zod';
import { defineStep, journaledFields, planned, type StepRequest } from '../lib/step.js';
import {
  describeDenied,
  envelopeSchema,
  isAcceptable,
  isPassing,
  NO_SETUP,
  proofSchema,
  provesSomething,
  baselineSchema,
  canaryModeSchema,
  checkSchema,
  verificationStepSchema,
  workspaceRefSchema,
  workspaceSetupSchema,
  type Evidence,
  type Outside,
  type Proof,
  type ProofFlag,
  type Trial,
} from '../../domain/index.js';
import { openWorkspace, workspaceGit, type WorkspaceFolders } from '../../platform/index.js';
import { hitsIn, withOutside } from './envelope/verdict.js';
import { filesWithMarks } from './conflict-marks.js';
import type { RalphDependencies, RalphWork } from '../workspace/dependencies.js';
import { searchAdded } from './added/search-added.js';
import { describeSecrets } from './added/secret-search.js';
import { changesOutside, describeStrays } from './path-limits.js';
import { givenTree, hindranceOf } from './given-tree.js';
import { describeArtefacts, describeFailure, describeSetupProblem } from './proof-feedback.js';
import { findLeftOut, nameLeftOut } from './left-out.js';
import { outsideDecisions } from './envelope/outside-decisions.js';
import { createProofRounds, existingSchema, headSchema, type ProofRound } from './proof-rounds.js';
import { createSteadyRounds, type SteadyRounds } from './steady-rounds.js';
import { dropCaches, dropStateEdits, takeTree, type StoryTree } from './story-tree.js';
import { findArtefacts } from './trial/definition-surface.js';
import { createSideLanes, type SideLanes } from './trial/side-lanes.js';
import type { TrialOutcome, TrialRequest } from './trial/seen-story.js';
import { tryStory } from './trial/story-trial.js';

const FILES_LIMIT = 200;
const FLAGS_LIMIT = 20;
const PROBLEM_LIMIT = 2000;

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
  /** Commit that a person approved, from which canaries are compared: the start of the run. Absent = `base`. */
  approved: z.string().optional(),
  canaries: canaryModeSchema.optional(),
  /** What becomes of decisions that are not the story's own; absent = they are listed. */
  envelope: envelopeSchema.optional(),
  /** What of them a person said yes to. */
  granted: z.array(z.string().max(450)).max(200).optional(),
  /** Exactly this tree, whatever the lane holds: nothing is dropped, and what cannot be proven as it is fails. */
  tree: z.string().min(1).optional(),
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
  const { dropped, ...story } =
    request.tree === undefined
      ? await takeStory(lane, base, statePaths)
      : { ...(await givenTree(lane, { base, tree: request.tree })), dropped: [] };
  const { setup = NO_SETUP, verificationSteps = [], baseline = null } = request;
  const { key, checks, head, existing } = request;
  const plan = { key, base, checks, verificationSteps, setup, baseline, head, existing };
  const prover: Prover = {
    work,
    request,
    lane,
    proofLane,
    rounds: createSteadyRounds(createProofRounds(work, plan, proofLane)),
    beside: createSideLanes(work, {
      proofLane,
      setup,
      roundsIn: (other) => createProofRounds(work, plan, other),
    }),
  };
  const leftOut = findLeftOut(lane, dropped);
  // It is waited for below; a failure before must not be nobody's.
  leftOut.catch(() => undefined);
  return nameLeftOut(work, await verdictOn(prover, story), await leftOut);
}

/** What the agent left in the lane, without what belongs to the engine or to no commit. */
async function takeStory(
  lane: WorkspaceFolders,
  base: string,
  statePaths: readonly string[],
): ReturnType<typeof dropCaches> {
  const edited = await dropStateEdits(lane, base, { ...(await takeTree(lane, base)), statePaths });
  return dropCaches(lane, base, edited);
}

async function verdictOn(prover: Prover, story: StoryTree): Promise<Proof> {
  const { request, lane } = prover;
  const { verificationSteps = [] } = request;
  const marked = await filesWithMarks(workspaceGit(lane), story.tree, request.conflictFiles ?? []);
  if (marked.length > 0)
    return refuse(prover, story, `These files still have conflict marks: ${marked.join(', ')}.`);
  if (request.tree !== undefined) {
    const hindrance = hindranceOf(story);
    if (hindrance !== undefined) return refuse(prover, story, hindrance);
  }
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
  readonly rounds: SteadyRounds;
  readonly beside: SideLanes;
}

async function proveChange(prover: Prover, story: StoryTree): Promise<Proof> {
  const { request, lane } = prover;
  const added = await searchAdded(lane, { base: request.base, diff: story.diff });
  if (added.secrets.length > 0) return refuse(prover, story, describeSecrets(added.secrets));
  const outside = await outsideDecisions(
    lane,
    { base: request.base, granted: request.granted ?? [] },
    story,
  );
  const denied = hitsIn(request, outside, 'deny');
  if (denied.length > 0) return refuse(prover, { ...story, outside }, describeDenied(denied));
  const proof = await proveAllowed(prover, story, added);
  return withOutside(proof, outside, hitsIn(request, outside, 'park'));
}

async function proveAllowed(
  prover: Prover,
  story: StoryTree,
  added: Awaited<ReturnType<typeof searchAdded>>,
): Promise<Proof> {
  const { request, lane, rounds } = prover;
  const artefacts = await findArtefacts(lane, request.base, story.diff);
  if (artefacts.length > 0) return refuse(prover, story, describeArtefacts(artefacts));
  const first = await rounds.run(story.tree, 'story');
  if (!first.isReady) return setupFailed(prover, story, first.failure);
  const isGreen = first.evidence.every(isAcceptable) && provesSomething(first.evidence);
  const outcome = isGreen
    ? await tryChange(prover, story, { evidence: first.evidence, added })
    : NOT_TRIED;
  if (outcome.setupFailure !== undefined) return setupFailed(prover, story, outcome.setupFailure);
  return verdictOfRounds(prover, story, { first, outcome });
}

interface TriedStory {
  readonly first: Extract<ProofRound, { isReady: true }>;
  readonly outcome: Omit<TrialOutcome, 'trial'> & Partial<Pick<TrialOutcome, 'trial'>>;
}

/** Of a story whose checks are red, or of which none exists. */
const NOT_TRIED: TriedStory['outcome'] = {
  isPassed: true,
  reasons: [],
  evidence: [],
  changedDefinitions: [],
};

async function verdictOfRounds(
  { work, request, proofLane, rounds }: Prover,
  story: StoryTree,
  { first, outcome }: TriedStory,
): Promise<Proof> {
  const { baseline = null } = request;
  const { reasons, changedDefinitions, trial } = outcome;
  const evidence = [...first.evidence, ...outcome.evidence];
  const isPassed = evidence.every(isAcceptable) && outcome.isPassed;
  const seen = { evidence, reasons, baseline, proofLane };
  return proofSchema.parse({
    ...factsOf(story),
    verdict: !isPassed ? 'failed' : provesSomething(evidence) ? 'passed' : 'unverified',
    evidence,
    changedDefinitions,
    feedback: isPassed
      ? null
      : await work.dependencies.blobs.put(await describeFailure(work, seen)),
    ...(first.setup === null ? {} : { setup: first.setup }),
    ...(trial === undefined ? {} : { trial: withFlags(trial, rounds.flags()) }),
  });
}

function withFlags(trial: Trial, flags: readonly ProofFlag[]): Trial {
  return { ...trial, flags: [...flags, ...trial.flags].slice(0, FLAGS_LIMIT) };
}

/** The checks are green: whether that means anything. */
function tryChange(
  { work, request, lane, proofLane, rounds, beside }: Prover,
  story: StoryTree,
  seen: Pick<TrialRequest, 'evidence' | 'added'>,
): ReturnType<typeof tryStory> {
  const { base, approved = base, checks, setup = NO_SETUP, canaries = 'auto' } = request;
  const context = { work, lane, proofLane, rounds, beside, story, ...seen };
  return tryStory({
    ...context,
    base,
    approved,
    checks,
    setup,
    canaries,
    scope: request.key.scope,
    commands: commandsOf(request),
    allowCheckChanges: request.allowCheckChanges,
  });
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
  const seen = { evidence, reasons: [], baseline, proofLane: prover.proofLane };
  return withoutChange(prover, story, { evidence, remark: await describeFailure(work, seen) });
}

/** A tree that is not worth a check. */
async function refuse(
  prover: Prover,
  story: StoryTree & { readonly outside?: Outside | undefined },
  text: string,
): Promise<Proof> {
  return proofSchema.parse({
    ...factsOf(story),
    verdict: 'failed',
    evidence: [],
    changedDefinitions: [],
    feedback: await prover.work.dependencies.blobs.put(text),
    ...(story.outside === undefined ? {} : { outside: story.outside }),
    ...problemFor(prover, text),
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

/** Where no agent gets the feedback, whoever asked has to see why. */
function problemFor({ request }: Prover, text: string): Pick<Proof, 'problem'> {
  if (request.tree === undefined) return {};
  return { problem: text.length <= PROBLEM_LIMIT ? text : `…${text.slice(1 - PROBLEM_LIMIT)}` };
}

async function setupFailed(
  prover: Prover,
  story: StoryTree,
  failure: Parameters<typeof describeSetupProblem>[0],
): Promise<Proof> {
  const text = describeSetupProblem(failure);
  return proofSchema.parse({
    ...factsOf(story),
    verdict: 'setup-failed',
    evidence: [],
    changedDefinitions: [],
    feedback: await prover.work.dependencies.blobs.put(text),
    ...problemFor(prover, text),
  });
}

function factsOf({ tree, diff }: StoryTree): Pick<Proof, 'tree' | 'changedFiles'> {
  return { tree, changedFiles: diff.files.map((file) => file.path).slice(0, FILES_LIMIT) };
}

function commandsOf({ checks, verificationSteps = [] }: ProveStoryRequest): string[] {
  const steps = verificationSteps.flatMap((step) => (step.type === 'shell' ? [step.command] : []));
  return [...checks.map((check) => check.command), ...steps];
}
