/**
 * Milliseconds that an answer asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date
 * (RFC 9110 section 10.2.3). Null when the headers are absent or unreadable; never negative.
 */
export function parseRetryAfter(headers: Headers, nowMs: number): number | null {
  const milliseconds = headers.get('retry-after-ms');
  if (
    milliseconds !== null &&
    milliseconds.trim() !== '' &&
    Number.isFinite(Number(milliseconds))
  ) {
    return Math.max(0, Math.ceil(Number(milliseconds)));
  }
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return null;
  if (Number.isFinite(Number(value))) return Math.max(0, Math.ceil(Number(value) * 1000));
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}
