import { InvalidInputError } from '../../domain/index.js';

/** Counts what each caller starts. */
export interface StartRate {
  /** Takes one start of the caller's minute. Throws `ERR_TOO_MANY_STARTS` (429) when it is used up. */
  take(caller: string): void;
}

const MINUTE_MS = 60_000;

/** At most `perMinute` starts of a caller in any 60 s, counted in this process. */
export function createStartRate(perMinute: number, now: () => number = Date.now): StartRate {
  const starts = new Map<string, number[]>();
  return {
    take(caller) {
      const at = now();
      const recent = (starts.get(caller) ?? []).filter((time) => at - time < MINUTE_MS);
      starts.set(caller, recent);
      const [first] = recent;
      if (first !== undefined && recent.length >= perMinute) {
        const retryAfterS = Math.max(1, Math.ceil((first + MINUTE_MS - at) / 1000));
        throw new InvalidInputError('ERR_TOO_MANY_STARTS', {
          message: `this token started ${perMinute} tasks within a minute`,
          hint: `wait ${retryAfterS} s; [serve] starts_per_minute sets the limit`,
          data: { retryAfterS },
        });
      }
      recent.push(at);
    },
  };
}
