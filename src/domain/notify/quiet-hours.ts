import { z } from 'zod';

const MINUTES_OF_HOUR = 60;

/** A span of every day, in minutes after midnight, local time; it may pass midnight. `from` is in it, `to` is not. */
export const quietHoursSchema = z.object({
  from: z.number().int().min(0).max(1439),
  to: z.number().int().min(0).max(1439),
});

/** See {@link quietHoursSchema}. */
type QuietHours = z.infer<typeof quietHoursSchema>;

/** Reads `22:00-07:00`; undefined when it is no span of a day. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match === null) return undefined;
  const [, fromHour, fromMinute, toHour, toMinute] = match.map(Number);
  const from = minutes(fromHour, fromMinute);
  const to = minutes(toHour, toMinute);
  return from === to ? undefined : { from, to };
}

function minutes(hour = 0, minute = 0): number {
  return hour * MINUTES_OF_HOUR + minute;
}

/** The end of the quiet hours that `now` lies in; null when it lies in none. */
export function quietUntil({ from, to }: QuietHours, now: Date): Date | null {
  const minute = minutes(now.getHours(), now.getMinutes());
  const isWithin = from < to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!isWithin) return null;
  const end = new Date(now);
  end.setHours(Math.floor(to / MINUTES_OF_HOUR), to % MINUTES_OF_HOUR, 0, 0);
  if (end.getTime() <= now.getTime()) end.setDate(end.getDate() + 1);
  return end;
}
