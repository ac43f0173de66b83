import { defineUpdate } from '@temporalio/workflow';
import { z } from 'zod';
import { taskMessageSchema, taskSkillSchema, type TaskArtifact } from '../domain/index.js';

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
export type OpenedTask =
  | {
      readonly kind: 'run';
      readonly workflowType: 'ralphWorkflow' | 'swarmWorkflow' | 'rlmWorkflow';
      readonly workflowId: string;
      /** Of that workflow, which parses it. */
      readonly input: Record<string, unknown>;
      readonly notes: string[];
    }
  | {
      readonly kind: 'rejected';
      readonly code: string;
      /** For whoever handed the task in. */
      readonly reason: string;
    };

/** How the run of a task ended, and what it made. */
export interface ClosedTask {
  readonly state: 'completed' | 'failed' | 'canceled';
  /** For whoever handed it in. */
  readonly text: string;
  readonly artifacts: TaskArtifact[];
}

/** Argument of `tellTask`: what is said to a task. Its parts are words: files come with the task itself. */
export const tellTaskSchema = z.object({
  message: taskMessageSchema.refine(({ parts }) => {
    const words = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
    const { length } = words.join('\n').trim();
    return words.length === parts.length && length > 0 && length <= 8000;
  }, 'expected text of 1 to 8000 characters'),
});

/** What people outside may say to an open task. */
export const TASK_UPDATES = {
  tell: defineUpdate<string, [unknown], 'tellTask'>('tellTask'),
} as const;
