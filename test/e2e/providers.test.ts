import { LLMock } from '@copilotkit/aimock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/domain/index.js';
import {
  createProviders,
  ProviderError,
  type ModelProvider,
  type ModelRequest,
  type ProviderSettings,
  type StreamProgress,
} from '../../src/providers/index.js';
import { beginEventStream, sendEvent, startRawServer, type RawServer } from '../support/raw-model-server.js';

const KEY = 'key-from-vault';
const WIRES = [
  { wire: 'openai-chat', base: '/v1' },
  { wire: 'anthropic-messages', base: '' },
] as const;
const TOOLS = [
  {
    name: 'read_file',
    description: 'reads a file',
    parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  },
];

let mock: LLMock;

beforeEach(async () => {
  mock = new LLMock({ port: 0, auth: { apiKeys: [KEY] } });
  await mock.start();
});
afterEach(async () => {
  await mock.stop();
});

function open(settings: ProviderSettings, idle = { firstTokenMs: 20_000, betweenChunksMs: 20_000 }): ModelProvider {
  const providers = createProviders({
    config: { here: settings },
    secrets: { readProviderSecret: async () => ({ apiKey: KEY }), invalidate: () => undefined },
    idle,
  });
  return providers.resolve({ provider: 'here', model: 'm-1' }).provider;
}

function request(messages: readonly Message[]): ModelRequest {
  return { model: 'm-1', messages: [{ role: 'system', content: 'be good' }, ...messages], tools: TOOLS };
}

const signal = (): AbortSignal => new AbortController().signal;

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe.each(WIRES)('$wire against a model server nobody here wrote', ({ wire, base }) => {
  const provider = (): ModelProvider => open({ wire, baseUrl: `${mock.url}${base}` });

  it('gives back text with the usage that the server reported', async () => {
    mock.onMessage('hello', { content: 'hi there', usage: { input_tokens: 11, output_tokens: 4, prompt_tokens: 11, completion_tokens: 4 } });
    const reply = await provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() });
    expect(reply).toMatchObject({
      message: { role: 'assistant', content: 'hi there', toolCalls: [] },
      finishReason: 'stop',
      isUsageEstimated: false,
      usage: { inputTokens: 11, outputTokens: 4 },
      providerCostMicroUsd: null,
    });
  });

  it('gives back parallel tool calls in order, with whole arguments', async () => {
    mock.onMessage('read both', {
      toolCalls: [
        { id: 'call_a', name: 'read_file', arguments: '{"path":"src/a.ts"}' },
        { id: 'call_b', name: 'read_file', arguments: '{"path":"src/b.ts"}' },
      ],
    });
    const seen: StreamProgress[] = [];
    const reply = await provider().stream(request([{ role: 'user', content: 'read both' }]), {
      signal: signal(),
      onProgress: (progress) => seen.push(progress),
    });
    expect(reply.finishReason).toBe('tool-calls');
    expect(reply.message.toolCalls.map((call) => [call.id, call.name, JSON.parse(call.arguments)])).toEqual([
      ['call_a', 'read_file', { path: 'src/a.ts' }],
      ['call_b', 'read_file', { path: 'src/b.ts' }],
    ]);
    expect(seen.at(-1)?.characters).toBeGreaterThan(20);
  });

  it('carries tool results back in the next request', async () => {
    mock.onToolResult('call_a', { content: 'read it' });
    const reply = await provider().stream(
      request([
        { role: 'user', content: 'go' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'call_a', name: 'read_file', arguments: '{"path":"a"}' }] },
        { role: 'tool', callId: 'call_a', name: 'read_file', content: 'contents of a', isError: false },
      ]),
      { signal: signal() },
    );
    expect(reply.message.content).toBe('read it');
    expect(JSON.stringify(mock.getLastRequest()?.body)).toContain('contents of a');
  });

  it('classifies 429 as a rate limit with the wait that the server asks for', async () => {
    mock.onMessage('hello', { error: { message: 'Rate limit reached', type: 'rate_limit_error' }, status: 429, retryAfter: 7 });
    const error = await failure(provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }));
    expect([error.kind, error.code, error.retryAfterMs, error.isRetryable]).toEqual(['rate_limit', 'ERR_PROVIDER_RATE_LIMIT', 7000, true]);
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('classifies 529 as overloaded and sends no second request', async () => {
    mock.onMessage('hello', { error: { message: 'Overloaded', type: 'overloaded_error' }, status: 529 });
    const error = await failure(provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }));
    expect([error.kind, error.status]).toEqual(['overloaded', 529]);
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('calls a malformed stream truncated, never an answer', async () => {
    mock.onMessage('hello', { content: 'hi there' });
    mock.setChaos({ malformedRate: 1 });
    const error = await failure(provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }));
    expect([error.kind, error.isRetryable]).toEqual(['truncated', true]);
  });

  it('calls a connection cut before the answer a retryable network fault', async () => {
    mock.onMessage('hello', { content: 'hi there' });
    mock.setChaos({ disconnectRate: 1 });
    const error = await failure(provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }));
    expect(error.isRetryable).toBe(true);
    expect(['network', 'truncated']).toContain(error.kind);
  });

  it('calls an answer cut in its middle retryable, never a short answer', async () => {
    mock.onMessage('hello', { content: 'a long answer that is cut somewhere in its middle' }, { chunkSize: 4, truncateAfterChunks: 3 });
    const error = await failure(provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }));
    expect(error.isRetryable).toBe(true);
    expect(['network', 'truncated']).toContain(error.kind);
  });

  it('ends as cancelled when its signal aborts before the first chunk', async () => {
    mock.onMessage('hello', { content: 'hi there' });
    mock.setChaos({ latencyMs: 60_000 });
    const controller = new AbortController();
    const running = failure(provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: controller.signal }));
    await Promise.resolve();
    controller.abort();
    expect((await running).kind).toBe('cancelled');
  });

  it('ends as cancelled when its signal aborts in the middle of the stream', async () => {
    mock.onMessage('hello', { content: 'x'.repeat(400) }, { chunkSize: 2, latency: 50 });
    const controller = new AbortController();
    const error = await failure(
      provider().stream(request([{ role: 'user', content: 'hello' }]), {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    );
    expect(error.kind).toBe('cancelled');
  });

  it('keeps a length finish as such', async () => {
    mock.onMessage('hello', { content: 'half', finishReason: 'length' });
    const reply = await provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() });
    expect([reply.finishReason, reply.message.content]).toEqual(['length', 'half']);
  });

  it('takes neither address nor key nor headers from the environment', async () => {
    const trap = await startRawServer((response) => response.writeHead(500).end());
    const poison: Record<string, string> = {
      OPENAI_BASE_URL: trap.url,
      OPENAI_API_KEY: 'poison',
      OPENAI_ADMIN_KEY: 'poison',
      OPENAI_ORG_ID: 'poison',
      OPENAI_PROJECT_ID: 'poison',
      OPENAI_WEBHOOK_SECRET: 'poison',
      OPENAI_CUSTOM_HEADERS: 'x-poison: poison',
      ANTHROPIC_BASE_URL: trap.url,
      ANTHROPIC_API_KEY: 'poison',
      ANTHROPIC_AUTH_TOKEN: 'poison',
      ANTHROPIC_CUSTOM_HEADERS: 'x-poison: poison',
    };
    const before = { ...process.env };
    Object.assign(process.env, poison);
    try {
      mock.onMessage('hello', { content: 'hi there' });
      const reply = await provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() });
      expect(reply.message.content).toBe('hi there');
      expect(trap.requests).toHaveLength(0);
      expect(JSON.stringify(mock.getLastRequest()?.headers)).not.toContain('poison');
    } finally {
      for (const name of Object.keys(poison)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      await trap.stop();
    }
  });

  it('sends the same bytes when a request is repeated', async () => {
    mock.onMessage('hello', { content: 'hi there' });
    const bodies: string[] = [];
    const providers = createProviders({
      config: { here: { wire, baseUrl: `${mock.url}${base}` } },
      secrets: { readProviderSecret: async () => ({ apiKey: KEY }), invalidate: () => undefined },
      fetch: (input, init) => {
        bodies.push(String(init?.body));
        return fetch(input, init);
      },
    });
    const same = providers.resolve({ provider: 'here', model: 'm-1' }).provider;
    await same.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() });
    await same.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() });
    expect(bodies).toHaveLength(2);
    expect(bodies[0]).toBe(bodies[1]);
  });
});

describe('reasoning state', () => {
  /** The second request's body as it went over the wire: the server's own record is translated to another wire. */
  async function secondBody(secondModel: string): Promise<string> {
    const bodies: string[] = [];
    const providers = createProviders({
      config: { here: { wire: 'anthropic-messages', baseUrl: mock.url } },
      secrets: { readProviderSecret: async () => ({ apiKey: KEY }), invalidate: () => undefined },
      fetch: (input, init) => {
        bodies.push(String(init?.body));
        return fetch(input, init);
      },
    });
    const { provider } = providers.resolve({ provider: 'here', model: 'm-1' });
    mock.onMessage('think', {
      toolCalls: [{ id: 'call_a', name: 'read_file', arguments: '{"path":"a"}' }],
      reasoning: 'I should read a',
      reasoningSignature: 'signed-1',
    });
    mock.onToolResult('call_a', { content: 'done' });
    const user: Message = { role: 'user', content: 'think' };
    const first = await provider.stream(request([user]), { signal: signal() });
    expect(first.message.providerExtras).toMatchObject({ provider: 'here', model: 'm-1' });
    const result: Message = { role: 'tool', callId: 'call_a', name: 'read_file', content: 'x', isError: false };
    await provider.stream({ ...request([user, first.message, result]), model: secondModel }, { signal: signal() });
    return bodies[1] ?? '';
  }

  it('comes back as reasoning_content to the same model', async () => {
    let sent = '';
    const server = await startRawServer((response, body) => {
      sent = body;
      beginEventStream(response);
      sendEvent(response, { choices: [{ delta: { reasoning_content: 'I should ' } }] });
      sendEvent(response, { choices: [{ delta: { reasoning_content: 'read a' } }] });
      sendEvent(response, { choices: [{ delta: { tool_calls: [{ index: 0, id: 'call_a', function: { name: 'read_file', arguments: '{}' }, extra_content: { google: { thought_signature: 's' } } }] } }] });
      sendEvent(response, { choices: [{ delta: {}, finish_reason: 'tool_calls' }] });
      response.end('data: [DONE]\n\n');
    });
    try {
      const provider = open({ wire: 'openai-chat', baseUrl: server.url, auth: 'none' });
      const user: Message = { role: 'user', content: 'think' };
      const first = await provider.stream(request([user]), { signal: signal() });
      expect(first.isUsageEstimated).toBe(true);
      await provider.stream(request([user, first.message]), { signal: signal() });
      expect(sent).toContain('"reasoning_content":"I should read a"');
      expect(sent).toContain('"thought_signature":"s"');
      await provider.stream({ ...request([user, first.message]), model: 'other' }, { signal: signal() });
      expect(sent).not.toContain('reasoning_content');
      expect(sent).not.toContain('thought_signature');
      expect(server.requests[0]?.headers.authorization).toBeUndefined();
    } finally {
      await server.stop();
    }
  });

  it('comes back as signed thinking blocks before the calls, to the same model only', async () => {
    expect(JSON.parse(await secondBody('m-1'))).toMatchObject({
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'I should read a', signature: 'signed-1' },
            { type: 'tool_use', id: 'call_a' },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_a', cache_control: { type: 'ephemeral' } }] },
      ],
    });
    expect(await secondBody('m-2')).not.toContain('I should read a');
  });
});

describe('silent servers', () => {
  let server: RawServer;
  afterEach(async () => {
    await server.stop();
  });

  it('gives up as idle when no first chunk comes', async () => {
    server = await startRawServer((response) => beginEventStream(response));
    const provider = open({ wire: 'openai-chat', baseUrl: server.url, auth: 'none' }, { firstTokenMs: 50, betweenChunksMs: 10_000 });
    const error = await failure(provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }));
    expect([error.kind, error.isRetryable, error.data]).toEqual(['idle', true, { chunks: 0, characters: 0 }]);
  });

  it('gives up as idle when the stream stalls after some chunks', async () => {
    server = await startRawServer((response) => {
      beginEventStream(response);
      sendEvent(response, { choices: [{ delta: { content: 'hal' } }] });
    });
    const provider = open({ wire: 'openai-chat', baseUrl: server.url, auth: 'none' }, { firstTokenMs: 10_000, betweenChunksMs: 50 });
    const error = await failure(provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }));
    expect([error.kind, error.data]).toEqual(['idle', { chunks: 1, characters: 3 }]);
  });

  it('calls a clean end without a finish reason truncated', async () => {
    server = await startRawServer((response) => {
      beginEventStream(response);
      sendEvent(response, { choices: [{ delta: { content: 'hal' } }] });
      response.end();
    });
    const provider = open({ wire: 'openai-chat', baseUrl: server.url, auth: 'none' });
    const error = await failure(provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }));
    expect(error.kind).toBe('truncated');
  });

  it('drops a tool call that the output limit cut, and says so', async () => {
    server = await startRawServer((response) => {
      beginEventStream(response);
      sendEvent(response, { choices: [{ delta: { tool_calls: [{ index: 0, id: 'a', function: { name: 'read_file', arguments: '{"path":"a"}' } }] } }] });
      sendEvent(response, { choices: [{ delta: { tool_calls: [{ index: 1, id: 'b', function: { name: 'read_file', arguments: '{"pa' } }] } }] });
      sendEvent(response, { choices: [{ delta: {}, finish_reason: 'length' }] });
      response.end('data: [DONE]\n\n');
    });
    const provider = open({ wire: 'openai-chat', baseUrl: server.url, auth: 'none' });
    const reply = await provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() });
    expect(reply.finishReason).toBe('length');
    expect(reply.message.toolCalls.map((call) => call.id)).toEqual(['a']);
    expect(reply.message.content).toContain('cut off');
  });

  it('reads an error body under status 200 and an error body that is an array', async () => {
    const bodies: Array<readonly [number, unknown]> = [
      [200, { error: { code: 402, message: 'Insufficient credits' } }],
      [429, [{ error: { code: 429, message: 'Quota exceeded, billing', status: 'RESOURCE_EXHAUSTED' } }]],
    ];
    server = await startRawServer((response) => {
      const [status, body] = bodies.shift() ?? [500, {}];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const provider = open({ wire: 'openai-chat', baseUrl: server.url, auth: 'none' });
    const kinds = [];
    for (let call = 0; call < 2; call += 1) {
      kinds.push((await failure(provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }))).kind);
    }
    expect(kinds).toEqual(['quota', 'quota']);
  });
});

describe('keys', () => {
  it('reads a refused key afresh once, because it may have been rotated', async () => {
    mock.onMessage('hello', { content: 'hi there' });
    const keys = ['old key', KEY];
    let invalidated = 0;
    let current = keys[0] ?? '';
    const providers = createProviders({
      config: { here: { wire: 'openai-chat', baseUrl: `${mock.url}/v1` } },
      secrets: {
        readProviderSecret: async () => ({ apiKey: current }),
        invalidate: () => {
          invalidated += 1;
          current = keys[1] ?? '';
        },
      },
    });
    const { provider } = providers.resolve({ provider: 'here', model: 'm-1' });
    const reply = await provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() });
    expect([reply.message.content, invalidated]).toEqual(['hi there', 1]);
  });

  it('fails as auth with the command to run when the key stays wrong', async () => {
    const providers = createProviders({
      config: { here: { wire: 'openai-chat', baseUrl: `${mock.url}/v1` } },
      secrets: { readProviderSecret: async () => ({ apiKey: 'wrong' }), invalidate: () => undefined },
    });
    const { provider } = providers.resolve({ provider: 'here', model: 'm-1' });
    const error = await failure(provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }));
    expect([error.kind, error.isRetryable, error.hint]).toEqual(['auth', false, 'codetether auth set here']);
    expect(JSON.stringify([error.message, error.data])).not.toContain('wrong');
  });
});
