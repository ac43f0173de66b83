import { z } from 'zod';

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
