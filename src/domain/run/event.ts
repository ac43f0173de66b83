import { z } from 'zod';

/** The kinds of durable run events, noun first. Token deltas are not events (design.md section 7). */
export const eventTypeSchema = z.enum([
  'run.start',
  'run.end',
  'run.wait',
  'run.pause',
  'run.resume',
  'run.note',
  'story.start',
  'story.end',
  'story.note',
  'attempt.start',
  'attempt.end',
  'turn.start',
  'model.end',
  'model.switch',
  'tool.start',
  'tool.end',
  'setup.start',
  'setup.end',
  'baseline.start',
  'baseline.end',
  'merge.start',
  'merge.end',
  'check.start',
  'check.end',
  'commit.end',
  'stall.note',
  'question.ask',
  'question.answer',
  'question.default',
  'question.park',
  'compaction.end',
  'permission.ask',
  'permission.answer',
  'permission.deny',
  'wall.reach',
  'hook.end',
  'task.start',
  'task.note',
  'task.message',
  'task.artifact',
  'task.end',
]);

/** See {@link eventTypeSchema}. */
export type EventType = z.infer<typeof eventTypeSchema>;

/** One durable event, numbered by the workflow that raised it: (`source`, `seq`) is unique within a run. */
export const runEventSchema = z.object({
  /** Workflow chain that raised it, the same as a step key's scope. */
  source: z.string(),
  /** From 1, without gaps, per source. */
  seq: z.number().int().positive(),
  type: eventTypeSchema,
  /** ISO 8601, workflow time. */
  at: z.string(),
  story: z.string().optional(),
  attempt: z.number().int().positive().optional(),
  turn: z.number().int().positive().optional(),
  /** One line for people. */
  text: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

/** See {@link runEventSchema}. */
export type RunEvent = z.infer<typeof runEventSchema>;
