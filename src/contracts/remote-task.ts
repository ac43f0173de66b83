import { defineUpdate } from '@temporalio/workflow';
import { z } from 'zod';
import { taskMessageSchema, taskSkillSchema } from '../domain/index.js';

const taskId = z.string().regex(/^[0-9a-hjkmnp-tv-z]{26}$/);

/** Input of `remoteTaskWorkflow`; what was asked lies in the task's file, not in the history. */
export const remoteTaskInputSchema = z.object({
  taskId,
  skill: taskSkillSchema,
  /** One line about it, for lists. */
  title: z.string().max(200),
  hasSearchAttributes: z.boolean(),
});

/** See {@link remoteTaskInputSchema}. */
export type RemoteTaskInput = z.infer<typeof remoteTaskInputSchema>;

/** The run that works on a task, as it was planned; or why there is none. */
export const openedTaskSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('run'),
    workflowType: z.enum(['ralphWorkflow', 'swarmWorkflow', 'rlmWorkflow']),
    workflowId: z.string().max(1000),
    /** Of that workflow, which parses it. */
    input: z.record(z.string(), z.unknown()),
    notes: z.array(z.string().max(2000)).max(100),
  }),
  z.object({
    kind: z.literal('rejected'),
    code: z.string().max(100),
    /** For whoever handed the task in. */
    reason: z.string().max(4000),
  }),
]);

/** See {@link openedTaskSchema}. */
export type OpenedTask = z.infer<typeof openedTaskSchema>;

/** Argument of `tellTask`: what is said to a task. Its parts are words: files come with the task itself. */
export const tellTaskSchema = z.object({
  message: taskMessageSchema.refine(
    ({ parts }) => parts.every((part) => part.kind === 'text' && part.text.length <= 8000),
    'expected text of at most 8000 characters',
  ),
});

/** What people outside may say to an open task. */
export const TASK_UPDATES = {
  tell: defineUpdate<string, [unknown], 'tellTask'>('tellTask'),
} as const;
