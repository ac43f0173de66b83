import { z } from 'zod';
import { blobRefSchema } from '../blob.js';
import { workspaceRefSchema } from '../workspace.js';
import { NO_SETUP, workspaceSetupSchema } from '../workspace-setup.js';
import { subtaskSchema } from './subtask.js';

/** What the agent of a subtask is told, and where it works: everything that its lane and its first message are made of. */
export const subtaskBeginSchema = z.object({
  subtask: subtaskSchema,
  attempt: z.number().int().positive(),
  /** The task of the whole swarm; its beginning where `taskRef` has all of it. */
  task: z.string(),
  taskRef: blobRefSchema.optional(),
  /** Ids and titles of others, so that nobody does their work. */
  others: z.array(z.object({ id: z.string(), title: z.string() })),
  /** What the subtask builds on. */
  results: z.array(
    z.object({
      id: z.string(),
      conversation: blobRefSchema.nullable(),
      /** The first of them. */
      files: z.array(z.string()),
      /** All of them; absent = `files` has all. */
      fileCount: z.number().int().nonnegative().optional(),
    }),
  ),
  /** Results beside these. */
  resultsLeft: z.number().int().nonnegative().default(0),
  /** Why the attempt before did not do; empty on the first. */
  feedback: z.string(),
  /** Where it works; null without files. */
  place: z
    .object({
      lane: workspaceRefSchema,
      base: z.string(),
      /** What the swarm started from: nobody has checked what landed since. */
      proven: z.string(),
      branch: z.string(),
      author: z.object({ name: z.string(), email: z.string() }),
    })
    .nullable(),
  setup: workspaceSetupSchema.default(NO_SETUP),
  /** What people defined for the run's agents; absent = nothing. */
  definitions: blobRefSchema.optional(),
});

/** See {@link subtaskBeginSchema}. */
export type SubtaskBegin = z.infer<typeof subtaskBeginSchema>;
