import { z } from 'zod';
import { scriptNameSchema } from './script-task.js';

/** Characters of a script that stands in a call: the arguments of a call hold no more. */
const LONGEST_SOURCE = 32 * 1024;

/** Arguments of the tool `script`: a program over agents, or the name of one in the repository, and what it is given. */
export const scriptCallSchema = z
  .object({
    source: z.string().min(1).max(LONGEST_SOURCE).optional(),
    name: scriptNameSchema.optional(),
    args: z.unknown().optional(),
  })
  .refine(({ source, name }) => (source === undefined) !== (name === undefined), {
    error: 'give source, or the name of a script of the repository: one of the two',
    path: ['source'],
  });

/** See {@link scriptCallSchema}. */
export type ScriptCallArguments = z.infer<typeof scriptCallSchema>;
