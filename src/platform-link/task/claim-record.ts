import { z } from 'zod';
import { taskRequestSchema } from '../../domain/index.js';
import type { TaskEnd } from '../wire/protocol.js';
import { STAGES } from './session.js';

/** The order that is handed in for a task; written down once, so that handing it in again is handing in the same. */
export const orderSchema = taskRequestSchema
  .pick({
    origin: true,
    skill: true,
    place: true,
    model: true,
    autoApprove: true,
    branch: true,
    limits: true,
    message: true,
    platform: true,
  })
  .extend({ contextId: z.string().min(1).max(256).optional() });

const endSchema = z.object({
  status: z.enum(['completed', 'failed', 'cancelled']),
  sessionId: z.string().max(256).optional(),
  result: z.string().max(400_000).optional(),
  error: z.string().max(20_000).optional(),
  facts: z.record(z.string(), z.string()),
  /** The platform took the status; what is left is the release. */
  isTold: z.boolean(),
});

const common = {
  version: z.literal(1),
  /** Id of the platform's task. */
  id: z.string().min(1).max(256),
  title: z.string().max(300),
  /** Which time this task is worked on here, from 1: a platform may give a failed task out again. */
  attempt: z.int().positive(),
  /** Keys under which the task's session is kept; see `sessionKeys`. */
  sessions: z.array(z.string().max(80)).max(8),
  /** What the task is of the work on an issue; absent = it stands alone. */
  flowStage: z.enum(STAGES).optional(),
};

const working = {
  /** Id of the task here, and of its run. */
  taskId: z.string().max(64),
  contextId: z.string().max(256),
  /** Number of the newest update that the platform was told of. */
  posted: z.int().nonnegative(),
};

/**
 * What is known of a task that was asked for, in the order in which it goes through: asked for, ours with its order, handed in, ended,
 * given back. Each is on the disk before the step behind it is made, so that whoever starts again knows what may have happened.
 */
export const claimRecordSchema = z.discriminatedUnion('stage', [
  z.object({ stage: z.literal('claiming'), ...common }),
  z.object({ stage: z.literal('claimed'), ...common, order: orderSchema }),
  z.object({ stage: z.literal('working'), ...common, ...working }),
  z.object({ stage: z.literal('ended'), ...common, end: endSchema }),
  z.object({
    stage: z.literal('released'),
    ...common,
    /** `lost` = the platform gave the task to somebody else. */
    status: z.enum(['completed', 'failed', 'cancelled', 'lost']),
    /** ISO 8601. */
    at: z.string(),
  }),
]);

/** See {@link claimRecordSchema}. */
export type ClaimRecord = z.infer<typeof claimRecordSchema>;

/** A record of one stage. */
export type ClaimAt<Stage extends ClaimRecord['stage']> = Extract<ClaimRecord, { stage: Stage }>;

/** The fields that every stage has. */
export function commonOf(
  record: ClaimRecord,
): Pick<ClaimRecord, 'version' | 'id' | 'title' | 'attempt' | 'sessions' | 'flowStage'> {
  const { version, id, title, attempt, sessions, flowStage } = record;
  return {
    version,
    id,
    title,
    attempt,
    sessions,
    ...(flowStage === undefined ? {} : { flowStage }),
  };
}

/** The record of a task that has ended so; the platform does not know yet. */
export function endedRecord(record: ClaimRecord, end: TaskEnd): ClaimAt<'ended'> {
  const { status, sessionId, result, error, facts } = end;
  return {
    ...commonOf(record),
    stage: 'ended',
    end: { status, sessionId, result, error, facts: { ...facts }, isTold: false },
  };
}

/** See {@link orderSchema}. */
export type StoredOrder = z.infer<typeof orderSchema>;

/** What the tasks of one session of the platform have in common. */
export const sessionSchema = z.object({
  contextId: z.string().min(1).max(256),
  place: taskRequestSchema.shape.place,
  branch: z.string().max(255).optional(),
  /** ISO 8601; the sessions that were used longest ago are forgotten first. */
  at: z.string(),
});

/** See {@link sessionSchema}. */
export type Session = z.infer<typeof sessionSchema>;

/** One that somebody else has now; the attempts that were made here still count. */
export function lostOf(record: ClaimRecord, attempt: number): ClaimRecord {
  const at = new Date().toISOString();
  return { ...commonOf(record), attempt, stage: 'released', status: 'lost', at };
}
