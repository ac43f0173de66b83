import { z } from 'zod';
import { blobRefSchema } from '../blob.js';

/** Errors that a cell can catch, by code. */
export const replErrorCodeSchema = z.enum([
  /** The budget or the number of calls does not cover it. */
  'BUDGET',
  /** The prompt is larger than the window of the model. */
  'OVERFLOW',
  /** Recursion is as deep as it may be. */
  'DEPTH',
  /** The provider refused or failed for good. */
  'PROVIDER',
  /** The answer does not fit its schema, also not after it was asked again. */
  'SCHEMA',
  /** A question below ended without an answer. */
  'EXHAUSTED',
  /** The question itself cannot be asked: its schema, its model or its limits are none. */
  'INVALID',
  /** A tool of the host found nothing to do, or failed. */
  'TOOL',
  /** A tool was not passed to this code. */
  'DENIED',
]);

/** See {@link replErrorCodeSchema}. */
export type ReplErrorCode = z.infer<typeof replErrorCodeSchema>;

/** How one request of a cell ended. */
export const settledRequestSchema = z.union([
  /** The answer: text, or JSON where a schema was given. */
  z.object({
    id: z.number().int().nonnegative(),
    ref: blobRefSchema,
    /** What a tool gave: text as it is, no JSON. */
    isText: z.literal(true).optional(),
  }),
  z.object({
    id: z.number().int().nonnegative(),
    code: replErrorCodeSchema,
    message: z.string().max(1000),
  }),
]);

/** See {@link settledRequestSchema}. */
export type SettledRequest = z.infer<typeof settledRequestSchema>;

/** One thing that happened to a REPL. Its state is what comes of all of them in their order. */
export const journalEntrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cell'), code: z.string(), hash: z.string() }),
  z.object({
    kind: z.literal('settled'),
    results: z.array(settledRequestSchema),
    hash: z.string(),
  }),
]);

/** See {@link journalEntrySchema}. */
export type JournalEntry = z.infer<typeof journalEntrySchema>;
