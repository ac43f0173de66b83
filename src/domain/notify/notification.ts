import { z } from 'zod';
import type { EventType, RunEvent } from '../run/event.js';
import { isProviderLimit } from '../run/limit-rule.js';
import { quietHoursSchema } from './quiet-hours.js';

/**
 * Moments of a run that somebody may be told about: its end, all of it waiting, it paused; a story that is done or is stuck; an agent
 * that asks; a budget that is used up; a provider's limit that is waited out.
 */
export const NOTIFY_EVENTS = [
  'end',
  'waiting',
  'paused',
  'story',
  'blocked',
  'question',
  'budget',
  'limit',
] as const;

/** See {@link NOTIFY_EVENTS}. */
export const notifyEventSchema = z.enum(NOTIFY_EVENTS);

/** See {@link NOTIFY_EVENTS}. */
export type NotifyEvent = z.infer<typeof notifyEventSchema>;

/** Name of the key in Vault that messages are signed by. */
export const NOTIFY_SECRET = 'notify';

/** Who is told about runs, of what, and when not. */
export const notifySettingsSchema = z.object({
  /** https, or http to this machine; null = none. */
  webhook: z.string().nullable(),
  /** Program and arguments that get the message on standard input; null = none. */
  command: z.array(z.string()).nullable().default(null),
  events: z.array(notifyEventSchema),
  /** Posts are signed by the key `notify` of Vault. */
  isSigned: z.boolean().default(false),
  /** Local time in which nobody is told; null = never. */
  quietHours: quietHoursSchema.nullable().default(null),
  /** Events that are told in quiet hours too. */
  urgent: z.array(notifyEventSchema).default([]),
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

/** A message that is on its way, as it lies on disk until it arrived. */
export const noticeSchema = z.object({
  version: z.literal(1),
  /** The same for the same moment of the same run: 32 hex digits. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  event: z.enum([...NOTIFY_EVENTS, 'digest', 'test']),
  runId: z.string().nullable(),
  /** ISO 8601. */
  at: z.string(),
  /** Fields in snake_case. */
  body: z.record(z.string(), z.unknown()),
});

/** See {@link noticeSchema}. */
export type Notice = z.infer<typeof noticeSchema>;

/** What an event of a run tells people. */
interface Telling {
  readonly event: NotifyEvent;
  readonly story: string | null;
  readonly text: string;
}

const LONGEST_TEXT = 4000;
/** Stories that need a person before they go on. */
const STUCK: readonly unknown[] = ['blocked', 'failed'];

/** What people are told by an event; undefined = nothing, or the run tells it itself. Pure. */
export function tellingOf(event: RunEvent): Telling | undefined {
  const kind = KINDS[event.type]?.(event);
  if (kind === undefined) return undefined;
  const whole = event.data?.['question'];
  const text = typeof whole === 'string' ? whole : (event.text ?? '');
  return {
    event: kind,
    story: event.story ?? null,
    text: text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)} …` : text,
  };
}

/** By type of event; what is not here tells nothing. */
const KINDS: Partial<Record<EventType, (event: RunEvent) => NotifyEvent | undefined>> = {
  'question.ask': () => 'question',
  'permission.ask': () => 'question',
  'story.end': ({ data }) => endOf(data?.['status']),
  'run.pause': ({ text = '' }) => (isBudgetReason(text) ? 'budget' : undefined),
  'run.wait': ({ data }) => (isProviderLimit(data?.['code']) ? 'limit' : undefined),
};

function endOf(status: unknown): NotifyEvent | undefined {
  if (status === 'passed') return 'story';
  return STUCK.includes(status) ? 'blocked' : undefined;
}

/** True for the words by which a run says that a limit of its own is reached. */
export function isBudgetReason(reason: string): boolean {
  return reason.startsWith('the budget of ');
}
