import { z } from 'zod';
import { blobRefSchema } from '../blob.js';

/** What an input is made of; decides where it may be cut and what may be asked of it. */
export const contentTypeSchema = z.enum([
  'code',
  'logs',
  'conversation',
  'documents',
  'records',
  'mixed',
]);

/** See {@link contentTypeSchema}. */
export type ContentType = z.infer<typeof contentTypeSchema>;

/** How rows of `records` are written. */
export const recordFormatSchema = z.enum(['json', 'jsonl', 'csv', 'tsv', 'yaml']);

/** See {@link recordFormatSchema}. */
export type RecordFormat = z.infer<typeof recordFormatSchema>;

/** A piece of the input that is one blob; it ends with a line but where one line is longer than a block. */
export const contextBlockSchema = z.object({
  ref: blobRefSchema,
  /** Byte at which it begins in the whole input. */
  start: z.number().int().nonnegative(),
  /** Number of its first line, from 1. */
  firstLine: z.number().int().positive(),
  /** Line ends in it. */
  lineEnds: z.number().int().nonnegative(),
});

/** See {@link contextBlockSchema}. */
export type ContextBlock = z.infer<typeof contextBlockSchema>;

/** One file of the input. */
export const contextSourceSchema = z.object({
  name: z.string(),
  /** Where its bytes lie in the whole input. */
  start: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  firstLine: z.number().int().positive(),
});

/** See {@link contextSourceSchema}. */
export type ContextSource = z.infer<typeof contextSourceSchema>;

/** A function, class or method of an input of code. */
export const contextSymbolSchema = z.object({
  name: z.string(),
  /** Lines of the whole input, from 1. */
  line: z.number().int().positive(),
  endLine: z.number().int().positive(),
});

/** See {@link contextSymbolSchema}. */
export type ContextSymbol = z.infer<typeof contextSymbolSchema>;

/** An input as it is stored: UTF-8 text in blocks, and what is known of it. Only grows optional fields. */
export const contextManifestSchema = z.object({
  version: z.literal(1),
  type: contentTypeSchema,
  /** Of `records`; absent where rows are not told apart. */
  format: recordFormatSchema.optional(),
  bytes: z.number().int().nonnegative(),
  /** A last line without an end counts. */
  lines: z.number().int().nonnegative(),
  /** Places that were no UTF-8 and are U+FFFD now. */
  replaced: z.number().int().nonnegative(),
  blocks: z.array(contextBlockSchema),
  sources: z.array(contextSourceSchema),
  symbols: z.array(contextSymbolSchema).optional(),
});

/** See {@link contextManifestSchema}. */
export type ContextManifest = z.infer<typeof contextManifestSchema>;
