import { fieldsOf } from '../../domain/index.js';
import { listOf, shortened } from '../reading.js';
import { NO_JSON, parseJson } from '../reply/json-text.js';
import { waitOfFields } from '../limits/wait-time.js';

/** What the body of a refusal says, in whichever form it says it. */
export interface ErrorBody {
  /** The server's own words; empty only when there are none. */
  readonly words: string;
  /** Types and codes, lower case. */
  readonly tags: readonly string[];
  /** Milliseconds that its fields ask to wait, or null. */
  readonly waitMs: number | null;
  /** HTTP status that the body names, or null. */
  readonly status: number | null;
  /** The body is a web page: a wall, a proxy or another program wrote it, not the API. */
  readonly isPage: boolean;
}

/** What was found so far. */
interface Findings {
  readonly words: string[];
  readonly tags: Set<string>;
  waitMs: number | null;
  status: number | null;
  isPage: boolean;
  /** Values that may still be looked at: a body is not searched without end. */
  left: number;
}

const WORDS = [
  'message',
  'msg',
  'error',
  'detail',
  'error_description',
  'error_message',
  'error_msg',
  'title',
  'description',
  'reason',
  'hint',
];
const TAGS = [
  'type',
  'code',
  'status',
  'error_code',
  'error_type',
  'errorCode',
  'reason',
  '__type',
  'param',
];
const STATUSES = ['status', 'status_code', 'statusCode', 'code', 'raw_status_code', 'http_status'];
const NESTED = [
  'error',
  'errors',
  'message',
  'detail',
  'details',
  'metadata',
  'raw',
  'body',
  'inner_error',
  'innererror',
  'cause',
  'response',
  'data',
  'base_resp',
];
const LONGEST_WORDS = 600;
const MAX_DEPTH = 7;
const MAX_VALUES = 200;

/** Reads a body: nested objects, lists, JSON inside texts (a proxy's "raw"), plain text and web pages. Bounded. */
export function readErrorBody(body: unknown, nowMs: number): ErrorBody {
  const found: Findings = {
    words: [],
    tags: new Set(),
    waitMs: null,
    status: null,
    isPage: false,
    left: MAX_VALUES,
  };
  visit(body, { found, nowMs, depth: MAX_DEPTH });
  const { waitMs, status, isPage } = found;
  return { words: joinWords(found.words), tags: [...found.tags], waitMs, status, isPage };
}

interface Visit {
  readonly found: Findings;
  readonly nowMs: number;
  readonly depth: number;
}

function visit(value: unknown, at: Visit): void {
  at.found.left -= 1;
  if (at.depth === 0 || at.found.left < 0) return;
  const inner = { ...at, depth: at.depth - 1 };
  if (typeof value === 'string') return visitText(value, inner);
  if (Array.isArray(value)) {
    for (const each of listOf(value).slice(0, 10)) visit(each, inner);
    return;
  }
  if (typeof value === 'object' && value !== null) visitFields(fieldsOf(value), inner);
}

function visitText(raw: string, at: Visit): void {
  const text = raw.slice(0, 64 * 1024).trim();
  if (text === '') return;
  if (/^<(!doctype|html|\?xml|head|body)/i.test(text)) {
    at.found.isPage = true;
    at.found.words.push(titleOf(text));
    return;
  }
  const parsed = parseJson(text);
  if (parsed !== NO_JSON && typeof parsed === 'object') return visit(parsed, at);
  at.found.words.push(text);
  // A proxy that quotes the body of the server behind it.
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  const quoted = start < 0 || end < start ? NO_JSON : parseJson(text.slice(start, end + 1));
  if (quoted !== NO_JSON) visit(quoted, at);
}

function visitFields(fields: Readonly<Record<string, unknown>>, at: Visit): void {
  const { found } = at;
  for (const tag of TAGS.map((name) => fields[name]))
    if (typeof tag === 'string' || typeof tag === 'number')
      found.tags.add(String(tag).slice(0, 100).toLowerCase());
  const statuses = STATUSES.map((name) => Number(fields[name] ?? Number.NaN));
  found.status ??= statuses.find((status) => isErrorStatus(status)) ?? null;
  const wait = waitOfFields(fields, at.nowMs);
  if (wait !== null) found.waitMs = Math.max(found.waitMs ?? 0, wait);
  visitWords(fields, at);
  for (const name of NESTED) if (typeof fields[name] === 'object') visit(fields[name], at);
  for (const name of ['raw', 'body']) if (typeof fields[name] === 'string') visit(fields[name], at);
}

function isErrorStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 400 && status <= 599;
}

/** Words of an object; validators name the place in a field beside them. */
function visitWords(fields: Readonly<Record<string, unknown>>, at: Visit): void {
  const place = listOf(fields['loc']).map(String).join('.');
  for (const word of WORDS.map((name) => fields[name])) {
    if (typeof word !== 'string') continue;
    if (place === '') visitText(word, at);
    else at.found.words.push(`${place}: ${word}`);
  }
}

function titleOf(page: string): string {
  const start = page.toLowerCase().indexOf('<title');
  const from = start < 0 ? -1 : page.indexOf('>', start);
  const to = from < 0 ? -1 : page.indexOf('<', from);
  const title = to < 0 ? '' : page.slice(from + 1, to).trim();
  return title === '' ? 'a web page' : `a web page titled "${shortened(title, 100)}"`;
}

/** Each sentence once, without those that another one holds. */
function joinWords(words: readonly string[]): string {
  const distinct = [...new Set(words.map((word) => word.trim()))].filter((word) => word !== '');
  const telling = distinct.filter(
    (word) => !distinct.some((other) => other !== word && other.includes(word)),
  );
  return shortened(telling.join(' — '), LONGEST_WORDS);
}
