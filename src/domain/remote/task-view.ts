import { z } from 'zod';
import {
  taskArtifactSchema,
  taskMessageSchema,
  taskSkillSchema,
  taskStateSchema,
} from './remote-task.js';
import { taskOptionsSchema } from './task-options.js';

/** What each update has. */
const common = {
  /** Grows from update to update of a task, the same for everybody who looks; also the cursor to go on behind it. */
  seq: z.number().int().positive(),
  /** ISO 8601. */
  at: z.string(),
};

/** One change that those who watch a task are told of. */
export const taskUpdateSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('status'),
    ...common,
    state: taskStateSchema,
    /** One line or a question, for people; null = nothing to say. */
    text: z.string().nullable(),
    /** What an answer is to say, where one is asked for. */
    options: z.array(z.string()).optional(),
  }),
  z.object({ kind: z.literal('artifact'), ...common, artifact: taskArtifactSchema }),
  z.object({ kind: z.literal('message'), ...common, message: taskMessageSchema }),
]);

/** See {@link taskUpdateSchema}. */
export type TaskUpdate = z.infer<typeof taskUpdateSchema>;

/** A task as it stands, for those who ask: made of its request and its updates. */
export const taskViewSchema = z.object({
  taskId: z.string(),
  contextId: z.string(),
  skill: taskSkillSchema,
  state: taskStateSchema,
  /** See `text` of an update. */
  text: z.string().nullable(),
  /** When the state was entered, ISO 8601. */
  at: z.string(),
  createdAt: z.string(),
  /** What it was started with; absent in what older versions kept. */
  options: taskOptionsSchema.optional(),
  /** What both sides said, oldest first; the first is what the task was handed in with. */
  history: z.array(taskMessageSchema).readonly(),
  artifacts: z.array(taskArtifactSchema).readonly(),
  /** Number of the newest update; 0 = none yet. */
  cursor: z.number().int().nonnegative(),
});

/** See {@link taskViewSchema}. */
export type TaskView = Readonly<z.infer<typeof taskViewSchema>>;
