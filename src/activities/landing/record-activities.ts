import { z } from 'zod';
import {
  attemptRecordSchema,
  blobRefSchema,
  runEventSchema,
  runRecordSchema,
  storySchema,
  type BlobRef,
  type RunEvent,
} from '../../domain/index.js';
import { mapFailures } from '../lib/failure.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { markStoryPassed, refreshPrd, refreshPrdSchema, type PrdRefresh } from './prd-file.js';
import { appendProgress, progressEntry } from './progress-file.js';

const settleStorySchema = z.object({
  runId: z.string(),
  prdPath: z.string(),
  story: storySchema,
  attempt: attemptRecordSchema,
});
const noteAttemptSchema = z.object({
  runId: z.string(),
  prdPath: z.string(),
  story: storySchema,
  attempt: attemptRecordSchema,
  feedback: blobRefSchema.nullable(),
  /** Text for the next attempt where no proof gives one. */
  feedbackText: z.string().optional(),
});

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

/** The record activities over one home. */
export function createRecordActivities(dependencies: RalphDependencies): RecordActivities {
  return mapFailures({
    async saveRun(input) {
      const record = runRecordSchema.parse(input.record);
      await dependencies.events.append(record.runId, z.array(runEventSchema).parse(input.events));
      await dependencies.records.save(record);
    },
    async appendEvents(input) {
      await dependencies.events.append(input.runId, z.array(runEventSchema).parse(input.events));
    },
    async noteAttempt(raw) {
      const input = noteAttemptSchema.parse(raw);
      await dependencies.requirePlan(input.runId, { prdPath: input.prdPath });
      await appendProgress(input.prdPath, progressEntry({ ...input, commit: null }));
      const feedback =
        input.feedback ??
        (await dependencies.blobs.put(
          input.feedbackText ?? `${input.attempt.reason}\n${input.attempt.summary}`,
        ));
      return { feedback };
    },
    async refreshPrd(raw) {
      const { runId, prdPath, digest } = refreshPrdSchema.parse(raw);
      await dependencies.requirePlan(runId, { prdPath });
      return refreshPrd(prdPath, digest);
    },
    async settleStory(raw) {
      const { runId, prdPath, story, attempt } = settleStorySchema.parse(raw);
      await dependencies.requirePlan(runId, { prdPath });
      const { note } = await markStoryPassed(prdPath, story.id, runId);
      await appendProgress(prdPath, progressEntry({ runId, story, attempt, commit: null }));
      return { notes: note === '' ? [] : [note] };
    },
    async storeText({ text }) {
      return dependencies.blobs.put(z.string().parse(text));
    },
  });
}
