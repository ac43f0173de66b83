import { z } from 'zod';
import {
  askedPersonSchema,
  continuedCallSchema,
  pictureSchema,
  seenFileSchema,
} from '../domain/index.js';
import type { ToolOutput } from './tool.js';

const storedOutputSchema = z.object({
  text: z.string(),
  isError: z.boolean(),
  pictures: z.array(pictureSchema).optional(),
  seen: z.array(seenFileSchema).optional(),
  progress: z.array(z.string()).optional(),
  exitCode: z.int().optional(),
  skill: z.string().optional(),
  sandbox: z.string().optional(),
  asks: askedPersonSchema.optional(),
  continues: continuedCallSchema.optional(),
});

/** An output that was written down as JSON before the process died that knew it. Throws ZodError for what is none. */
export function storedOutput(stored: unknown): ToolOutput {
  const { pictures, seen, progress, exitCode, skill, sandbox, asks, continues, ...output } =
    storedOutputSchema.parse(stored);
  return {
    ...output,
    ...(pictures === undefined ? {} : { pictures }),
    ...(seen === undefined ? {} : { seen }),
    ...(progress === undefined ? {} : { progress }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(skill === undefined ? {} : { skill }),
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(asks === undefined ? {} : { asks }),
    ...(continues === undefined ? {} : { continues }),
  };
}
