import { LLMock } from '@copilotkit/aimock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/domain/agent/conversation.js';
import type { ProviderSettings } from '../../src/domain/provider/provider.js';
import { createProviders } from '../../src/providers/registry.js';
import { ProviderError } from '../../src/providers/failures/errors.js';
import {
  type ModelProvider,
  type ModelRequest,
  type StreamProgress,
} from '../../src/providers/provider.js';
import { startRawServer } from '../support/raw-model-server.js';

const KEY = 'key-from-vault';
const WIRES = [
  { wire: 'openai-chat', base: '/v1', isStreamed: true },
  { wire: 'openai-chat', base: '/v1', isStreamed: false },
  { wire: 'anthropic-messages', base: '', isStreamed: true },
  { wire: 'anthropic-messages', base: '', isStreamed: false },
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

function open(
  settings: ProviderSettings,
  idle = { firstTokenMs: 20_000, betweenChunksMs: 20_000 },
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

/** What only a stream can show is no test of the other mode, not even a skipped one. */
function whenStreamed(isStreamed: boolean): (name: string, run: () => Promise<void>) => void {
  return (name, run) => {
    if (isStreamed) it(name, run);
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

describe.each(WIRES)(
  '$wire (streamed: $isStreamed) against a model server nobody here wrote',
  ({ wire, base, isStreamed }) => {
    const provider = (): ModelProvider => open({ wire, baseUrl: `${mock.url}${base}`, isStreamed });

    it('gives back text with the usage that the server reported', async () => {
      mock.onMessage('hello', {
        content: 'hi there',
        usage: { input_tokens: 11, output_tokens: 4, prompt_tokens: 11, completion_tokens: 4 },
      });
      const reply = await provider().stream(request([{ role: 'user', content: 'hello' }]), {
        signal: signal(),
      });
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
      expect(
        reply.message.toolCalls.map((call) => [
          call.id,
          call.name,
          JSON.parse(call.arguments) as unknown,
        ]),
      ).toEqual([
        ['call_a', 'read_file', { path: 'src/a.ts' }],
        ['call_b', 'read_file', { path: 'src/b.ts' }],
      ]);
      if (isStreamed) expect(seen.at(-1)?.characters).toBeGreaterThan(20);
      expect(mock.getLastRequest()?.body).toMatchObject({ stream: isStreamed });
    });

    it('carries tool results back in the next request', async () => {
      mock.onToolResult('call_a', { content: 'read it' });
      const reply = await provider().stream(
        request([
          { role: 'user', content: 'go' },
          {
            role: 'assistant',
            content: '',
            toolCalls: [{ id: 'call_a', name: 'read_file', arguments: '{"path":"a"}' }],
          },
          {
            role: 'tool',
            callId: 'call_a',
            name: 'read_file',
            content: 'contents of a',
            isError: false,
          },
        ]),
        { signal: signal() },
      );
      expect(reply.message.content).toBe('read it');
      expect(JSON.stringify(mock.getLastRequest()?.body)).toContain('contents of a');
    });

    it('classifies 429 as a rate limit with the wait that the server asks for', async () => {
      mock.onMessage('hello', {
        error: { message: 'Rate limit reached', type: 'rate_limit_error' },
        status: 429,
        retryAfter: 7,
      });
      const error = await failure(
        provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
      );
      expect([error.kind, error.code, error.retryAfterMs, error.isRetryable]).toEqual([
        'rate_limit',
        'ERR_PROVIDER_RATE_LIMIT',
        7000,
        true,
      ]);
      expect(mock.getRequests()).toHaveLength(1);
    });

    it('classifies 529 as overloaded and sends no second request', async () => {
      mock.onMessage('hello', {
        error: { message: 'Overloaded', type: 'overloaded_error' },
        status: 529,
      });
      const error = await failure(
        provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
      );
      expect([error.kind, error.status]).toEqual(['overloaded', 529]);
      expect(mock.getRequests()).toHaveLength(1);
    });

    it('calls a malformed answer by its name, never an answer', async () => {
      mock.onMessage('hello', { content: 'hi there' });
      mock.setChaos({ malformedRate: 1 });
      const error = await failure(
        provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
      );
      expect([error.code, error.isRetryable]).toEqual(['ERR_PROVIDER_MALFORMED', true]);
    });

    it('calls a connection cut before the answer a retryable network fault', async () => {
      mock.onMessage('hello', { content: 'hi there' });
      mock.setChaos({ disconnectRate: 1 });
      const error = await failure(
        provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
      );
      expect(error.isRetryable).toBe(true);
      expect(['network', 'truncated']).toContain(error.kind);
    });

    whenStreamed(isStreamed)(
      'calls an answer cut in its middle retryable, never a short answer',
      async () => {
        mock.onMessage(
          'hello',
          { content: 'a long answer that is cut somewhere in its middle' },
          { chunkSize: 4, truncateAfterChunks: 3 },
        );
        const error = await failure(
          provider().stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() }),
        );
        expect(error.isRetryable).toBe(true);
        expect(['network', 'truncated']).toContain(error.kind);
      },
    );

    it('ends as cancelled when its signal aborts before the first chunk', async () => {
      mock.onMessage('hello', { content: 'hi there' });
      mock.setChaos({ latencyMs: 60_000 });
      const controller = new AbortController();
      const running = failure(
        provider().stream(request([{ role: 'user', content: 'hello' }]), {
          signal: controller.signal,
        }),
      );
      await Promise.resolve();
      controller.abort();
      expect((await running).kind).toBe('cancelled');
    });

    whenStreamed(isStreamed)(
      'ends as cancelled when its signal aborts in the middle of the stream',
      async () => {
        mock.onMessage('hello', { content: 'x'.repeat(400) }, { chunkSize: 2, latency: 50 });
        const controller = new AbortController();
        const error = await failure(
          provider().stream(request([{ role: 'user', content: 'hello' }]), {
            signal: controller.signal,
            onProgress: () => controller.abort(),
          }),
        );
        expect(error.kind).toBe('cancelled');
      },
    );

    it('keeps a length finish as such', async () => {
      mock.onMessage('hello', { content: 'half', finishReason: 'length' });
      const reply = await provider().stream(request([{ role: 'user', content: 'hello' }]), {
        signal: signal(),
      });
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
        const reply = await provider().stream(request([{ role: 'user', content: 'hello' }]), {
          signal: signal(),
        });
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
        config: { here: { wire, baseUrl: `${mock.url}${base}`, isStreamed } },
        secrets: { readProviderSecret: async () => ({ apiKey: KEY }), invalidate: () => undefined },
        fetch: (input, init) => {
          bodies.push(textOf(init?.body));
          return fetch(input, init);
        },
      });
      const same = providers.resolve({ provider: 'here', model: 'm-1' }).provider;
      await same.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() });
      await same.stream(request([{ role: 'user', content: 'hello' }]), { signal: signal() });
      expect(bodies).toHaveLength(2);
      expect(bodies[0]).toBe(bodies[1]);
    });
  },
);
