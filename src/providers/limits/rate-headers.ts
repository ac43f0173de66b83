/** Headers of what is left in a window, and of when it starts anew: Anthropic's and OpenAI's forms, and the plain one (OpenRouter). */
const WINDOWS: ReadonlyArray<readonly [remaining: string, reset: string]> = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ['x-ratelimit-remaining', 'x-ratelimit-reset'],
  ['anthropic-ratelimit-requests-remaining', 'anthropic-ratelimit-requests-reset'],
  ['anthropic-ratelimit-tokens-remaining', 'anthropic-ratelimit-tokens-reset'],
  ['anthropic-ratelimit-input-tokens-remaining', 'anthropic-ratelimit-input-tokens-reset'],
  ['anthropic-ratelimit-output-tokens-remaining', 'anthropic-ratelimit-output-tokens-reset'],
];

/** A server that answers is not believed when it closes the door for longer: it would say 429 then. */
const LONGEST_WINDOW_MS = 5 * 60_000;

/**
 * Milliseconds until a used-up window starts anew, by the answer's headers; 0 when something is left everywhere or the
 * headers are absent or unreadable. At most `longestMs`, by default five minutes.
 */
export function closedFor(
  headers: Headers,
  nowMs: number,
  longestMs: number = LONGEST_WINDOW_MS,
): number {
  const waits = WINDOWS.map(([remaining, reset]) => {
    const left = headers.get(remaining);
    if (left === null || left.trim() === '' || Number(left) > 0) return 0;
    return parseReset(headers.get(reset) ?? '', nowMs) ?? 0;
  });
  return Math.min(longestMs, Math.max(0, ...waits));
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds until a reset: `6m0s`, `20ms`, an RFC 3339 date, seconds, or a moment as seconds or milliseconds since 1970; null when unreadable. */
export function parseReset(text: string, nowMs: number): number | null {
  const value = text.trim();
  if (value === '') return null;
  const plain = Number(value);
  if (Number.isFinite(plain)) {
    if (plain > 1e12) return plain - nowMs;
    return plain > 1e9 ? plain * 1000 - nowMs : plain * 1000;
  }
  if (/^(\d{1,12}(\.\d{1,9})?(ms|s|m|h)){1,6}$/.test(value)) {
    const parts = [...value.matchAll(/(\d{1,12}(?:\.\d{1,9})?)(ms|s|m|h)/g)];
    return parts.reduce(
      (sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0),
      0,
    );
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : date - nowMs;
}
