import { fieldsOf } from '../../domain/index.js';
import { closedFor, parseReset } from './rate-headers.js';

/** A wait beyond this is a broken clock or a broken figure. */
const LONGEST_WAIT_MS = 31 * 24 * 3_600_000;

const UNITS: ReadonlyArray<readonly [unit: RegExp, milliseconds: number]> = [
  [/^(ms|milli\w*)$/, 1],
  [/^(s|sec|secs|seconds?)$/, 1000],
  [/^(m|min|mins|minutes?)$/, 60_000],
  [/^(h|hr|hrs|hours?)$/, 3_600_000],
  [/^(d|days?)$/, 86_400_000],
];

/** Fields that hold seconds or a duration. */
const DELAYS = [
  'retryDelay',
  'retry_delay',
  'retry_after',
  'retryAfter',
  'retry_after_seconds',
  'retry-after',
  'resets_in_seconds',
  'reset_in_seconds',
  'wait_seconds',
  'estimated_time',
];
const DELAYS_MS = ['retry_after_ms', 'retryAfterMs', 'retry-after-ms', 'resets_in_ms'];
const MOMENTS = ['reset_at', 'resets_at', 'resetAt', 'resetsAt', 'reset_time', 'reset', 'retry_at'];

/** Milliseconds that the headers of a refusal ask to wait, or null. */
export function waitOfHeaders(headers: Headers, nowMs: number): number | null {
  const asked = parseRetryAfter(headers, nowMs);
  if (asked !== null) return believable(asked);
  const closed = closedFor(headers, nowMs, LONGEST_WAIT_MS);
  if (closed > 0) return closed;
  const reset = headers.get('x-ratelimit-reset');
  const hasRemaining = headers.has('x-ratelimit-remaining');
  return reset === null || hasRemaining ? null : future(parseReset(reset, nowMs));
}

/** Milliseconds that the fields of one object of an error body ask to wait, or null. */
export function waitOfFields(
  fields: Readonly<Record<string, unknown>>,
  nowMs: number,
): number | null {
  const waits = [
    ...DELAYS.map((name) => durationOf(fields[name])),
    ...DELAYS_MS.map((name) => future(Number(fields[name] ?? Number.NaN))),
    ...MOMENTS.map((name) => momentOf(fields[name], nowMs)),
    headersIn(fields['headers'], nowMs),
  ].filter((wait) => wait !== null);
  return waits.length === 0 ? null : Math.max(...waits);
}

/** Milliseconds that the words of an error ask to wait ("try again in 6m0s", "retry after 30 seconds"), or null. */
export function waitOfWords(words: string, nowMs: number): number | null {
  const text = words.slice(0, 4000).toLowerCase();
  const at = /try again|retry|please wait|wait for|resets?\b|available (?:in|at|again)/.exec(text);
  if (at === null) return null;
  const near = text.slice(at.index, at.index + 100);
  const moment = /\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:z|[+-]\d\d:?\d\d)/.exec(near);
  if (moment !== null) return future(Date.parse(moment[0].toUpperCase()) - nowMs);
  const start = /\b(?:in|after|for|wait)\s/.exec(near);
  return start === null ? null : durationOf(near.slice(start.index + start[0].length));
}

/** `3s`, `1m30s`, `2 hours and 5 minutes`, 3, `{seconds: 3}`; null for anything else and for nothing. */
function durationOf(value: unknown): number | null {
  if (typeof value === 'number') return future(value * 1000);
  if (typeof value === 'object' && value !== null) {
    const { seconds } = fieldsOf(value);
    return typeof seconds === 'number' || typeof seconds === 'string'
      ? future(Number(seconds) * 1000)
      : null;
  }
  if (typeof value !== 'string') return null;
  const text = value.slice(0, 100).trim();
  if (/^\d{1,12}(\.\d{1,9})?$/.test(text)) return future(Number(text) * 1000);
  let total = 0;
  let rest = text;
  for (;;) {
    const part = /^(?:,|and|\s){0,8}(\d{1,9}(?:\.\d{1,9})?)\s{0,3}([a-z]{1,12})/i.exec(rest);
    const unit = UNITS.find(([name]) => name.test(part?.[2]?.toLowerCase() ?? ''));
    if (part === null || unit === undefined) break;
    total += Number(part[1]) * unit[1];
    rest = rest.slice(part[0].length);
  }
  return rest === text ? null : future(total);
}

function momentOf(value: unknown, nowMs: number): number | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  return future(parseReset(String(value).slice(0, 100), nowMs));
}

function headersIn(value: unknown, nowMs: number): number | null {
  const headers = new Headers();
  for (const [name, text] of Object.entries(fieldsOf(value))) {
    if (!/^[\w-]{1,60}$/.test(name)) continue;
    if ((typeof text === 'string' && /^[\x20-\x7e]{0,200}$/.test(text)) || typeof text === 'number')
      headers.set(name, String(text));
  }
  return waitOfHeaders(headers, nowMs);
}

/** What lies in the past, or too far ahead, says nothing. */
function future(milliseconds: number | null): number | null {
  return milliseconds !== null && milliseconds > 0 ? believable(milliseconds) : null;
}

function believable(milliseconds: number): number | null {
  return milliseconds <= LONGEST_WAIT_MS ? Math.ceil(milliseconds) : null;
}

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
