import { z } from 'zod';
import { runStatusSchema } from '../../domain/index.js';
import { lineCommentSchema } from '../../report/index.js';

/** Run ids are ULIDs in lower case. */
export const boardRunSchema = z.string().regex(/^[0-9a-hjkmnp-tv-z]{26}$/);

/** A story's id in a path. */
export const boardStorySchema = z.string().min(1).max(200);

/** Query of the list of runs. */
export const overviewSchema = z.strictObject({
  q: z.string().max(200).default(''),
  state: runStatusSchema.optional(),
});

/** Offset in the log of a run's events, in a header or a query. */
export const offsetSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Query of a diff. */
export const diffSchema = z.strictObject({ story: boardStorySchema.optional() });

/** Query of a report. */
export const reportSchema = z.strictObject({
  format: z.enum(['markdown', 'html']).default('markdown'),
});

/** Body of requests that say nothing more. */
export const nothingSchema = z.strictObject({});

/** Body of a pause. */
export const pauseSchema = z.strictObject({ reason: z.string().max(500).default('') });

const most = z.number().positive().max(1_000_000_000_000);

/** Body of a resume: new totals of the limits that are given. */
export const resumeSchema = z.strictObject({
  budget_usd: most.optional(),
  budget_tokens: most.int().optional(),
  max_calls: most.int().optional(),
});

const words = z.string().min(1).max(8000);

/** Body of an answer; with the call that asks it is good for that one alone. */
export const answerSchema = z.strictObject({
  text: words,
  call: z.string().max(200).optional(),
});

/** Body of a word to agents. */
export const saySchema = z.strictObject({ text: words, story: boardStorySchema });

/** Body of a request for changes: comments on lines, words about the whole, or both. */
export const changesSchema = z
  .strictObject({
    comments: z.array(lineCommentSchema).max(50).default([]),
    note: z.string().max(4000).default(''),
  })
  .refine(({ comments, note }) => comments.length > 0 || note.trim() !== '', {
    message: 'expected a comment or a note',
    path: ['comments'],
  });
