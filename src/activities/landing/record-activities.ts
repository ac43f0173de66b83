import { z } from 'zod';
import {
  attemptRecordSchema,
  blobRefSchema,
  runEventSchema,
  runRecordSchema,
  storySchema,
} from '../../domain/index.js';
import { markStoryInFile } from '../../platform/index.js';
import { bindSteps, defineStep, journaledFields, planned, type Activities } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { markStoryPassed, refreshPrd as readPrdAgain, refreshPrdSchema } from './prd-file.js';
import { appendProgress, progressEntry } from './progress-file.js';

const { runId, events } = journaledFields;

/** Replaces the run's record, and appends events. */
const saveRun = defineStep<RalphDependencies>()({
  input: z.object({ record: runRecordSchema, events: z.array(runEventSchema) }),
  async run({ record, events: pending }, { dependencies }): Promise<void> {
    await dependencies.events.append(record.runId, pending);
    await dependencies.records.save(record);
  },
});

/** Appends events alone; the shell has done it. */
const appendEvents = defineStep<RalphDependencies>()({
  input: z.object({ runId, events }),
  run: async (): Promise<void> => undefined,
});

/** Writes an attempt that did not pass to progress.txt; gives the text for the next attempt's prompt. */
const noteAttempt = defineStep<RalphDependencies>()({
  input: z.object({
    runId,
    prdPath: z.string(),
    story: storySchema,
    attempt: attemptRecordSchema,
    feedback: blobRefSchema.nullable(),
    /** Text for the next attempt where no proof gives one. */
    feedbackText: z.string().optional(),
    /** What a person wants changed, said again to each further attempt; absent = nothing. */
    asked: z.string().max(40_000).optional(),
  }),
  claim: (input) => planned(input, ['prdPath']),
  async run(input, { dependencies }) {
    await appendProgress(input.prdPath, progressEntry({ ...input, commit: null }));
    const text = input.feedbackText ?? `${input.attempt.reason}\n${input.attempt.summary}`;
    const { blobs } = dependencies;
    if (input.asked === undefined) return { feedback: input.feedback ?? (await blobs.put(text)) };
    const missing = input.feedback === null ? text : await blobs.getText(input.feedback);
    return { feedback: await blobs.put(`${input.asked}\n\n${missing}`) };
  },
});

/** For `mergeStories`: the PRD's stories when its text is new, once a problem when that is no valid PRD. */
const refreshPrd = defineStep<RalphDependencies>()({
  input: refreshPrdSchema,
  claim: (input) => planned(input, ['prdPath']),
  run: ({ prdPath, digest }) => readPrdAgain(prdPath, digest),
});

/** Marks a story that needed no change as passed in the PRD and in progress.txt. */
const settleStory = defineStep<RalphDependencies>()({
  input: z.object({
    runId,
    prdPath: z.string(),
    story: storySchema,
    attempt: attemptRecordSchema,
  }),
  claim: (input) => planned(input, ['prdPath']),
  async run(input): Promise<{ notes: string[] }> {
    const { note } = await markStoryPassed(input.prdPath, input.story.id, input.runId);
    await appendProgress(input.prdPath, progressEntry({ ...input, commit: null }));
    return { notes: note === '' ? [] : [note] };
  },
});

/** Marks a story as open in the PRD that passed, and is done again. */
const reopenStory = defineStep<RalphDependencies>()({
  input: z.object({ runId, prdPath: z.string(), storyId: z.string() }),
  claim: (input) => planned(input, ['prdPath']),
  async run({ prdPath, storyId }): Promise<{ notes: string[] }> {
    const mark = await markStoryInFile(prdPath, { storyId, passes: false });
    if (mark.kind !== 'refused') return { notes: [] };
    return { notes: [`${storyId} is open again, but ${prdPath} does not say so (${mark.reason})`] };
  },
});

/** Keeps a text for a later prompt. */
const storeText = defineStep<RalphDependencies>()({
  input: z.object({ text: z.string() }),
  run: ({ text }, { dependencies }) => dependencies.blobs.put(text),
});

const steps = {
  saveRun,
  appendEvents,
  noteAttempt,
  refreshPrd,
  settleStory,
  reopenStory,
  storeText,
};

/** Small writes of the engine, for local activities. */
export type RecordActivities = Activities<typeof steps>;

/** The record activities over one home. */
export function createRecordActivities(dependencies: RalphDependencies): RecordActivities {
  return bindSteps(dependencies, steps);
}
