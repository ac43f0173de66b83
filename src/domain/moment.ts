const DURATION = /^(\d+(?:\.\d+)?)(s|m|h|d)$/;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)$/;

/** Milliseconds of `90s`, `30m`, `8h` or `2d`; undefined when the text is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null) return undefined;
  const unit = match[2] as keyof typeof UNIT_MS;
  return Number(match[1]) * UNIT_MS[unit];
}

/**
 * A moment as people write it: a time of day (`07:00`, the next one in local time), a duration from `now` (`8h`) or
 * ISO 8601. Undefined when the text is none of these.
 */
export function parseMoment(text: string, now: Date): Date | undefined {
  const wanted = text.trim();
  const duration = parseDuration(wanted);
  if (duration !== undefined) return new Date(now.getTime() + duration);
  const clock = CLOCK.exec(wanted);
  if (clock !== null) {
    const moment = new Date(now);
    moment.setHours(Number(clock[1]), Number(clock[2]), 0, 0);
    // setDate, not 24 hours: the clock may change in the night.
    if (moment.getTime() <= now.getTime()) moment.setDate(moment.getDate() + 1);
    return moment;
  }
  const time = /^\d{4}-\d{2}-\d{2}/.test(wanted) ? Date.parse(wanted) : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time);
}
