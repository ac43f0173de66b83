import { z } from 'zod';
import {
  CodetetherError,
  formatModelReference,
  retirementOf,
  type ModelReference,
} from '../../domain/index.js';
import { PROVIDER_ERROR_KINDS, ProviderError, type ProviderErrorKind } from './errors.js';
import { parseRetryAfter } from '../limits/retry-after.js';

/** What can be known of a failed call, whichever SDK or server it came from. */
export interface FailureFacts {
  readonly status: number | null;
  /** `type` and `code` of the error body, lower case. */
  readonly tags: readonly string[];
  /** Message and body text, lower case. */
  readonly text: string;
  readonly hasRetryAfter: boolean;
}

const OVERFLOW_TAGS = [
  'context_length_exceeded',
  'exceed_context_size_error',
  'model_context_window_exceeded',
  'request_too_large',
];
const OVERFLOW_TEXT =
  /context (length|window|size)|maximum context|exceeded model token limit|input token length too long|prompt is too long|too many input tokens|input is too long/;
const QUOTA_TAGS = [
  'insufficient_quota',
  'enforced_spend_limit_reached',
  'billing_error',
  'exceeded_current_quota_error',
  'insufficient_balance',
];
const QUOTA_TEXT =
  /insufficient (balance|quota|credit|funds)|no balance|exceeded your current quota|spend(ing)? limit|credit balance|billing|per ?day/;
const OVERLOADED_TAGS = [
  'overloaded_error',
  'engine_overloaded_error',
  'overloaded',
  'server_overloaded',
];
const OVERLOADED_TEXT = /overloaded|over capacity|no capacity/;
const REFUSAL_TAGS = ['content_filter', 'content_policy_violation', 'moderation'];
const REFUSAL_TEXT = /content[ _]filter|content policy|moderation|flagged/;
const MODEL_GONE_TAGS = [
  'model_not_found',
  'not_found_error',
  'resource_not_found_error',
  'deploymentnotfound',
];
const MODEL_GONE_TEXT =
  /model .*(not (found|exist|available)|does not exist|retired|deprecated|decommissioned|no longer)|no such model|unknown model/;

/**
 * The class of a failure: by status, then the body's type and code, then its text. Null when none of them tells;
 * the caller then decides by the class of the thrown object.
 */
export function classifyFacts(facts: FailureFacts): ProviderErrorKind | null {
  const { status } = facts;
  if (status !== null && status >= 400) return classifyStatus(status, facts);
  return classifyBody(facts);
}

/** Statuses that mean one thing with every provider. */
const PLAIN_STATUSES: Readonly<Record<number, ProviderErrorKind>> = {
  401: 'auth',
  408: 'server',
  409: 'server',
  413: 'context_overflow',
  502: 'overloaded',
  503: 'overloaded',
  529: 'overloaded',
};

function classifyStatus(status: number, facts: FailureFacts): ProviderErrorKind {
  const plain = PLAIN_STATUSES[status];
  if (plain !== undefined) return plain;
  if (status === 402) return facts.hasRetryAfter ? 'rate_limit' : 'quota';
  if (status === 403) return classifyForbidden(facts);
  if (status === 429) return classifyTooMany(facts);
  if (status >= 500) return isOverloaded(facts) ? 'overloaded' : 'server';
  const byBody = classifyBody(facts);
  if (byBody !== null && byBody !== 'server' && byBody !== 'rate_limit') return byBody;
  return status === 404 ? 'model_gone' : 'bad_request';
}

function isOverloaded(facts: FailureFacts): boolean {
  return hasTag(facts, OVERLOADED_TAGS) || OVERLOADED_TEXT.test(facts.text);
}

function classifyForbidden(facts: FailureFacts): ProviderErrorKind {
  if (hasTag(facts, REFUSAL_TAGS) || REFUSAL_TEXT.test(facts.text)) return 'refusal';
  if (hasTag(facts, QUOTA_TAGS) || QUOTA_TEXT.test(facts.text)) return 'quota';
  return 'auth';
}

/** A daily quota also answers 429; the wait it names decides. A spend limit is final even with a wait. */
function classifyTooMany(facts: FailureFacts): ProviderErrorKind {
  if (hasTag(facts, QUOTA_TAGS)) return 'quota';
  if (!facts.hasRetryAfter && QUOTA_TEXT.test(facts.text)) return 'quota';
  return isOverloaded(facts) ? 'overloaded' : 'rate_limit';
}

function classifyBody(facts: FailureFacts): ProviderErrorKind | null {
  const rows: ReadonlyArray<readonly [ProviderErrorKind, readonly string[], RegExp | null]> = [
    ['context_overflow', OVERFLOW_TAGS, OVERFLOW_TEXT],
    ['quota', QUOTA_TAGS, null],
    ['overloaded', OVERLOADED_TAGS, OVERLOADED_TEXT],
    [
      'rate_limit',
      ['rate_limit_error', 'rate_limit_exceeded', 'resource_exhausted', '429'],
      /rate limit/,
    ],
    ['refusal', REFUSAL_TAGS, REFUSAL_TEXT],
    ['model_gone', MODEL_GONE_TAGS, MODEL_GONE_TEXT],
    [
      'auth',
      ['authentication_error', 'permission_error', 'invalid_api_key', '401'],
      /invalid api key|incorrect api key|api key not valid/,
    ],
    ['quota', ['402'], QUOTA_TEXT],
    ['overloaded', ['502', '503', '529'], null],
    [
      'server',
      ['api_error', 'server_error', 'internal_server_error', 'timeout_error', '408', '500'],
      null,
    ],
    ['bad_request', ['invalid_request_error', '400'], null],
  ];
  for (const [kind, tags] of rows) if (hasTag(facts, tags) && kind !== 'bad_request') return kind;
  for (const [kind, , text] of rows) if (text?.test(facts.text) === true) return kind;
  return hasTag(facts, ['invalid_request_error', '400']) ? 'bad_request' : null;
}

function hasTag(facts: FailureFacts, tags: readonly string[]): boolean {
  return facts.tags.some((tag) => tags.includes(tag));
}

/**
 * Turns whatever a call threw into a {@link ProviderError}. Unknown transport faults are retryable (`network`),
 * broken streams are `truncated`, what is not of the wire's form is `malformed`. Errors of ours pass through unchanged.
 */
export function toProviderError(thrown: unknown, reference: ModelReference): CodetetherError {
  if (thrown instanceof CodetetherError) return thrown;
  // The SDKs wrap what their fetch threw.
  if (thrown instanceof Error && thrown.cause instanceof CodetetherError) return thrown.cause;
  const facts = readFacts(thrown);
  const kind = classifyFacts(facts) ?? classifyThrown(thrown);
  const message = kind === 'malformed' ? describeMalformed(thrown) : messageOf(thrown);
  return new ProviderError(kind, {
    message: `${formatModelReference(reference)}: ${shorten(message)}`,
    hint: hintFor(kind, reference),
    status: facts.status ?? undefined,
    retryAfterMs: retryAfterOf(thrown) ?? undefined,
    data: {
      provider: reference.provider,
      model: reference.model,
      status: facts.status,
      tags: facts.tags,
    },
    cause: thrown,
  });
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Parsers speak of positions and types; a person wants to know that the server's answer is not what it should be. */
function describeMalformed(thrown: unknown): string {
  const [issue] = thrown instanceof z.ZodError ? thrown.issues : [];
  const detail =
    issue === undefined ? messageOf(thrown) : `${issue.path.join('.') || 'body'}: ${issue.message}`;
  return `the server's answer does not have the form of this wire (${detail})`;
}

function hintFor(kind: ProviderErrorKind, reference: ModelReference): string | undefined {
  const retired = kind === 'model_gone' ? retirementOf(reference) : undefined;
  if (retired !== undefined)
    return `${reference.model} ends on ${retired.endsOn}: use --model ${reference.provider}/${retired.replacement}`;
  if (kind === 'auth') return `codetether auth set ${reference.provider}`;
  return PROVIDER_ERROR_KINDS[kind].hint;
}

function classifyThrown(thrown: unknown): ProviderErrorKind {
  if (thrown instanceof SyntaxError || thrown instanceof z.ZodError) return 'malformed';
  if (isOfClass(thrown, ['APIConnectionError'])) return 'network';
  if (
    thrown instanceof Error &&
    /terminated|premature|aborted|without sending/.test(thrown.message)
  )
    return 'truncated';
  if (isOfClass(thrown, ['OpenAIError', 'AnthropicError'])) return 'server';
  return 'network';
}

/** By name, because the SDKs are only loaded when a provider needs them. */
function isOfClass(thrown: unknown, names: readonly string[]): boolean {
  let prototype: unknown = thrown;
  while (typeof prototype === 'object' && prototype !== null) {
    if (names.includes(prototype.constructor.name)) return true;
    prototype = Object.getPrototypeOf(prototype);
  }
  return false;
}

function shorten(message: string): string {
  return message.length <= 500 ? message : `${message.slice(0, 500)}…`;
}

/** Reads status, type, code and text out of an SDK error or a bare error body (an array holding one error too). */
export function readFacts(thrown: unknown): FailureFacts {
  const error = asRecord(thrown);
  const body = unwrapBody(error['error']);
  const status = typeof error['status'] === 'number' ? error['status'] : null;
  const details = asRecord(body['details']);
  const tags = [
    error['type'],
    error['code'],
    body['type'],
    body['code'],
    body['status'],
    details['error_code'],
  ]
    .filter((tag): tag is string | number => typeof tag === 'string' || typeof tag === 'number')
    .map((tag) => String(tag).toLowerCase());
  const message = thrown instanceof Error ? thrown.message : '';
  const text =
    `${message} ${typeof body['message'] === 'string' ? body['message'] : ''}`.toLowerCase();
  return { status, tags: [...new Set(tags)], text, hasRetryAfter: retryAfterOf(thrown) !== null };
}

function unwrapBody(body: unknown): Record<string, unknown> {
  const first: unknown = Array.isArray(body) ? body[0] : body;
  const record = asRecord(first);
  return 'error' in record ? asRecord(record['error']) : record;
}

function retryAfterOf(thrown: unknown): number | null {
  const headers: unknown = asRecord(thrown)['headers'];
  return headers instanceof Headers ? parseRetryAfter(headers, Date.now()) : null;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
