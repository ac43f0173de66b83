import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewMessage } from '../../src/domain/agent/conversation.js';
import type { ProviderSettings } from '../../src/domain/provider/provider.js';
import { openModelDesk, type ModelDesk } from '../support/model-desk.js';
import {
  chatCalls,
  parseReply,
  raw,
  recorded,
  refusal,
  startPlayedServer,
  stream,
  type PlayedReply,
  type PlayedServer,
} from '../support/played-server.js';

type Wire = 'openai-chat' | 'anthropic-messages';

interface Row {
  readonly name: string;
  readonly reply: PlayedReply;
  readonly wire?: Wire;
  readonly code: string;
  /** A part of the server's own words. */
  readonly words: string;
  /** Milliseconds until the next try, about. */
  readonly waitMs?: number;
  readonly windowTokens?: number;
}

const OVERFLOW = 'ERR_PROVIDER_CONTEXT_OVERFLOW';
const REFUSED = 'ERR_PROVIDER_BAD_REQUEST';
const GOOD = chatCalls({ id: 'c1', name: 'bash', arguments: { command: 'ls' } });
const START: readonly NewMessage[] = [{ kind: 'user', text: 'Begin.' }];

const RECORDED: readonly Row[] = [
  ['18-overflow-gemini/answer-ovgemini.http', OVERFLOW, 'exceeds the maximum number', 1_048_576],
  ['20-overflow-top-level-body/answer-ovtop.http', OVERFLOW, 'maximum context length is', 4096],
  ['22-overflow-other-words/answer-ovcopilot.http', OVERFLOW, 'prompt token count of', 64_000],
  ['22-overflow-other-words/answer-ovgrok.http', OVERFLOW, 'maximum prompt length', 131_072],
  ['22-overflow-other-words/answer-ovqwen.http', OVERFLOW, 'Range of input length', 129_024],
  ['22-overflow-other-words/answer-ovzai.http', OVERFLOW, 'Prompt exceeds max length', undefined],
  ['23-error-frame-object/answer-errobject.http', OVERFLOW, 'maximum context length', 4096],
  ['25-error-body-without-framing/answer-errunframed.http', OVERFLOW, '19185 tokens', 16_384],
  [
    '68-openai-error-words-lost/answer-error-string.http',
    OVERFLOW,
    'prompt length is 131072',
    131_072,
  ],
  ['68-openai-error-words-lost/answer-object.http', OVERFLOW, 'requested 9000 tokens', 4096],
  [
    '68-openai-error-words-lost/answer-422.http',
    REFUSED,
    'Extra inputs are not permitted',
    undefined,
  ],
  [
    '13-reasoning-only-reply-sent-back-empty/answer-refused.http',
    REFUSED,
    'must not be empty',
    undefined,
  ],
  [
    '15-kimi-call-without-reasoning/answer-refused.http',
    REFUSED,
    'reasoning_content is missing',
    undefined,
  ],
  [
    '16-malformed-arguments-sent-back/answer-refused.http',
    REFUSED,
    'unexpected end of data',
    undefined,
  ],
  ['28-spending-shown-as-zero/answer-refused.http', REFUSED, 'thinking is enabled', undefined],
].map(([name, code, words, windowTokens]) => ({
  name: String(name),
  reply: recorded(String(name)),
  code: String(code),
  words: String(words),
  ...(typeof windowTokens === 'number' ? { windowTokens } : {}),
}));

const inWords = (message: string): PlayedReply => refusal(400, { error: { message } });
const at429 = (error: unknown, headers: Readonly<Record<string, string>> = {}): PlayedReply => {
  const plain = refusal(429, { error });
  return { ...plain, headers: { ...plain.headers, ...headers } };
};

/** Overflow in words that public reports show. */
const OVERFLOWS: readonly Row[] = [
  'Your input exceeds the context window of this model. Please adjust your input and try again.',
  'prompt is too long: 213462 tokens > 200000 maximum',
  'prompt too long; exceeded max context length by 100918 tokens',
  'Input is too long for requested model.',
  'The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 5000 >= n_ctx: 4096)',
  'invalid params, context window exceeds limit (2013)',
  "This endpoint's maximum context length is 262144 tokens. However, you requested about 284283 tokens",
  'Please reduce the length of the messages or completion.',
  'The prompt is too long: 267657, model maximum context length: 262143',
  'Prompt contains 300000 tokens and 0 draft tokens, too large for model with 262144 maximum context length',
  'litellm.ContextWindowExceededError: too long',
  'Request body too large for gpt-4o model. Max size: 8000 tokens.',
  'input tokens exceed the model limit: token limit exceeded',
  '输入长度超过模型最大长度限制',
].map((message) => ({ name: message, reply: inWords(message), code: OVERFLOW, words: message }));

const ELSEWHERE: readonly Row[] = [
  {
    name: 'a proxy’s generic words with the real ones in metadata.raw',
    reply: refusal(400, {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: { raw: '{"error":{"message":"prompt is too long: 9000 tokens > 8000 maximum"}}' },
      },
    }),
    code: OVERFLOW,
    words: 'prompt is too long',
    windowTokens: 8000,
  },
  {
    name: 'a body quoted inside the words of a proxy',
    reply: inWords(
      'litellm.BadRequestError: OpenAIException - {"error":{"code":"context_length_exceeded","message":"no"}}',
    ),
    code: OVERFLOW,
    words: 'litellm.BadRequestError',
  },
  {
    name: 'overflow under status 500',
    reply: refusal(500, { error: { message: 'the request exceeds the available context size' } }),
    code: OVERFLOW,
    words: 'available context size',
  },
  {
    name: 'a request larger than all tokens of a minute',
    reply: refusal(429, {
      error: {
        message: 'Request too large for m on tokens per minute (TPM): Limit 6000, Requested 9000',
        code: 'rate_limit_exceeded',
      },
    }),
    code: OVERFLOW,
    words: 'Request too large',
    windowTokens: 6000,
  },
  {
    name: 'too much under status 413, as plain text',
    reply: {
      status: 413,
      headers: { 'content-type': 'text/plain' },
      body: 'length limit exceeded',
    },
    code: OVERFLOW,
    words: 'length limit exceeded',
  },
  {
    name: 'too many tokens a minute, which is no overflow',
    reply: refusal(429, { message: 'Too many tokens, please wait before trying again.' }),
    code: 'ERR_PROVIDER_RATE_LIMIT',
    words: 'please wait',
  },
  {
    name: 'a template’s fault under status 500',
    reply: refusal(500, { error: { message: 'Conversation roles must alternate user/assistant' } }),
    code: REFUSED,
    words: 'roles must alternate',
  },
  {
    name: 'an error event',
    wire: 'anthropic-messages',
    reply: raw(
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    ),
    code: 'ERR_PROVIDER_OVERLOADED',
    words: 'Overloaded',
  },
  {
    name: 'an error in a choice of a stream',
    reply: stream({
      choices: [{ delta: {}, finish_reason: 'error' }],
      error: { code: 502, message: 'upstream went away' },
    }),
    code: 'ERR_PROVIDER_OVERLOADED',
    words: 'upstream went away',
  },
  {
    name: 'plain text',
    reply: {
      status: 400,
      headers: { 'content-type': 'text/plain' },
      body: 'tools: field not known',
    },
    code: REFUSED,
    words: 'tools: field not known',
  },
  {
    name: 'a detail that is a text',
    reply: refusal(422, { detail: 'value is not a valid list' }),
    code: REFUSED,
    words: 'value is not a valid list',
  },
  {
    name: 'no body at all',
    reply: { status: 400, headers: {}, body: '' },
    code: REFUSED,
    words: '400 the server gave no reason (no body)',
  },
  {
    name: 'an error without status inside a stream',
    reply: raw('data: {"error":"slow down: rate limit reached"}\n\n'),
    code: 'ERR_PROVIDER_RATE_LIMIT',
    words: 'slow down',
  },
];

const WAITS: readonly Row[] = [
  {
    name: 'RetryInfo of Google',
    reply: refusal(429, [
      {
        error: {
          code: 429,
          status: 'RESOURCE_EXHAUSTED',
          message: 'You exceeded your current quota, please check your plan and billing details.',
          details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s' }],
        },
      },
    ]),
    code: 'ERR_PROVIDER_RATE_LIMIT',
    words: 'You exceeded your current quota',
    waitMs: 3000,
  },
  {
    name: 'words with seconds',
    reply: at429({ message: 'Rate limit reached for m. Please try again in 7.66s.' }),
    code: 'ERR_PROVIDER_RATE_LIMIT',
    words: 'try again in',
    waitMs: 7660,
  },
  {
    name: 'words with minutes',
    reply: at429({ message: 'Rate limit reached. Please try again in 6m30s. Need more tokens?' }),
    code: 'ERR_PROVIDER_WAIT',
    words: 'try again in',
    waitMs: 390_000,
  },
  {
    name: 'a field with seconds',
    reply: at429({ message: 'usage limit reached', resets_in_seconds: 7200 }),
    code: 'ERR_PROVIDER_WAIT',
    words: 'usage limit reached',
    waitMs: 7_200_000,
  },
  {
    name: 'a header with milliseconds',
    reply: at429({ message: 'slow' }, { 'retry-after-ms': '2500' }),
    code: 'ERR_PROVIDER_RATE_LIMIT',
    words: 'slow',
    waitMs: 2500,
  },
  {
    name: 'headers of a window that is used up',
    reply: at429(
      { message: 'slow' },
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '12m0s' },
    ),
    code: 'ERR_PROVIDER_WAIT',
    words: 'slow',
    waitMs: 720_000,
  },
  {
    name: 'a model that is loading',
    reply: refusal(503, { error: 'Model m is currently loading', estimated_time: 20 }),
    code: 'ERR_PROVIDER_OVERLOADED',
    words: 'currently loading',
    waitMs: 20_000,
  },
];

let server: PlayedServer;
let desk: ModelDesk;
beforeAll(async () => {
  server = await startPlayedServer(() => GOOD);
});
afterAll(async () => {
  await server.stop();
});
beforeEach(() => {
  server.seen.length = 0;
  server.play = () => GOOD;
});
afterEach(async () => {
  await desk.close();
});

async function open(
  wire: Wire = 'openai-chat',
  settings: Partial<ProviderSettings> = {},
): Promise<ModelDesk> {
  const baseUrl = wire === 'openai-chat' ? `${server.url}/v1` : server.url;
  const here: ProviderSettings = { wire, auth: 'none', baseUrl, ...settings };
  return openModelDesk({ config: { here }, model: { provider: 'here', model: 'm' } });
}

/** Milliseconds that a failure asks to wait: as retry delay, or until a moment. */
function waitOf(failure: Awaited<ReturnType<ModelDesk['call']>>['failure']): number {
  const [details] = (failure?.details ?? []) as Array<{ resumeAt?: string }>;
  if (details?.resumeAt !== undefined) return Date.parse(details.resumeAt) - Date.now();
  return Number(failure?.nextRetryDelay ?? Number.NaN);
}

describe('refusals of servers', () => {
  it.each([...RECORDED, ...OVERFLOWS, ...ELSEWHERE, ...WAITS])('$name', async (row) => {
    desk = await open(row.wire);
    server.play = () => row.reply;
    const { failure } = await desk.call(START);
    expect([failure?.type, failure?.message]).toEqual([
      row.code,
      expect.stringContaining(row.words) as string,
    ]);
    expect(failure?.message).toContain('here/m');
    if (row.waitMs !== undefined) {
      expect(waitOf(failure)).toBeLessThanOrEqual(row.waitMs);
      expect(waitOf(failure)).toBeGreaterThan(row.waitMs - 5000);
    }
    if (row.windowTokens !== undefined)
      expect(failure?.details).toEqual([
        expect.objectContaining({ windowTokens: row.windowTokens }),
      ]);
  });

  it('waits until the moment that a daily limit names in its body', async () => {
    desk = await open();
    const reply = recorded('42-openrouter-daily-limit/reply-quotaday.http');
    const reset = Date.now() + 5 * 3_600_000;
    server.play = () => ({ ...reply, body: reply.body.replace(/1795838720242/, String(reset)) });
    const { failure } = await desk.call(START);
    expect(failure?.type).toBe('ERR_PROVIDER_WAIT');
    expect(Math.abs(waitOf(failure) - 5 * 3_600_000)).toBeLessThan(5000);
  });

  it('takes a reset that has passed as no word about the time', async () => {
    desk = await open();
    const reply = recorded('42-openrouter-daily-limit/reply-quotaday.http');
    server.play = () => ({ ...reply, body: reply.body.replace(/1795838720242/, '1700000000000') });
    const { failure } = await desk.call(START);
    expect([failure?.type, failure?.nextRetryDelay]).toEqual(['ERR_PROVIDER_QUOTA', undefined]);
  });
});

describe('forms that a server refuses', () => {
  const bodies = (): unknown[] => server.seen.map(({ body }) => body);

  it.each(['reply-nostreamopt.http', 'reply-nostreamopt2.http'])(
    'asks again without stream_options and remembers it (%s)',
    async (file) => {
      desk = await open();
      const reply = recorded(`43-stream-options-refused/${file}`);
      server.play = ({ body }) => ('stream_options' in body ? reply : GOOD);
      expect((await desk.call(START)).failure).toBeNull();
      desk.begin();
      expect((await desk.call(START)).failure).toBeNull();
      expect(bodies().map((body) => 'stream_options' in (body as object))).toEqual([
        true,
        false,
        false,
      ]);
    },
  );

  const words = raw(
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"ok"}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
  );

  it('asks again for as much as the model may write, and remembers it', async () => {
    desk = await open('anthropic-messages');
    const reply = recorded('44-anthropic-output-limit/reply-anthropicout.http');
    server.play = ({ body }) => (Number(body['max_tokens']) > 8192 ? reply : words);
    expect((await desk.call(START)).failure).toBeNull();
    desk.begin();
    expect((await desk.call(START)).failure).toBeNull();
    expect(bodies().map((body) => (body as { max_tokens: number }).max_tokens)).toEqual([
      32_000, 8192, 8192,
    ]);
  });

  it('asks again for what the conversation leaves of the window, for this time', async () => {
    desk = await open('anthropic-messages');
    const reply = recorded('19-overflow-anthropic-max-tokens/answer.http');
    server.play = ({ body }) => (Number(body['max_tokens']) > 6875 ? reply : words);
    expect((await desk.call(START)).failure).toBeNull();
    expect(bodies().map((body) => (body as { max_tokens: number }).max_tokens)).toEqual([
      32_000, 6875,
    ]);
  });

  it.each([
    [
      'at most',
      'max_tokens is too large: 32000. This model supports at most 16384 completion tokens.',
      16_384,
    ],
    ['a range', 'Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', 8192],
    ['Bedrock', 'The maximum tokens you requested exceeds the model limit of 4096', 4096],
  ])('reads the limit of an answer out of words: %s', async (_name, message, limit) => {
    desk = await open('anthropic-messages');
    server.play = ({ body }) => (Number(body['max_tokens']) > limit ? inWords(message) : words);
    expect((await desk.call(START)).failure).toBeNull();
    expect(server.seen.at(-1)?.body['max_tokens']).toBe(limit);
  });

  it('uses the other field for the limit of an answer', async () => {
    desk = await open();
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    server.play = ({ body }) => ('max_tokens' in body ? inWords(message) : GOOD);
    expect((await desk.call(START, { maxOutputTokens: 1000 })).failure).toBeNull();
    expect(server.seen.at(-1)?.body['max_completion_tokens']).toBe(1000);
  });

  it('asks in one piece where streaming is refused', async () => {
    desk = await open();
    const reply = recorded('71-whole-json-instead-of-a-stream/reply-nonstream.http');
    server.play = ({ body }) =>
      body['stream'] === true ? inWords('Streaming is not supported with tools') : reply;
    expect((await desk.call(START)).failure).toBeNull();
  });
});

describe('the same fault twice in a row', () => {
  it.each([
    ['a stream that is cut in a call', '32-empty-finish-reason-then-cut/reply-finempty.http'],
    ['a stream that is cut in a text', '32-empty-finish-reason-then-cut/reply-finemptytext.http'],
  ])('%s is asked once more, then named', async (_name, path) => {
    desk = await open();
    server.play = () => recorded(path);
    const key = { scope: 'desk', step: 1, index: 0 };
    const first = await desk.call(START, { key });
    const second = await desk.call(START, { key });
    expect([first.failure?.type, first.failure?.nonRetryable]).toEqual([
      'ERR_PROVIDER_TRUNCATED',
      false,
    ]);
    expect([second.failure?.type, second.failure?.nonRetryable]).toEqual([
      'ERR_PROVIDER_UNREADABLE',
      true,
    ]);
    expect(second.failure?.message).toContain('here/m: the answer ended without a finish reason');
    expect(server.seen).toHaveLength(2);
    expect(await desk.messages()).toEqual([]);
  });

  it.each([
    ['garbage', raw('data: {"choices":\n\n')],
    ['a closing mark alone', raw('data: [DONE]\n\n')],
    ['something else', refusal(200, { hello: 'world' })],
    ['a web page', parseReply('HTTP/1.1 200 OK\ncontent-type: text/html\n\n<html></html>')],
    ['the other wire', raw('data: {"type":"message_start","message":{}}\n\n')],
  ])('%s too', async (_name, reply) => {
    desk = await open();
    server.play = () => reply;
    const key = { scope: 'desk', step: 1, index: 0 };
    const types = [await desk.call(START, { key }), await desk.call(START, { key })];
    expect(types.map(({ failure }) => failure?.type)).toEqual([
      'ERR_PROVIDER_MALFORMED',
      'ERR_PROVIDER_UNREADABLE',
    ]);
  });

  it('takes a web page after calls that worked as a wall that goes away again', async () => {
    desk = await open();
    const key = { scope: 'desk', step: 9, index: 0 };
    expect((await desk.call(START)).failure).toBeNull();
    server.play = () => recorded('45-html-wall-mid-run/answer.http');
    for (let time = 0; time < 3; time += 1) {
      const { failure } = await desk.call(START, { key });
      expect([failure?.type, failure?.nonRetryable]).toEqual(['ERR_PROVIDER_SERVER', false]);
      expect(failure?.message).toContain('"Just a moment..."');
    }
    server.play = () => GOOD;
    expect((await desk.call(START, { key })).failure).toBeNull();
  });
});
