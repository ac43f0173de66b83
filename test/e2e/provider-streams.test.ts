import { LLMock } from '@copilotkit/aimock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/domain/agent/conversation.js';
import type { ProviderSettings } from '../../src/domain/provider/provider.js';
import { createProviders } from '../../src/providers/registry.js';
import { ProviderError } from '../../src/providers/failures/errors.js';
import {
  type IdleLimits,
  type ModelProvider,
  type ModelRequest,
} from '../../src/providers/provider.js';
import {
  beginEventStream,
  sendEvent,
  startRawServer,
  type RawServer,
} from '../support/raw-model-server.js';

const KEY = 'key-from-vault';
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

function open(
  settings: ProviderSettings,
  idle: IdleLimits = { firstTokenMs: 20_000, betweenChunksMs: 20_000 },
): ModelProvider {
  const providers = createProviders({
    config: { here: settings },
    secrets: { readProviderSecret: async () => ({ apiKey: KEY }), invalidate: () => undefined },
    idle,
  });
  return providers.resolve({ provider: 'here', model: 'm-1' }).provider;
}

function request(messages: readonly Message[]): ModelRequest {
  return {
    model: 'm-1',
    messages: [{ role: 'system', content: 'be good' }, ...messages],
    tools: TOOLS,
  };
}

const signal = (): AbortSignal => new AbortController().signal;

const textOf = (body: unknown): string => (typeof body === 'string' ? body : '');

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe('reasoning state', () => {
  /** The second request's body as it went over the wire: the server's own record is translated to another wire. */
  async function secondBody(secondModel: string): Promise<string> {
    const bodies: string[] = [];
    const providers = createProviders({
      config: { here: { wire: 'anthropic-messages', baseUrl: mock.url } },
      secrets: { readProviderSecret: async () => ({ apiKey: KEY }), invalidate: () => undefined },
      fetch: (input, init) => {
        bodies.push(textOf(init?.body));
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
    const result: Message = {
      role: 'tool',
      callId: 'call_a',
      name: 'read_file',
      content: 'x',
      isError: false,
    };
    await provider.stream(
      { ...request([user, first.message, result]), model: secondModel },
      { signal: signal() },
    );
    return bodies[1] ?? '';
  }

  it('comes back as reasoning_content to the same model', async () => {
    let sent = '';
    const server = await startRawServer((response, body) => {
      sent = body;
      beginEventStream(response);
      sendEvent(response, { choices: [{ delta: { reasoning_content: 'I should ' } }] });
      sendEvent(response, { choices: [{ delta: { reasoning_content: 'read a' } }] });
      sendEvent(response, {
        choices: [
          {
            delta: {
              tool_calls: [
                {
                  index: 0,
                  id: 'call_a',
                  function: { name: 'read_file', arguments: '{}' },
                  extra_content: { google: { thought_signature: 's' } },
                },
              ],
            },
          },
        ],
      });
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
      await provider.stream(
        { ...request([user, first.message]), model: 'other' },
        { signal: signal() },
      );
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
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call_a', cache_control: { type: 'ephemeral' } },
          ],
        },
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
    const provider = open(
      { wire: 'openai-chat', baseUrl: server.url, auth: 'none' },
      { firstTokenMs: 50, betweenChunksMs: 10_000 },
    );
    const error = await failure(
      provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
    );
    expect([error.kind, error.isRetryable, error.data]).toEqual([
      'idle',
      true,
      { chunks: 0, characters: 0 },
    ]);
  });

  it('gives up as idle when the stream stalls after some chunks', async () => {
    server = await startRawServer((response) => {
      beginEventStream(response);
      sendEvent(response, { choices: [{ delta: { content: 'hal' } }] });
    });
    const provider = open(
      { wire: 'openai-chat', baseUrl: server.url, auth: 'none' },
      { firstTokenMs: 10_000, betweenChunksMs: 50 },
    );
    const error = await failure(
      provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
    );
    expect([error.kind, error.data]).toEqual(['idle', { chunks: 1, characters: 3 }]);
  });

  it.each([': OPENROUTER PROCESSING\n\n', 'data:\n\n', 'event: ping\n\n'])(
    'waits for the first chunk while the server says that it is alive (%j)',
    async (sign) => {
      server = await startRawServer((response) => {
        beginEventStream(response);
        let signs = 0;
        const timer = setInterval(() => {
          response.write(sign);
          signs += 1;
          if (signs === 10) {
            clearInterval(timer);
            sendEvent(response, {
              choices: [{ delta: { content: 'at last' }, finish_reason: 'stop' }],
            });
            response.end('data: [DONE]\n\n');
          }
        }, 100);
      });
      const provider = open(
        { wire: 'openai-chat', baseUrl: server.url, auth: 'none' },
        { firstTokenMs: 400, betweenChunksMs: 10_000 },
      );
      const messages: Message[] = [{ role: 'user', content: 'hello' }];
      const reply = await provider.stream(request(messages), { signal: signal() });
      expect(reply.message.content).toBe('at last');
      expect(server.requests).toHaveLength(1);
    },
  );

  it('does not wait for ever for a server that only says that it is alive', async () => {
    server = await startRawServer((response) => {
      beginEventStream(response);
      const timer = setInterval(() => response.write(': alive\n\n'), 50);
      response.on('close', () => clearInterval(timer));
    });
    const provider = open(
      { wire: 'openai-chat', baseUrl: server.url, auth: 'none' },
      { firstTokenMs: 5000, betweenChunksMs: 5000, keptAliveMs: 300 },
    );
    const error = await failure(
      provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
    );
    expect([error.kind, error.isRetryable]).toEqual(['idle', true]);
    expect(error.message).toContain('only that it is alive');
  });

  it('calls a clean end without a finish reason truncated', async () => {
    server = await startRawServer((response) => {
      beginEventStream(response);
      sendEvent(response, { choices: [{ delta: { content: 'hal' } }] });
      response.end();
    });
    const provider = open({ wire: 'openai-chat', baseUrl: server.url, auth: 'none' });
    const error = await failure(
      provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
    );
    expect(error.kind).toBe('truncated');
  });

  it('drops a tool call that the output limit cut, and says so', async () => {
    server = await startRawServer((response) => {
      beginEventStream(response);
      sendEvent(response, {
        choices: [
          {
            delta: {
              tool_calls: [
                { index: 0, id: 'a', function: { name: 'read_file', arguments: '{"path":"a"}' } },
              ],
            },
          },
        ],
      });
      sendEvent(response, {
        choices: [
          {
            delta: {
              tool_calls: [
                { index: 1, id: 'b', function: { name: 'read_file', arguments: '{"pa' } },
              ],
            },
          },
        ],
      });
      sendEvent(response, { choices: [{ delta: {}, finish_reason: 'length' }] });
      response.end('data: [DONE]\n\n');
    });
    const provider = open({ wire: 'openai-chat', baseUrl: server.url, auth: 'none' });
    const reply = await provider.stream(request([{ role: 'user', content: 'hello' }]), {
      signal: signal(),
    });
    expect(reply.finishReason).toBe('length');
    expect(reply.message.toolCalls.map((call) => call.id)).toEqual(['a']);
    expect(reply.message.content).toContain('cut off');
  });

  it('reads an error body under status 200 and an error body that is an array', async () => {
    const bodies: Array<readonly [number, unknown]> = [
      [200, { error: { code: 402, message: 'Insufficient credits' } }],
      [
        429,
        [
          {
            error: { code: 429, message: 'Quota exceeded, billing', status: 'RESOURCE_EXHAUSTED' },
          },
        ],
      ],
    ];
    server = await startRawServer((response) => {
      const [status, body] = bodies.shift() ?? [500, {}];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const provider = open({ wire: 'openai-chat', baseUrl: server.url, auth: 'none' });
    const kinds = [];
    for (let call = 0; call < 2; call += 1) {
      kinds.push(
        (
          await failure(
            provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
          )
        ).kind,
      );
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
    const reply = await provider.stream(request([{ role: 'user', content: 'hello' }]), {
      signal: signal(),
    });
    expect([reply.message.content, invalidated]).toEqual(['hi there', 1]);
  });

  it('fails as auth with the command to run when the key stays wrong', async () => {
    const providers = createProviders({
      config: { here: { wire: 'openai-chat', baseUrl: `${mock.url}/v1` } },
      secrets: {
        readProviderSecret: async () => ({ apiKey: 'wrong' }),
        invalidate: () => undefined,
      },
    });
    const { provider } = providers.resolve({ provider: 'here', model: 'm-1' });
    const error = await failure(
      provider.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
    );
    expect([error.kind, error.isRetryable, error.hint]).toEqual([
      'auth',
      false,
      'codetether auth set here',
    ]);
    expect(JSON.stringify([error.message, error.data])).not.toContain('wrong');
  });
});
