import { InvalidInputError } from '../../domain/index.js';

/** Counts what each caller starts. */
export interface StartRate {
  /**
   * Takes one start of the caller's minute; a message that comes again starts nothing. Throws `ERR_TOO_MANY_STARTS` (429) when the
   * minute is used up.
   */
  take(caller: string, messageId: string): void;
}

const MINUTE_MS = 60_000;

/** At most `perMinute` starts of a caller in any 60 s, counted in this process. */
export function createStartRate(perMinute: number, now: () => number = Date.now): StartRate {
  const starts = new Map<string, { readonly at: number; readonly messageId: string }[]>();
  return {
    take(caller, messageId) {
      const at = now();
      const recent = (starts.get(caller) ?? []).filter((start) => at - start.at < MINUTE_MS);
      starts.set(caller, recent);
      if (recent.some((start) => start.messageId === messageId)) return;
      const [first] = recent;
      if (first !== undefined && recent.length >= perMinute) {
        const retryAfterS = Math.max(1, Math.ceil((first.at + MINUTE_MS - at) / 1000));
        throw new InvalidInputError('ERR_TOO_MANY_STARTS', {
          message: `this token started ${perMinute} tasks within a minute`,
          hint: `wait ${retryAfterS} s; [serve] starts_per_minute sets the limit`,
          data: { retryAfterS },
        });
      }
      recent.push({ at, messageId });
    },
  };
}
