import { z } from 'zod';

/** Arguments of the tool `rlm`: a question over files, or a text, that are too large to read. */
export const rlmCallSchema = z.object({
  question: z.string().trim().min(1).max(8000),
  /** Paths of files, relative to the working folder. */
  files: z.array(z.string().min(1).max(1000)).max(200).default([]),
  /** The input itself, in place of files. */
  text: z.string().max(32_000).optional(),
  /** Reading tools that the code may call in the working folder. */
  tools: z
    .array(z.string().max(100))
    .max(20)
    .optional()
    .describe('for its code, such as grep, read_file'),
});

/** Arguments of the tool `recall`: a question about everything that was said and seen in this conversation. */
export const recallCallSchema = z.object({ question: z.string().trim().min(1).max(8000) });

/** What a question of an agent is asked over. */
export const rlmSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('files'), files: z.array(z.string()) }),
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('conversation') }),
]);

/** See {@link rlmSourceSchema}. */
export type RlmSource = z.infer<typeof rlmSourceSchema>;
