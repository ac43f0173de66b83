import { z } from 'zod';
import {
  CodetetherError,
  formatModelReference,
  retirementOf,
  type ModelReference,
} from '../../domain/index.js';
import { PROVIDER_ERROR_KINDS, ProviderError, type ProviderErrorKind } from './errors.js';
import { waitOfHeaders, waitOfWords } from '../limits/wait-time.js';
import { shortened } from '../reading.js';
import { ServerAnswerError } from './answer-error.js';
import { readErrorBody } from './error-body.js';
import { OVERFLOW_TAGS, saysOverflow, windowInWords } from './overflow.js';

/** What can be known of a failed call, whichever SDK or server it came from. */
export interface FailureFacts {
  readonly status: number | null;
  /** `type` and `code` of the error body, lower case. */
  readonly tags: readonly string[];
  /** Message and body text, lower case. */
  readonly text: string;
  readonly hasRetryAfter: boolean;
  /** The body is a web page: not the API wrote it. */
  readonly isPage: boolean;
}

/** Facts with what only the thrown object tells. */
interface ThrownFacts extends FailureFacts {
  /** The server's own words, as it wrote them. */
  readonly words: string;
  readonly waitMs: number | null;
}

/** The server could not put the conversation into the model's form: the same request fails again, whatever its status. */
const TEMPLATE_TEXT =
  /jinja|chat template|image input is not supported|roles must alternate|failed to (parse|apply|render)|unable to generate parser|unexpected role|expected last role/;

const QUOTA_TAGS = [
  'insufficient_quota',
  'enforced_spend_limit_reached',
  'billing_error',
  'exceeded_current_quota_error',
  'insufficient_balance',
];
const QUOTA_TEXT =
  /insufficient[ _](balance|quota|credit|fund)|no balance|not enough (credit|balance)|余额不足|欠费|exceeded your current quota|spend(ing)? limit|credit balance|billing|per[ -]?day|daily limit/;
const OVERLOADED_TAGS = [
  'overloaded_error',
  'engine_overloaded_error',
  'overloaded',
  'server_overloaded',
];
const OVERLOADED_TEXT =
  /overloaded|over capacity|no capacity|at capacity|server is busy|too busy|currently loading|is loading|loading model/;
const REFUSAL_TAGS = ['content_filter', 'content_policy_violation', 'moderation'];
const REFUSAL_TEXT = /content[ _]filter|content policy|moderation|flagged/;
const MODEL_GONE_TAGS = [
  'model_not_found',
  'not_found_error',
  'resource_not_found_error',
  'deploymentnotfound',
];
/** Behind the word `model`. */
const GONE_TEXT =
  /not (found|exist|available)|does not exist|retired|deprecated|decommissioned|no longer/;
/** In two steps, because one pattern would look at a long text once for every `model` in it. */
const MODEL_GONE_TEXT: Pick<RegExp, 'test'> = {
  test(text) {
    if (/no such model|unknown model/.test(text)) return true;
    const at = text.indexOf('model ');
    return at >= 0 && GONE_TEXT.test(text.slice(at));
  },
};

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
  425: 'server',
  502: 'overloaded',
  503: 'overloaded',
  529: 'overloaded',
};

function classifyStatus(status: number, facts: FailureFacts): ProviderErrorKind {
  // A page instead of an error is a wall in front of the API, which says nothing of key, model or request.
  if (facts.isPage && status < 500 && status !== 429) return 'malformed';
  const kind = PLAIN_STATUSES[status] ?? SPOKEN_STATUSES[status]?.(facts);
  if (kind !== undefined) return kind;
  return status >= 500 ? classifyServerFault(facts) : classifyRefusal(status, facts);
}

/** Statuses whose meaning the body decides. */
const SPOKEN_STATUSES: Readonly<Record<number, (facts: FailureFacts) => ProviderErrorKind>> = {
  402: ({ hasRetryAfter }) => (hasRetryAfter ? 'rate_limit' : 'quota'),
  403: classifyForbidden,
  429: classifyTooMany,
};

function classifyRefusal(status: number, facts: FailureFacts): ProviderErrorKind {
  const byBody = classifyBody(facts);
  if (byBody !== null && byBody !== 'server' && byBody !== 'rate_limit') return byBody;
  return status === 404 ? 'model_gone' : 'bad_request';
}

/** Local servers answer 500 for what is wrong with the request, too: asking again would not help. */
function classifyServerFault(facts: FailureFacts): ProviderErrorKind {
  if (isOverflow(facts)) return 'context_overflow';
  if (TEMPLATE_TEXT.test(facts.text)) return 'bad_request';
  return isOverloaded(facts) ? 'overloaded' : 'server';
}

function isOverflow(facts: FailureFacts): boolean {
  return hasTag(facts, OVERFLOW_TAGS) || saysOverflow(facts.text);
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
  // Larger than all tokens of a minute: no wait makes it fit.
  if (/request (body )?too large for/.test(facts.text)) return 'context_overflow';
  if (!facts.hasRetryAfter && QUOTA_TEXT.test(facts.text)) return 'quota';
  return isOverloaded(facts) ? 'overloaded' : 'rate_limit';
}

function classifyBody(facts: FailureFacts): ProviderErrorKind | null {
  if (isOverflow(facts)) return 'context_overflow';
  const rows: ReadonlyArray<
    readonly [ProviderErrorKind, readonly string[], Pick<RegExp, 'test'> | null]
  > = [
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
  const ours = oursOf(thrown);
  if (ours !== undefined) return ours;
  const refusal = refusalOf(thrown);
  const facts = readFacts(refusal ?? thrown);
  const kind = classifyFacts(facts) ?? classifyThrown(refusal ?? thrown);
  const isUnparsed = kind === 'malformed' && refusal === undefined;
  const message = isUnparsed ? describeMalformed(thrown) : describe(facts, thrown);
  const windowTokens = kind === 'context_overflow' ? windowInWords(facts.words) : null;
  return new ProviderError(kind, {
    message: `${formatModelReference(reference)}: ${shortened(message, 700)}`,
    hint: hintFor(kind, reference),
    status: facts.status ?? undefined,
    retryAfterMs: facts.waitMs ?? undefined,
    data: {
      provider: reference.provider,
      model: reference.model,
      status: facts.status,
      tags: facts.tags,
      words: facts.words,
      ...(facts.isPage ? { isPage: true } : {}),
      ...(windowTokens === null ? {} : { windowTokens }),
    },
    cause: thrown,
  });
}

/** The SDKs wrap what their fetch threw. */
function refusalOf(thrown: unknown): ServerAnswerError | undefined {
  if (thrown instanceof ServerAnswerError) return thrown;
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause instanceof ServerAnswerError ? cause : undefined;
}

function oursOf(thrown: unknown): CodetetherError | undefined {
  if (refusalOf(thrown) !== undefined) return undefined;
  if (thrown instanceof CodetetherError) return thrown;
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause instanceof CodetetherError ? cause : undefined;
}

/** Status and the server's own words; a body without words is said to have none. */
function describe(facts: ThrownFacts, thrown: unknown): string {
  if (facts.words === '' && facts.status === null) return messageOf(thrown);
  const words = facts.words === '' ? 'the server gave no reason (no body)' : facts.words;
  return facts.status === null ? words : `${facts.status} ${words}`;
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

/** Reads status, type, code and text out of a refusal, an SDK error or a bare error body, wherever they stand in it. */
export function readFacts(thrown: unknown): ThrownFacts {
  const nowMs = Date.now();
  const error = asRecord(thrown);
  const isRefusal = thrown instanceof ServerAnswerError;
  const body = readErrorBody(isRefusal ? thrown.body : error['error'], nowMs);
  const own = isRefusal
    ? []
    : [error['type'], error['code']].flatMap((tag) =>
        typeof tag === 'string' || typeof tag === 'number' ? [String(tag).toLowerCase()] : [],
      );
  const message = thrown instanceof Error && !isRefusal ? thrown.message : '';
  const headers: unknown = error['headers'];
  const asked = headers instanceof Headers ? waitOfHeaders(headers, nowMs) : null;
  const waitMs = asked ?? body.waitMs ?? waitOfWords(body.words, nowMs);
  const status = typeof error['status'] === 'number' ? error['status'] : null;
  return {
    // Inside an answer of status 200 the body names its own.
    status: status ?? (isRefusal ? body.status : null),
    tags: [...new Set([...own, ...body.tags])],
    text: `${message} ${body.words}`.toLowerCase(),
    words: body.words,
    waitMs,
    hasRetryAfter: waitMs !== null,
    isPage: body.isPage,
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
