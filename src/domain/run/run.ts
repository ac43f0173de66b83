import { z } from 'zod';

/** Where a run stands (design.md section 4, point 12). */
export const runStatusSchema = z.enum([
  'running',
  'waiting',
  'paused',
  'passed',
  'failed',
  'cancelled',
  // the dependencies of the untouched base could not be prepared: nothing was paid
  'setup_failed',
]);

/** See {@link runStatusSchema}. */
export type RunStatus = z.infer<typeof runStatusSchema>;

/** Why a run stands still. */
export const standstillSchema = z.object({
  kind: z.enum(['paused', 'waiting']),
  reason: z.string(),
  since: z.string(),
  /** Next try, ISO 8601; null when it waits for a person. */
  until: z.string().nullable(),
});

/** What the durable record of a run of any kind says: the answer about ended runs, independent of Temporal's retention. Only grows optional fields. */
export const runSchema = z.object({
  version: z.literal(1),
  runId: z.string(),
  workflowId: z.string(),
  status: runStatusSchema,
  reason: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  notes: z.array(z.string()),
  /** What ended the run before its work was done: an infrastructure fault, or an input that turned out to be bad. */
  failure: z
    .object({
      code: z.string(),
      message: z.string(),
      /** What the command ends with; absent = 3. */
      exitCode: z.number().int().optional(),
    })
    .nullable(),
  /** Why the run stands still, and since when; null or absent while it works. */
  standstill: standstillSchema.nullable().optional(),
  /** True for a record that was cut to travel in a message: the whole one is on disk. */
  isCut: z.boolean().optional(),
});

/** True for a status that no longer changes by itself. */
export function isEnded(status: RunStatus): boolean {
  return ['passed', 'failed', 'cancelled', 'setup_failed'].includes(status);
}
