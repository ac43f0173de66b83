import { z } from 'zod';
import { blobRefSchema } from '../blob.js';

/** Where a REPL stands in the tree of its question, for those who look for it in a later attempt. */
export const replPlaceSchema = z.object({
  place: z.string().min(1).max(500),
  /** Which attempt at the question it belongs to, from 1. */
  attempt: z.number().int().positive(),
});

/** Which question of which REPL an answer is for. */
export const replQuestionPlaceSchema = replPlaceSchema.extend({
  /** Digest of what was open when it was asked: the journal of a REPL. */
  wave: z.string(),
  id: z.number().int().nonnegative(),
  /** Which call of the question it was, from 1. */
  call: z.number().int().positive(),
});

/**
 * What a worker notes of a REPL while it goes on, so that a question which ends in any way can go on behind it: an answer of the model that
 * writes code, its conversation made shorter, a step of a cell, an answer to a question of one. Only grows optional fields; a version that
 * does not know a kind leaves it out.
 */
export const replNoteSchema = z.discriminatedUnion('kind', [
  replPlaceSchema.extend({
    version: z.literal(1),
    kind: z.literal('reply'),
    /** Digest of the conversation that ends with it. */
    conversation: z.string(),
    /** How the REPL stood before it, and the answer. */
    mark: blobRefSchema,
  }),
  replPlaceSchema.extend({
    version: z.literal(1),
    kind: z.literal('cell'),
    conversation: z.string(),
    /** Everything that happened in the REPL; null = nothing yet. */
    journal: blobRefSchema.nullable(),
    mark: blobRefSchema,
  }),
  replPlaceSchema.extend({
    version: z.literal(1),
    kind: z.literal('compaction'),
    /** Digest of the conversation that was too long. */
    conversation: z.string(),
    /** The one that stands for it. */
    mark: blobRefSchema,
  }),
  replQuestionPlaceSchema.extend({
    version: z.literal(1),
    kind: z.literal('answer'),
    /** Null = it did not fit its schema. */
    answer: blobRefSchema.nullable(),
    /** The same as text. */
    text: blobRefSchema.nullable(),
    /** What was said, and what is wrong with it; null where it fits. */
    misfit: blobRefSchema.nullable(),
  }),
]);

/** See {@link replNoteSchema}. */
export type ReplNote = z.infer<typeof replNoteSchema>;
