import { z } from 'zod';
import { runDocument, type RunRecord } from './run.js';

/** Moments of a run that somebody may be told about. */
export const NOTIFY_EVENTS = ['end', 'waiting', 'paused'] as const;

/** See {@link NOTIFY_EVENTS}. */
export const notifyEventSchema = z.enum(NOTIFY_EVENTS);

/** See {@link NOTIFY_EVENTS}. */
export type NotifyEvent = z.infer<typeof notifyEventSchema>;

/** Who is told about runs, and of what. */
export const notifySettingsSchema = z.object({
  /** https, or http to this machine. */
  webhook: z.string(),
  events: z.array(notifyEventSchema),
});

/** See {@link notifySettingsSchema}. */
export type NotifySettings = z.infer<typeof notifySettingsSchema>;

/** True for an address that may be told about runs: https anywhere, http on this machine only. */
export function isWebhookAddress(url: string): boolean {
  return /^(https:\/\/|http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])([:/?#]|$))/i.test(url);
}

/** What became of a notification; a run never fails because of one. */
export const notificationResultSchema = z.object({
  isSent: z.boolean(),
  /** A sentence for the run's notes when it could not be delivered; else null. */
  note: z.string().nullable(),
});

/** See {@link notificationResultSchema}. */
export type NotificationResult = z.infer<typeof notificationResultSchema>;

/** The body of a webhook: snake_case, without evidence, with the commands that lead further. Pure. */
export function notificationDocument(
  record: RunRecord,
  event: NotifyEvent,
  now: Date,
): Record<string, unknown> {
  const document = runDocument(record, now);
  const keys = [
    'run_id',
    'workflow_id',
    'status',
    'reason',
    'prd_path',
    'branch',
    'base_commit',
    'head_commit',
    'model',
    'totals',
    'failure',
    'notes',
  ];
  return {
    event,
    ...Object.fromEntries(keys.map((key) => [key, document[key]])),
    project: record.project,
    feature: record.feature,
    repository: record.repository,
    started_at: record.startedAt,
    ended_at: record.endedAt,
    stories: record.stories.map(({ story, status, reason, commit, attempts }) => ({
      id: story.id,
      title: story.title,
      status,
      reason,
      commit,
      attempts: attempts.length,
    })),
    standstill: record.standstill ?? null,
    commands: {
      show: `codetether runs show ${record.runId}`,
      report: `codetether ralph report ${record.runId}`,
      diff: `codetether ralph diff ${record.runId}`,
      merge: `codetether ralph merge ${record.runId}`,
    },
  };
}
