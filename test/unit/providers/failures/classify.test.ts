import { describe, expect, it } from 'vitest';
import {
  classifyFacts,
  readFacts,
  toProviderError,
} from '../../../../src/providers/failures/classify.js';
import {
  ProviderError,
  type ProviderErrorKind,
} from '../../../../src/providers/failures/errors.js';

interface Row {
  readonly name: string;
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
  readonly kind: ProviderErrorKind;
}

const ROWS: readonly Row[] = [
  {
    name: 'OpenAI rate limit',
    status: 429,
    body: { message: 'Rate limit reached', code: 'rate_limit_exceeded' },
    kind: 'rate_limit',
  },
  {
    name: 'OpenAI quota',
    status: 429,
    body: { message: 'You exceeded your current quota', code: 'insufficient_quota' },
    kind: 'quota',
  },
  {
    name: 'OpenAI quota although a wait is named',
    status: 429,
    body: { code: 'insufficient_quota', message: '' },
    headers: { 'retry-after': '3' },
    kind: 'quota',
  },
  {
    name: 'OpenAI overflow',
    status: 400,
    body: {
      code: 'context_length_exceeded',
      type: 'invalid_request_error',
      message: "This model's maximum context length is 4096 tokens",
    },
    kind: 'context_overflow',
  },
  {
    name: 'OpenAI wrong key',
    status: 401,
    body: { code: 'invalid_api_key', message: 'Incorrect API key' },
    kind: 'auth',
  },
  {
    name: 'OpenAI unknown model',
    status: 404,
    body: { code: 'model_not_found', message: 'The model does not exist' },
    kind: 'model_gone',
  },
  {
    name: 'Moonshot overflow by text',
    status: 400,
    body: {
      type: 'invalid_request_error',
      message: 'Your request exceeded model token limit: 262144',
    },
    kind: 'context_overflow',
  },
  {
    name: 'Moonshot content filter',
    status: 400,
    body: { type: 'content_filter', message: 'high risk' },
    kind: 'refusal',
  },
  {
    name: 'Moonshot overload',
    status: 429,
    body: { type: 'engine_overloaded_error', message: 'The engine is overloaded' },
    kind: 'overloaded',
  },
  {
    name: 'Moonshot quota',
    status: 429,
    body: { type: 'exceeded_current_quota_error', message: 'no balance' },
    kind: 'quota',
  },
  {
    name: 'OpenRouter credits',
    status: 402,
    body: { code: 402, message: 'Insufficient credits' },
    kind: 'quota',
  },
  {
    name: 'OpenRouter credits with a wait',
    status: 402,
    body: { code: 402, message: '' },
    headers: { 'retry-after': '9' },
    kind: 'rate_limit',
  },
  {
    name: 'OpenRouter moderation',
    status: 403,
    body: { code: 403, message: 'Your input was flagged' },
    kind: 'refusal',
  },
  {
    name: 'OpenRouter bad gateway',
    status: 502,
    body: { code: 502, message: 'model down' },
    kind: 'overloaded',
  },
  {
    name: 'OpenRouter timeout',
    status: 408,
    body: { code: 408, message: 'timed out' },
    kind: 'server',
  },
  {
    name: 'OpenRouter error inside a stream',
    body: { code: 502, message: 'Provider returned error' },
    kind: 'overloaded',
  },
  {
    name: 'Google quota of the day',
    status: 429,
    body: { status: 'RESOURCE_EXHAUSTED', message: 'requests per day' },
    kind: 'quota',
  },
  {
    name: 'Google wrong key',
    status: 400,
    body: { status: 'INVALID_ARGUMENT', message: 'API key not valid' },
    kind: 'auth',
  },
  {
    name: 'Anthropic overloaded',
    status: 529,
    body: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    kind: 'overloaded',
  },
  {
    name: 'Anthropic overloaded inside a stream',
    body: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    kind: 'overloaded',
  },
  {
    name: 'Anthropic too large',
    status: 413,
    body: { type: 'error', error: { type: 'request_too_large', message: '' } },
    kind: 'context_overflow',
  },
  {
    name: 'Anthropic overflow',
    status: 400,
    body: {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens' },
    },
    kind: 'context_overflow',
  },
  {
    name: 'Anthropic retired model',
    status: 404,
    body: { type: 'error', error: { type: 'not_found_error', message: 'model: x' } },
    kind: 'model_gone',
  },
  {
    name: 'Anthropic spend limit',
    status: 429,
    body: {
      type: 'error',
      error: {
        type: 'rate_limit_error',
        message: '',
        details: { error_code: 'enforced_spend_limit_reached' },
      },
    },
    kind: 'quota',
  },
  {
    name: 'DeepSeek balance',
    status: 402,
    body: { message: 'Insufficient Balance' },
    kind: 'quota',
  },
  {
    name: 'DeepSeek bad parameter',
    status: 422,
    body: { message: 'invalid parameter' },
    kind: 'bad_request',
  },
  {
    name: 'llama.cpp overflow',
    status: 400,
    body: { type: 'exceed_context_size_error', message: 'n_prompt_tokens 9000 n_ctx 4096' },
    kind: 'context_overflow',
  },
  {
    name: 'plain bad request',
    status: 400,
    body: { type: 'invalid_request_error', message: 'messages must not be empty' },
    kind: 'bad_request',
  },
  { name: 'plain 404', status: 404, body: null, kind: 'model_gone' },
  { name: 'plain 403', status: 403, body: null, kind: 'auth' },
  { name: 'plain 500', status: 500, body: null, kind: 'server' },
  { name: 'plain 503', status: 503, body: null, kind: 'overloaded' },
];

/** The shape that both SDKs give their errors. */
class SdkError extends Error {
  readonly status: number | undefined;
  readonly headers: Headers;
  readonly error: unknown;

  constructor(row: Row) {
    super('request failed');
    this.status = row.status;
    this.headers = new Headers(row.headers);
    this.error = row.body;
  }
}

describe('classification of failed model calls', () => {
  it.each(ROWS)('$name is $kind', (row) => {
    const error = toProviderError(new SdkError(row), { provider: 'p', model: 'm' });
    expect(error).toBeInstanceOf(ProviderError);
    expect((error as ProviderError).kind).toBe(row.kind);
  });

  it('retries transport faults that it does not know', () => {
    const error = toProviderError(new TypeError('fetch failed'), { provider: 'p', model: 'm' });
    expect([error.code, error.isRetryable]).toEqual(['ERR_PROVIDER_NETWORK', true]);
  });

  it('calls bad JSON malformed', () => {
    expect(
      toProviderError(new SyntaxError('Unexpected end'), { provider: 'p', model: 'm' }).code,
    ).toBe('ERR_PROVIDER_MALFORMED');
  });

  it('lets errors of ours through unchanged', () => {
    const error = new ProviderError('idle', { message: 'silent' });
    expect(toProviderError(error, { provider: 'p', model: 'm' })).toBe(error);
  });

  it('says nothing about a body that tells nothing', () => {
    expect(classifyFacts(readFacts(new Error('?')))).toBeNull();
  });
});
