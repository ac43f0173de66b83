import { Context } from '@temporalio/activity';
import { z } from 'zod';
import { storyInputSchema } from '../contracts/index.js';
import {
  attemptRecordSchema,
  baselineSchema,
  blobRefSchema,
  checkSchema,
  modelReferenceSchema,
  NO_SETUP,
  proofSchema,
  runEventSchema,
  stepKeySchema,
  storySchema,
  verificationStepSchema,
  workspaceRefSchema,
  workspaceSetupSchema,
  type Baseline,
  type PlanClaim,
  type Proof,
  type RunEvent,
  type StepKey,
} from '../domain/index.js';
import type { StepIdentity } from '../platform/index.js';
import { mapFailures } from './lib/failure.js';
import { startHeartbeat } from './lib/heartbeat.js';
import { beginStory, type BegunStory } from './workspace/begin-story.js';
import { checkBaseline } from './proof/check-baseline.js';
import type { RalphDependencies, RalphWork } from './workspace/dependencies.js';
import { requireRoom } from './workspace/free-space.js';
import { landStory, type LandedStory } from './landing/land-story.js';
import { keepStory, mergeStory } from './landing/merge-story.js';
import { prepareRun, type PreparedRun } from './workspace/prepare-run.js';
import { proveMerged } from './proof/prove-merged.js';
import { proveStory } from './proof/prove-story.js';

const stepFields = { key: stepKeySchema, runId: z.string(), events: z.array(runEventSchema) };
const personSchema = z.object({ name: z.string(), email: z.string() });

/** What git shows in a proof lane; absent in inputs of earlier versions. */
const headSchema = z.object({ branch: z.string(), author: personSchema, subject: z.string() });

const prepareRunSchema = z.object({
  ...stepFields,
  repository: z.string(),
  workdir: z.string(),
  prdPath: z.string(),
  baseCommit: z.string(),
  /** Stories worked on at once: as many lanes with proof lanes. */
  lanes: z.number().int().min(1).default(1),
  setup: workspaceSetupSchema.default(NO_SETUP),
});
const checkBaselineSchema = z.object({
  ...stepFields,
  proofLane: workspaceRefSchema,
  base: z.string(),
  checks: z.array(checkSchema),
  setup: workspaceSetupSchema,
  head: headSchema.optional(),
});
const beginStorySchema = z.object({
  ...stepFields,
  lane: workspaceRefSchema,
  base: z.string(),
  story: storyInputSchema,
});
const proveStorySchema = z.object({
  ...stepFields,
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
  /** Files that had conflict marks when the agent began. */
  conflictFiles: z.array(z.string()).default([]),
  /** The only files and folders that the story may change; absent = all. */
  paths: z.array(z.string()).optional(),
  head: headSchema.optional(),
});
const landStorySchema = z.object({
  ...stepFields,
  repository: z.string(),
  branch: z.string(),
  prdPath: z.string(),
  story: storySchema,
  attempt: attemptRecordSchema,
  model: modelReferenceSchema,
  author: personSchema,
  parent: z.string(),
  tree: z.string().min(1),
  committedAt: z.string(),
  /** False for a story that was committed without any check: the PRD does not say `passes` then. */
  isVerified: z.boolean().default(true),
});
const mergeStorySchema = z.object({
  ...stepFields,
  repository: z.string(),
  story: storySchema,
  base: z.string(),
  head: z.string(),
  tree: z.string().min(1),
});
const proveMergedSchema = z.object({
  ...stepFields,
  proofLane: workspaceRefSchema,
  /** The run's head, on which the merged tree will be committed. */
  base: z.string(),
  tree: z.string().min(1),
  checks: z.array(checkSchema),
  verificationSteps: z.array(verificationStepSchema),
  setup: workspaceSetupSchema,
  baseline: baselineSchema.nullable(),
  head: headSchema.optional(),
});
const keepStorySchema = z.object({
  ...stepFields,
  repository: z.string(),
  /** Branch of the run; the story's is named after it. */
  branch: z.string(),
  story: storySchema,
  attempt: attemptRecordSchema,
  model: modelReferenceSchema,
  author: personSchema,
  base: z.string(),
  tree: z.string().min(1),
  committedAt: z.string(),
});
const mergedStorySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('clean'), tree: z.string() }),
  z.object({ kind: z.literal('conflict'), tree: z.string(), files: z.array(z.string()) }),
]);
const preparedRunSchema = z.object({
  lane: workspaceRefSchema,
  proofLane: workspaceRefSchema,
  lanes: z.array(z.object({ lane: workspaceRefSchema, proofLane: workspaceRefSchema })).default([]),
  statePaths: z.array(z.string()),
  sandbox: z.string(),
  notes: z.array(z.string()).optional(),
});
const begunStorySchema = z.object({
  prompt: blobRefSchema,
  /** The agent's prompt and tool schemas, as they stay for the whole attempt; absent where an earlier version began it. */
  frozen: z.object({ prompt: blobRefSchema, toolset: blobRefSchema }).optional(),
});
const landedStorySchema = z.object({
  commit: z.string(),
  branch: z.string(),
  notes: z.array(z.string()),
});

/** Git and file work of a Ralph run; every activity is idempotent by its step key. */
export interface RalphActivities {
  /** Bare clone, run ref, lanes. Fails with `ERR_BASE_COMMIT_MISSING`, `ERR_DISK_FULL`. */
  prepareRun(input: z.input<typeof prepareRunSchema>): Promise<PreparedRun>;
  /**
   * Set-up and checks on the untouched base, before anything is paid. Fails with `ERR_SETUP_FAILED` (not retried); red
   * checks are an answer.
   */
  checkBaseline(input: z.infer<typeof checkBaselineSchema>): Promise<Baseline>;
  /** Clean lane and the agent's task. Fails with `ERR_DISK_FULL` below the floor. */
  beginStory(input: z.input<typeof beginStorySchema>): Promise<BegunStory>;
  /** The engine's verdict about exactly one tree. */
  proveStory(input: z.input<typeof proveStorySchema>): Promise<Proof>;
  /** Commit by compare-and-swap, publication, PRD and progress file. Fails with `ERR_REF_MOVED`, `ERR_PUBLISH_FAILED`. */
  landStory(input: z.input<typeof landStorySchema>): Promise<LandedStory>;
  /** A proven story merged with what landed since its base; moves nothing. */
  mergeStory(input: z.infer<typeof mergeStorySchema>): Promise<z.infer<typeof mergedStorySchema>>;
  /** The checks on a merged tree. */
  proveMerged(input: z.infer<typeof proveMergedSchema>): Promise<Proof>;
  /** Keeps work that could not be merged on a branch of its own. */
  keepStory(input: z.infer<typeof keepStorySchema>): Promise<{ branch: string }>;
}

/** Runs a step once: its result is read back by a retry. */
type Settle = <Input extends { key: StepKey; runId: string; events: RunEvent[] }, Output>(
  input: Input,
  step: {
    readonly result: z.ZodType<Output>;
    /** See `JournaledStep.identity`. */
    readonly identity: StepIdentity;
    readonly run: (work: RalphWork) => Promise<Output>;
    /** What the caller says that the run's plan decides. */
    readonly claim: PlanClaim;
  },
) => Promise<Output>;

function createSettle(dependencies: RalphDependencies): Settle {
  return async (input, step) => {
    await dependencies.requirePlan(input.runId, step.claim);
    await dependencies.events.append(input.runId, input.events);
    const heartbeat = startHeartbeat();
    try {
      const settled = await dependencies.journal.settle({
        key: input.key,
        identity: step.identity,
        parse: (stored) => step.result.parse(stored),
        run: () =>
          step.run({ dependencies, heartbeat, signal: Context.current().cancellationSignal }),
      });
      return settled.result;
    } finally {
      heartbeat.stop();
    }
  };
}

/** The Ralph activities over one home. */
export function createRalphActivities(dependencies: RalphDependencies): RalphActivities {
  const settle = createSettle(dependencies);
  return mapFailures({
    async prepareRun(raw) {
      const input = prepareRunSchema.parse(raw);
      return settle(input, {
        result: preparedRunSchema,
        identity: { repository: input.repository, base: input.baseCommit },
        claim: planned(input, ['repository', 'workdir', 'prdPath', 'setup']),
        run: async () => {
          await requireRoom(dependencies);
          return prepareRun(dependencies, input);
        },
      });
    },
    async checkBaseline(raw) {
      const input = checkBaselineSchema.parse(raw);
      return settle(input, {
        result: baselineSchema,
        identity: { lane: input.proofLane.id, base: input.base },
        claim: planned(input, ['checks', 'setup']),
        run: (work) => checkBaseline(work, input),
      });
    },
    async beginStory(raw) {
      const input = beginStorySchema.parse(raw);
      return settle(input, {
        result: begunStorySchema,
        identity: {
          lane: input.lane.id,
          base: input.base,
          story: input.story.story.id,
          attempt: input.story.attempt,
        },
        claim: planned(input.story, ['checks', 'setup', 'prdPath']),
        run: async (work) => {
          await requireRoom(dependencies);
          return beginStory(work, input.story);
        },
      });
    },
    async proveStory(raw) {
      const input = proveStorySchema.parse(raw);
      return settle(input, {
        result: proofSchema,
        identity: { lane: input.lane.id, base: input.base },
        claim: planned(input, ['checks', 'setup']),
        run: (work) => proveStory(work, input),
      });
    },
    ...createMergeActivities(dependencies, settle),
  });
}

/** What happens to a proven story. */
function createMergeActivities(
  dependencies: RalphDependencies,
  settle: Settle,
): Pick<RalphActivities, 'landStory' | 'mergeStory' | 'proveMerged' | 'keepStory'> {
  return {
    async landStory(raw) {
      const input = landStorySchema.parse(raw);
      return settle(input, {
        result: landedStorySchema,
        identity: { ...landingIdentity(input), parent: input.parent },
        claim: planned(input, ['repository', 'prdPath']),
        run: () => landStory(dependencies, input),
      });
    },
    async mergeStory(raw) {
      const input = mergeStorySchema.parse(raw);
      return settle(input, {
        result: mergedStorySchema,
        identity: {
          story: input.story.id,
          base: input.base,
          head: input.head,
          tree: input.tree,
        },
        claim: planned(input, ['repository']),
        run: () => mergeStory(dependencies, input),
      });
    },
    async proveMerged(raw) {
      const input = proveMergedSchema.parse(raw);
      return settle(input, {
        result: proofSchema,
        identity: { base: input.base, tree: input.tree },
        claim: planned(input, ['checks', 'setup']),
        run: (work) => proveMerged(work, input),
      });
    },
    async keepStory(raw) {
      const input = keepStorySchema.parse(raw);
      return settle(input, {
        result: z.object({ branch: z.string() }),
        identity: { ...landingIdentity(input), base: input.base },
        claim: planned(input, ['repository']),
        run: () => keepStory(dependencies, input),
      });
    },
  };
}

/** The parts of an input that the run's plan decides. */
function planned(input: PlanClaim, fields: readonly (keyof PlanClaim)[]): PlanClaim {
  return Object.fromEntries(fields.map((field) => [field, input[field]]));
}

function landingIdentity(input: {
  readonly branch: string;
  readonly story: { readonly id: string };
  readonly tree: string;
}): StepIdentity {
  return { branch: input.branch, story: input.story.id, tree: input.tree };
}
