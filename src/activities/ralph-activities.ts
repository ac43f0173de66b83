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
  runRecordSchema,
  stepKeySchema,
  storySchema,
  verificationStepSchema,
  workspaceRefSchema,
  workspaceSetupSchema,
  type Baseline,
  type BlobRef,
  type Proof,
  type RunEvent,
  type StepKey,
} from '../domain/index.js';
import { saveRunRecord, sha256 } from '../platform/index.js';
import { mapFailures } from './failure.js';
import { startHeartbeat } from './heartbeat.js';
import { beginStory } from './ralph/begin-story.js';
import { checkBaseline } from './ralph/check-baseline.js';
import type { RalphDependencies, RalphWork } from './ralph/dependencies.js';
import { requireRoom } from './ralph/free-space.js';
import { landStory, type LandedStory } from './ralph/land-story.js';
import { keepStory, mergeStory } from './ralph/merge-story.js';
import {
  markStoryPassed,
  refreshPrd,
  refreshPrdSchema,
  type PrdRefresh,
} from './ralph/prd-file.js';
import { prepareRun, type PreparedRun } from './ralph/prepare-run.js';
import { appendProgress, progressEntry } from './ralph/progress-file.js';
import { proveMerged } from './ralph/prove-merged.js';
import { proveStory } from './ralph/prove-story.js';

const stepFields = { key: stepKeySchema, runId: z.string(), events: z.array(runEventSchema) };
const personSchema = z.object({ name: z.string(), email: z.string() });

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
const settleStorySchema = z.object({
  runId: z.string(),
  prdPath: z.string(),
  story: storySchema,
  attempt: attemptRecordSchema,
});
const mergedStorySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('clean'), tree: z.string() }),
  z.object({ kind: z.literal('conflict'), tree: z.string(), files: z.array(z.string()) }),
]);
const noteAttemptSchema = z.object({
  runId: z.string(),
  prdPath: z.string(),
  story: storySchema,
  attempt: attemptRecordSchema,
  feedback: blobRefSchema.nullable(),
  /** Text for the next attempt where no proof gives one. */
  feedbackText: z.string().optional(),
});

const preparedRunSchema = z.object({
  lane: workspaceRefSchema,
  proofLane: workspaceRefSchema,
  lanes: z.array(z.object({ lane: workspaceRefSchema, proofLane: workspaceRefSchema })).default([]),
  statePaths: z.array(z.string()),
  sandbox: z.string(),
});
const begunStorySchema = z.object({ prompt: blobRefSchema });
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
  beginStory(input: z.input<typeof beginStorySchema>): Promise<{ prompt: BlobRef }>;
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

/** Small writes of the engine, for local activities. */
export interface RecordActivities {
  /** Replaces the run's record, and appends events. */
  saveRun(input: { record: z.infer<typeof runRecordSchema>; events: RunEvent[] }): Promise<void>;
  appendEvents(input: { runId: string; events: RunEvent[] }): Promise<void>;
  /** Writes an attempt that did not pass to progress.txt; gives the text for the next attempt's prompt. */
  noteAttempt(input: z.infer<typeof noteAttemptSchema>): Promise<{ feedback: BlobRef }>;
  /** For `mergeStories`: the PRD's stories when its text is new, once a problem when that is no valid PRD. */
  refreshPrd(input: z.infer<typeof refreshPrdSchema>): Promise<PrdRefresh>;
  /** Marks a story that needed no change as passed in the PRD and in progress.txt. */
  settleStory(input: z.infer<typeof settleStorySchema>): Promise<{ notes: string[] }>;
  /** Keeps a text for a later prompt. */
  storeText(input: { text: string }): Promise<BlobRef>;
}

/** Runs a step once: its result is read back by a retry. */
type Settle = <Input extends { key: StepKey; runId: string; events: RunEvent[] }, Output>(
  input: Input,
  step: {
    readonly result: z.ZodType<Output>;
    readonly run: (work: RalphWork) => Promise<Output>;
  },
) => Promise<Output>;

function createSettle(dependencies: RalphDependencies): Settle {
  return async (input, step) => {
    const { key, events, runId, ...request } = input;
    await dependencies.events.append(runId, events);
    const heartbeat = startHeartbeat();
    try {
      const settled = await dependencies.journal.settle({
        key,
        digest: sha256(JSON.stringify(request)),
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
        run: async () => {
          await requireRoom(dependencies);
          return prepareRun(dependencies, input);
        },
      });
    },
    async checkBaseline(raw) {
      const input = checkBaselineSchema.parse(raw);
      return settle(input, { result: baselineSchema, run: (work) => checkBaseline(work, input) });
    },
    async beginStory(raw) {
      const input = beginStorySchema.parse(raw);
      return settle(input, {
        result: begunStorySchema,
        run: async (work) => {
          await requireRoom(dependencies);
          return beginStory(work, input.story);
        },
      });
    },
    async proveStory(raw) {
      const input = proveStorySchema.parse(raw);
      return settle(input, { result: proofSchema, run: (work) => proveStory(work, input) });
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
        run: () => landStory(dependencies, input),
      });
    },
    async mergeStory(raw) {
      const input = mergeStorySchema.parse(raw);
      return settle(input, {
        result: mergedStorySchema,
        run: () => mergeStory(dependencies, input),
      });
    },
    async proveMerged(raw) {
      const input = proveMergedSchema.parse(raw);
      return settle(input, { result: proofSchema, run: (work) => proveMerged(work, input) });
    },
    async keepStory(raw) {
      const input = keepStorySchema.parse(raw);
      return settle(input, {
        result: z.object({ branch: z.string() }),
        run: () => keepStory(dependencies, input),
      });
    },
  };
}

/** The record activities over one home. */
export function createRecordActivities(dependencies: RalphDependencies): RecordActivities {
  return mapFailures({
    async saveRun(input) {
      const record = runRecordSchema.parse(input.record);
      await dependencies.events.append(record.runId, z.array(runEventSchema).parse(input.events));
      await saveRunRecord(dependencies.home, record);
    },
    async appendEvents(input) {
      await dependencies.events.append(input.runId, z.array(runEventSchema).parse(input.events));
    },
    async noteAttempt(raw) {
      const input = noteAttemptSchema.parse(raw);
      await appendProgress(input.prdPath, progressEntry({ ...input, commit: null }));
      const feedback =
        input.feedback ??
        (await dependencies.blobs.put(
          input.feedbackText ?? `${input.attempt.reason}\n${input.attempt.summary}`,
        ));
      return { feedback };
    },
    async refreshPrd(raw) {
      const { prdPath, digest } = refreshPrdSchema.parse(raw);
      return refreshPrd(prdPath, digest);
    },
    async settleStory(raw) {
      const { runId, prdPath, story, attempt } = settleStorySchema.parse(raw);
      const { note } = await markStoryPassed(prdPath, story.id, runId);
      await appendProgress(prdPath, progressEntry({ runId, story, attempt, commit: null }));
      return { notes: note === '' ? [] : [note] };
    },
    async storeText({ text }) {
      return dependencies.blobs.put(z.string().parse(text));
    },
  });
}
