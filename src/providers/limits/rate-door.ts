/** Pauses after a rate limit that names no time. */
const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 30_000;
/** Those behind a probe come within this time after it, and not all at once. */
const RELEASE_SPREAD_MS = 2000;

/** Closed until a moment, then open for one call that tries (the probe), then for all. */
export interface RateDoor {
  /** Milliseconds until a call may pass: 0 = now, Infinity = when the probe has an answer. */
  waitMs(now: number): number;
  /** Closes for so long; null = for a pause that grows from one to the next. */
  close(milliseconds: number | null): void;
  /** A good answer came: after a probe everybody may pass. */
  opened(): void;
  /** True when the call that passes now is the probe. */
  startProbe(): boolean;
  /** The probe is over, whatever came of it. */
  endProbe(): void;
  /** Most milliseconds by which those that were held back are spread. */
  spreadMs(): number;
}

/** An open door. */
export function createRateDoor(): RateDoor {
  let closedUntil = 0;
  let needsProbe = false;
  let isProbing = false;
  let pauses = 0;
  let spreadMs = 0;
  return {
    waitMs: (now) => (closedUntil > now ? closedUntil - now : isProbing ? Infinity : 0),
    close(milliseconds) {
      if (milliseconds === null) pauses += 1;
      const pause = milliseconds ?? Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (pauses - 1));
      closedUntil = Math.max(closedUntil, Date.now() + pause);
      needsProbe = true;
    },
    opened() {
      // The late answer of a call that began before the door closed says nothing, but a probe's does.
      if (closedUntil > Date.now() && !isProbing) return;
      spreadMs = needsProbe ? RELEASE_SPREAD_MS : 0;
      closedUntil = 0;
      needsProbe = false;
      isProbing = false;
      pauses = 0;
    },
    startProbe() {
      if (!needsProbe || isProbing) return false;
      isProbing = true;
      return true;
    },
    endProbe() {
      isProbing = false;
    },
    spreadMs: () => (needsProbe ? 0 : spreadMs),
  };
}
