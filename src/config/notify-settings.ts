import { z } from 'zod';
import {
  isWebhookAddress,
  NOTIFY_EVENTS,
  type NotifySettings,
  parseQuietHours,
} from '../domain/index.js';

/** Who is told about runs, as files say it. */
export const notifyFile = z
  .strictObject({
    webhook: z
      .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
      .refine(isWebhookAddress, 'expected an https URL; http is for this machine only')
      .optional(),
    /** Program and arguments; no shell reads it. */
    command: z.array(z.string().min(1).max(4096)).min(1).max(50).optional(),
    events: z.array(z.enum(NOTIFY_EVENTS)).min(1).optional(),
    signed: z.boolean().optional(),
    quiet_hours: z
      .string()
      .refine(
        (text) => parseQuietHours(text) !== undefined,
        'expected a span of the day, for example "22:00-07:00"',
      )
      .optional(),
    urgent: z.array(z.enum(NOTIFY_EVENTS)).optional(),
  })
  .refine(
    ({ webhook, command }) => webhook !== undefined || command !== undefined,
    'expected a webhook or a command: otherwise nobody is told',
  )
  .refine(
    ({ webhook, signed }) => signed !== true || webhook !== undefined,
    'signed is about a webhook, and there is none',
  );

/** See `[notify]` of the configuration file. */
export function notifySettings(
  notify: z.infer<typeof notifyFile> | undefined,
): NotifySettings | null {
  if (notify === undefined) return null;
  const { webhook = null, command = null, events = ['end'], signed = false, urgent = [] } = notify;
  const quietHours =
    notify.quiet_hours === undefined ? null : (parseQuietHours(notify.quiet_hours) ?? null);
  return { webhook, command, events, isSigned: signed, quietHours, urgent };
}
